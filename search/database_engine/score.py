"""How well questions fit, looked at answer by answer, from the rows of those that the full text came up with."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Row

from search import ranking
from search.database_engine.rows import facet_word, spaced
from search.database_engine.wanted import Term
from search.engine import Freshness, Mark, Query
from search.facts import ACCEPTED, LIVING, OFFICIAL, VERIFIED, facet_term, freshness_at


class Averages(NamedTuple):
    """How long texts usually are, in words."""

    title: float
    text: float


class Found(NamedTuple):
    """A question that fits, with the answer to show and the document to quote. Compares by score, then by number."""

    score: float
    question_id: int
    answer_id: int
    freshness: Freshness | None
    quoted_id: int
    """The answer that says most of the words; 0 for the question."""


@dataclass(frozen=True)
class Asked:
    """A query in the form in which rows are looked at."""

    query: Query
    terms: Sequence[Term]
    phrases: Sequence[str]
    """As they stand in a row; so are those of `without`."""
    without: Sequence[str]
    average: Averages
    least: float = 0.0
    """How much of what the terms tell has to be met; 0: every term has to be."""

    @property
    def now(self) -> int:
        """The query's moment in seconds."""
        return int(self.query.now.timestamp() // 1)

    @property
    def states(self) -> frozenset[Freshness]:
        """Which answers are asked for."""
        return self.query.states or LIVING


def score(asked: Asked, rows: Iterable[Row[Any]]) -> list[Found]:
    """The questions that have all that is asked for, in no order. The rows of a question come together, the question's first."""
    looking = _Looking(asked)
    found = (looking.at(list(group)) for _, group in groupby(rows, key=attrgetter("question_id")))
    return [one for one in found if one is not None]


class _Looking:
    """What stays the same from question to question."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.query, self.now, self.states = asked, asked.query, asked.now, asked.states
        self.shown = self.states | LIVING
        self.terms = [(tuple(f" {word} " for word in term.words), term.rarity) for term in asked.terms]
        self.facets = [(f" {facet_word(facet_term(one.facet, one.value))} ", one.wanted) for one in self.query.facets]

    def at(self, rows: list[Row[Any]]) -> Found | None:
        """What is found of a question; None when it does not fit."""
        question, answers = rows[0], []
        for row in rows[1:]:
            state = freshness_at(self.now, row.best_before, row.expires, row.flags)
            answers.append((row, state))
        texts = [question, *(row for row, state in answers if state in self.shown)]
        if not self._narrowed(texts):
            return None
        told = [0.0] * len(texts)
        text = self._text(question, texts, told)
        worth = self._worth(question, answers) if text is not None else None
        if text is None or worth is None:
            return None
        value = text * worth if self.asked.terms else float(question.activity)
        told_by = {row.answer_id: much for row, much in zip(texts, told, strict=True)}
        answer = self._best_answer(answers, told_by)
        shown = answer[0].answer_id if answer else 0
        quoted = 0 if told_by[0] > told_by.get(shown, 0.0) else shown
        return Found(value, question.question_id, shown, answer[1] if answer else None, quoted)

    def _narrowed(self, texts: list[Row[Any]]) -> bool:
        for word, wanted in self.facets:
            if any(word in row.words for row in texts) is not wanted:
                return False
        if not all(any(_says(row, phrase) for row in texts) for phrase in self.asked.phrases):
            return False
        return not any(_says(row, phrase) for phrase in self.asked.without for row in texts)

    def _text(self, question: Row[Any], texts: list[Row[Any]], told: list[float]) -> float | None:
        """The text's score; `told` gets how much of what the terms tell each text says. None: not enough of it is met."""
        total, met = 0.0, 0.0
        title_norm = ranking.norm(question.title_length, self.asked.average.title, ranking.B_TITLE)
        norms = [ranking.norm(row.length, self.asked.average.text, ranking.B_BODY) for row in texts] if self.terms else []
        for words, rarity in self.terms:
            best = 0.0
            for place, row in enumerate(texts):
                count = _count(row.words, words)
                if count:
                    told[place] += rarity
                    best = max(best, ranking.in_text(count, norms[place]))
            count = _count(question.title_words, words)
            if count:
                best += ranking.TITLE * ranking.in_text(count, title_norm)
            if best:
                met += rarity
                total += rarity * best
            elif not self.asked.least:
                return None
        return total if met >= self.asked.least else None

    def _worth(self, question: Row[Any], answers: list[tuple[Row[Any], Freshness]]) -> float | None:
        """What the question's votes and best answer multiply its score by; None: it has not the states and marks asked for."""
        best, states, marks = 0.0, set(), set()
        for row, state in answers:
            states.add(state)
            if row.flags & ACCEPTED and state in LIVING:
                marks.add(Mark.SOLVED)
            if self._is_asked_for(row, state):
                best = max(best, ranking.FRESHNESS[state] * _standing(row.votes, row.flags))
                if row.flags & OFFICIAL:
                    marks.add(Mark.OFFICIAL)
        if not states:
            marks.add(Mark.UNANSWERED)
        query = self.query
        if (query.states and not best) or not query.marks <= marks:
            return None
        if query.without_marks & marks or query.without_states & states:
            return None
        return (best or ranking.NO_ANSWER) * ranking.votes(question.votes)

    def _best_answer(
        self, answers: list[tuple[Row[Any], Freshness]], told: dict[int, float]
    ) -> tuple[Row[Any], Freshness] | None:
        """The answer to show: the worthiest of those asked for, where the words in it count too."""
        asked = [(row, state) for row, state in answers if self._is_asked_for(row, state)]
        if len(asked) < 2:  # noqa: PLR2004 - nothing to choose between
            return asked[0] if asked else None
        most = max(told[row.answer_id] for row, _ in asked) or 1.0

        def worth(answer: tuple[Row[Any], Freshness]) -> tuple[float, int]:
            row, state = answer
            says = 1 + ranking.SAYS_IT * told[row.answer_id] / most
            return ranking.FRESHNESS[state] * _standing(row.votes, row.flags) * says, -row.answer_id

        return max(asked, key=worth)

    def _is_asked_for(self, row: Row[Any], state: Freshness) -> bool:
        if state not in self.states:
            return False
        return Mark.OFFICIAL not in self.query.marks or bool(row.flags & OFFICIAL)


def _count(text: str, words: tuple[str, ...]) -> int:
    return sum(map(text.count, words))


def _says(row: Row[Any], phrase: str) -> bool:
    return phrase in row.words or phrase in row.title_words


@lru_cache(maxsize=4096)
def _standing(votes: int, flags: int) -> float:
    accepted, official, verified = (bool(flags & flag) for flag in (ACCEPTED, OFFICIAL, VERIFIED))
    return ranking.standing(votes, accepted=accepted, official=official, verified=verified)


def as_it_stands(words: Iterable[str]) -> str:
    """A phrase as it stands in a row."""
    return spaced(words)


def pages(found: list[Found]) -> Iterator[Found]:
    """Best first."""
    yield from sorted(found, reverse=True)
