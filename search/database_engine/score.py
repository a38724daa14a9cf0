"""How well questions fit, looked at answer by answer, from the rows of those that the full text came up with."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import Row

from search import ranking
from search.database_engine.rows import facet_word
from search.database_engine.wanted import Term
from search.engine import Counts, Freshness, Mark, Query, Sort
from search.facts import ACCEPTED, LIVING, OFFICIAL, VERIFIED, Tally, asked_between, facet_term, freshness_at

KEYS = {Sort.RELEVANCE: "", Sort.NEWEST: "created", Sort.ACTIVE: "activity", Sort.VOTES: "votes"}
"""The column of each order."""


class Averages(NamedTuple):
    """How long texts usually are, in words."""

    title: float
    text: float


class Found(NamedTuple):
    """A question that fits. Compares by score, then by number."""

    score: float
    question_id: int
    rows: list[Row[Any]]
    part: int = 0
    """Of the results, as in a cursor."""


class Shown(NamedTuple):
    """What is shown of a question."""

    answer_id: int
    """0 for none."""
    freshness: Freshness | None
    quoted_id: int
    """The document that says most of the words; 0 for the question."""


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
    def key(self) -> str:
        """The column whose value is a question's score; empty where that is how well it fits."""
        sort = self.query.sort
        return KEYS[Sort.ACTIVE if sort is Sort.RELEVANCE and not self.terms else sort]

    @property
    def states(self) -> frozenset[Freshness]:
        """Which answers are asked for."""
        return self.query.states or LIVING


class Looking:
    """Looks at questions with one query in mind."""

    def __init__(self, asked: Asked) -> None:
        self.asked, self.query, self.now, self.states = asked, asked.query, asked.now, asked.states
        self.living = self.states | LIVING
        self.terms = [(tuple(f" {word} " for word in term.words), term.rarity) for term in asked.terms]
        self.key, self.asked_between = asked.key, asked_between(asked.query)
        self.facets = [(f" {facet_word(facet_term(one.facet, one.value))} ", one.wanted) for one in self.query.facets]

    def score(self, rows: Iterable[Row[Any]]) -> list[Found]:
        """The questions that have all that is asked for, in no order. The rows of each come together, the question's first."""
        found = (self._at(list(group)) for _, group in groupby(rows, key=attrgetter("question_id")))
        return [one for one in found if one is not None]

    def counts(self, found: Iterable[Found], *, is_all: bool) -> Counts:
        """What is among these questions."""
        tally = Tally()
        for one in found:
            tally.add(one.rows[0].tags.splitlines(), (state for _, state in self._answers(one.rows)))
        return tally.counts(is_all=is_all)

    def shown(self, found: Found) -> Shown:
        """What is shown of a question: its best answer, and the document that says most."""
        question, answers = found.rows[0], self._answers(found.rows)
        texts = self._texts(question, answers)
        told = {row.answer_id: sum(rarity for words, rarity in self.terms if count_of(row.words, words)) for row in texts}
        answer = self._best_answer(answers, told)
        answer_id = answer[0].answer_id if answer else 0
        quoted = 0 if told[0] > told.get(answer_id, 0.0) else answer_id
        return Shown(answer_id, answer[1] if answer else None, quoted)

    def _at(self, rows: list[Row[Any]]) -> Found | None:
        question = rows[0]
        if not self.asked_between[0] <= question.created < self.asked_between[1]:
            return None
        answers = self._answers(rows)
        texts = self._texts(question, answers)
        if not self._narrowed(texts):
            return None
        text = self._text(question, texts)
        worth = self._worth(question, answers) if text is not None else None
        if text is None or worth is None:
            return None
        return Found(float(getattr(question, self.key)) if self.key else text * worth, question.question_id, rows)

    def _answers(self, rows: list[Row[Any]]) -> list[tuple[Row[Any], Freshness]]:
        return [(row, freshness_at(self.now, row.best_before, row.expires, row.flags)) for row in rows[1:]]

    def _texts(self, question: Row[Any], answers: list[tuple[Row[Any], Freshness]]) -> list[Row[Any]]:
        """The documents whose words count."""
        return [question, *(row for row, state in answers if state in self.living)]

    def _narrowed(self, texts: list[Row[Any]]) -> bool:
        for word, wanted in self.facets:
            if any(word in row.words for row in texts) is not wanted:
                return False
        if not all(any(_says(row, phrase) for row in texts) for phrase in self.asked.phrases):
            return False
        return not any(_says(row, phrase) for phrase in self.asked.without for row in texts)

    def _text(self, question: Row[Any], texts: list[Row[Any]]) -> float | None:
        """The text's score; None: not enough of what is asked for is met."""
        total, met, average = 0.0, 0.0, self.asked.average
        for words, rarity in self.terms:
            best = 0.0
            for row in texts:
                count = count_of(row.words, words)
                if count:
                    best = max(best, ranking.in_text(count, ranking.norm(row.length, average.text, ranking.B_BODY)))
            count = count_of(question.title_words, words)
            if count:
                norm = ranking.norm(question.title_length, average.title, ranking.B_TITLE)
                best += ranking.TITLE * ranking.in_text(count, norm)
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


def count_of(text: str, words: tuple[str, ...]) -> int:
    """How often the words, each between its spaces, stand in the words of a row."""
    return text.count(words[0]) if len(words) == 1 else sum(map(text.count, words))


def _says(row: Row[Any], phrase: str) -> bool:
    return phrase in row.words or phrase in row.title_words


@lru_cache(maxsize=4096)
def _standing(votes: int, flags: int) -> float:
    accepted, official, verified = (bool(flags & flag) for flag in (ACCEPTED, OFFICIAL, VERIFIED))
    return ranking.standing(votes, accepted=accepted, official=official, verified=verified)
