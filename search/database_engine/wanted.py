"""What the full text is asked for, said so that each database can be told in its own language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

MOST_WORDS = 40
"""So many words of a phrase are asked of the full text; the whole of it is looked for afterwards."""

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

    @property
    def is_anything(self) -> bool:
        """Whether nothing is asked for, so that all questions would be found."""
        return not any(self.clauses) and not self.always


def all_of(terms: Iterable[Term], always: Clause = ()) -> Wanted:
    """Every term."""
    return Wanted((tuple(term.part for term in terms),), always)


def phrase_part(words: Sequence[str]) -> Part:
    """A phrase."""
    return (tuple(words[:MOST_WORDS]),)


def telling(terms: Sequence[Term], least: float, questions: int, most: int) -> tuple[Clause, ...]:
    """Clauses for those that share enough of what the terms tell, rarest first, of about `most` questions together.

    A rare term is asked for alone; of common ones two, or three, at a time, as far as the estimate allows: how often they meet is
    taken as if they did not know of each other, four times over because words of one subject do.
    """
    clauses: list[Clause] = []
    left = float(most)
    for term in terms:
        if term.questions <= left and term.rarity >= least:
            clauses.append((term.part,))
            left -= term.questions
        else:
            break
    common = terms[len(clauses) :]
    pairs = [(one, two) for place, two in enumerate(common) for one in common[:place] if one.rarity + two.rarity >= least]
    for one, two in sorted(pairs, key=lambda pair: pair[0].questions * pair[1].questions):
        expected = 4.0 * one.questions * two.questions / max(1, questions)
        if expected > left:
            break
        clauses.append((one.part, two.part))
        left -= expected
    if common and len(terms) > len(clauses):
        clauses.append(tuple(term.part for term in common[:3]))
    return tuple(dict.fromkeys(clauses))
