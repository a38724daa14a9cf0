"""What the full text is asked for, said so that each database can be told in its own language."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import NamedTuple

MOST_WORDS = 40
"""So many words of a phrase are asked of the full text; the whole of it is looked for afterwards."""

MOST_PAIRS = 12
"""So many pairs of common words are asked for: for each the full text goes through all the places of both."""

SPARE = 4
"""Words of one query meet less often than they should by so much, before looking among the newest is in vain."""

Run = tuple[str, ...]
"""Words one behind the other; mostly one."""
Part = tuple[Run, ...]
"""Any of these."""
Clause = tuple[Part, ...]
"""All of these."""


class Term(NamedTuple):
    """A term of a query, how many questions have it, and how much it tells."""

    words: tuple[str, ...]
    """The term and what means the same."""
    questions: int
    rarity: float

    @property
    def part(self) -> Part:
        """The term as the full text is asked for it."""
        return tuple((word,) for word in self.words)


@dataclass(frozen=True)
class Wanted:
    """Questions that have one of the clauses, and all of `always`."""

    clauses: tuple[Clause, ...]
    always: Clause = ()
    newest: float = 1.0
    """So large a share of the questions, the newest ones, has more of them than anybody looks at; 1 when that cannot be told."""

    @property
    def is_anything(self) -> bool:
        """Whether nothing is asked for, so that all questions would be found."""
        return not any(self.clauses) and not self.always


def all_of(terms: Sequence[Term], always: Clause, questions: int, most: int) -> Wanted:
    """Every term. `questions`: how many there are; `most`: how many are ranked at the most."""
    expected = prod((term.questions / max(1, questions) for term in terms), start=float(questions))
    newest = 1.0 if always else min(1.0, SPARE * most / max(1.0, expected))
    return Wanted((tuple(term.part for term in terms),), always, newest)


def phrase_part(words: Sequence[str]) -> Part:
    """A phrase."""
    return (tuple(words[:MOST_WORDS]),)


def telling(terms: Sequence[Term], questions: int, most: int) -> tuple[Clause, ...]:
    """Clauses for about `most` of the questions, those that share much of what the terms tell. The terms come rarest first.

    A rare term is asked for alone; of common ones two at a time, those that tell most first, as far as the estimate allows: how
    often they meet is taken as if they did not know of each other, four times over because words of one subject do.
    """
    clauses: list[Clause] = []
    left = float(most)
    for term in terms:
        if term.questions > left:
            break
        clauses.append((term.part,))
        left -= term.questions
    common = terms[len(clauses) :]
    pairs = [(one, two) for place, two in enumerate(common) for one in common[:place]]
    for one, two in sorted(pairs, key=lambda pair: pair[0].rarity + pair[1].rarity, reverse=True)[:MOST_PAIRS]:
        left -= 4.0 * one.questions * two.questions / max(1, questions)
        if left < 0:
            break
        clauses.append((one.part, two.part))
    if common:
        clauses.append(tuple(term.part for term in common[:3]))
    return tuple(dict.fromkeys(clauses))
