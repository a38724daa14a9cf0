"""Why a question stands where it stands: each factor of its score under the name that `search.ranking` gives it.

Engines fill this in from what they counted; multiplied out here, it has to give the score that they found by themselves.
"""

from dataclasses import dataclass
from math import prod


@dataclass(frozen=True, slots=True)
class TermPart:
    """What one term of the query adds."""

    words: tuple[str, ...]
    """The term, and what means the same."""
    rarity: float
    in_title: float
    """BM25's part of it in the title, which counts TITLE times."""
    in_text: float
    """BM25's part in the best of its texts: the question's, or a living answer's."""

    @property
    def points(self) -> float:
        """What it adds to the text's score."""
        return self.rarity * (self.in_text + self.in_title)


@dataclass(frozen=True, slots=True)
class Factor:
    """Something that the text's score is multiplied by."""

    name: str
    """As in `search.ranking`."""
    value: float
    words: str
    """What it stands for here."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Of one hit."""

    question_id: int
    score: float
    """What the engine ordered it by."""
    terms: tuple[TermPart, ...]
    factors: tuple[Factor, ...]
    by_score: bool
    """Whether it was ordered by this; otherwise by a date or by votes."""
    answer_id: int | None
    """The answer whose worth counts; None where none that was asked for is there."""

    @property
    def text(self) -> float:
        """The text's score."""
        return sum(term.points for term in self.terms)

    @property
    def product(self) -> float:
        """The text's score times every factor."""
        return self.text * prod(factor.value for factor in self.factors)
