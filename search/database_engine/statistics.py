"""What is counted over a whole index: how many questions there are, how long texts usually are, and how rare a word is.

Counting a word that many questions have takes milliseconds, so such counts are kept in the process for a while; a few questions
more or less change no order that anybody could tell.
"""

import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from search import ranking
from search.database_engine.full_text import FullText
from search.database_engine.score import Averages
from search.database_engine.tables import documents_table
from search.database_engine.wanted import Term

KEPT_FROM = 500
"""Smaller counts are made anew each time, which is quick."""
KEPT_FOR = 600.0
"""Seconds."""
KEPT = 20_000
"""So many words at the most."""
SAMPLE = 1000
"""So many of the latest documents tell how long texts are."""


class Totals(NamedTuple):
    """What is counted over all questions. Lengths are rounded, so that a single change does not move every score."""

    questions: int
    averages: Averages


class Statistics:
    """Counts of one full text, shared by all threads of a process."""

    def __init__(self, full_text: FullText) -> None:
        self._full_text = full_text
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, ...], int] = {}
        self._totals: Totals | None = None
        self._number, self._until = 0, 0.0

    def weighed(self, connection: Connection, number: int, terms: Sequence[tuple[str, ...]], questions: int) -> list[Term]:
        """The terms, each with what means the same, rarest first, among so many questions."""
        counts = {words: count for words in terms if (count := self._counts.get(words)) is not None}
        missing = [words for words in terms if words not in counts]
        parts = [tuple((word,) for word in words) for words in missing]
        made = dict(zip(missing, self._full_text.counts(connection, number, parts), strict=True))
        with self._lock:
            if number == self._number and len(self._counts) < KEPT:
                self._counts |= {words: count for words, count in made.items() if count >= KEPT_FROM}
        counts |= made
        found = [Term(words, counts[words], ranking.rarity(max(questions, counts[words]), counts[words])) for words in terms]
        return sorted(found, key=lambda term: term.questions)

    def totals(self, connection: Connection, number: int) -> Totals:
        """How many questions there are, and how long texts usually are."""
        with self._lock:
            if number != self._number or time.monotonic() > self._until:
                self._counts, self._totals = {}, None
                self._number, self._until = number, time.monotonic() + KEPT_FOR
            if self._totals is not None:
                return self._totals
        found = Totals(self._full_text.size(connection, number), self._averages(connection, number))
        if found.questions >= KEPT_FROM:
            with self._lock:
                if number == self._number:
                    self._totals = found
        return found

    def _averages(self, connection: Connection, number: int) -> Averages:
        documents = documents_table(number).c
        latest = (
            select(documents.answer_id, documents.title_length, documents.length)
            .order_by(documents.question_id.desc(), documents.answer_id.desc())
            .limit(SAMPLE)
            .subquery()
            .c
        )
        titles = func.avg(latest.title_length).filter(latest.answer_id == 0)
        title, text = connection.execute(select(titles, func.avg(latest.length))).one()
        return Averages(_rounded(title), _rounded(text))


def _rounded(average: object) -> float:
    return float(f"{float(str(average or 0)):.2g}") or 1.0
