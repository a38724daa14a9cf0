"""What the engines share in explaining a score: which answer counts, and what a question is multiplied by."""

from collections.abc import Iterable
from math import prod

from search import ranking
from search.engine import Freshness
from search.explanation import Factor
from search.facts import ACCEPTED, OFFICIAL, VERIFIED

Answer = tuple[int, Freshness, int, int]
"""Of an answer that was asked for: its number, state, votes and flags (`search.facts`)."""


def best_of(answers: Iterable[Answer]) -> Answer | None:
    """The answer that counts: the worthiest, whatever it says."""
    return max(answers, key=lambda answer: prod(factor.value for factor in _of_answer(answer)), default=None)


def factors(question_votes: int, answer: Answer | None) -> tuple[Factor, ...]:
    """All that a question's text score is multiplied by."""
    of_answer = _of_answer(answer) if answer else (Factor("NO_ANSWER", ranking.NO_ANSWER, "no living answer"),)
    return (Factor("votes", ranking.votes(question_votes), f"question: {_votes(question_votes)}"), *of_answer)


def _of_answer(answer: Answer) -> tuple[Factor, ...]:
    _, state, votes, flags = answer
    marks = (
        ("ACCEPTED", ACCEPTED, ranking.ACCEPTED),
        ("OFFICIAL", OFFICIAL, ranking.OFFICIAL),
        ("VERIFIED", VERIFIED, ranking.VERIFIED),
    )
    return (
        Factor("FRESHNESS", ranking.FRESHNESS[state], state.value),
        Factor("votes", ranking.votes(votes), f"answer: {_votes(votes)}"),
        *(Factor(name, worth, name.lower()) for name, flag, worth in marks if flags & flag),
    )


def _votes(count: int) -> str:
    return f"{count} {'vote' if abs(count) == 1 else 'votes'}"
