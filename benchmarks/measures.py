"""How good an order of results is, given which ones are right."""

from collections.abc import Collection, Iterable, Sequence
from statistics import fmean
from typing import NamedTuple

CUT = 20
"""What comes later nobody sees."""


class Quality(NamedTuple):
    """Means over all that was asked, between 0 and 1."""

    map: float
    """Mean average precision: every right one counts, by how many of those before it are right."""
    mrr: float
    """Mean of one over the place of the first right one."""
    p1: float
    p5: float
    r10: float
    r20: float


def quality(results: Iterable[tuple[Sequence[int], Collection[int]]]) -> Quality:
    """Of each (what was found, best first; what is right). Raises ValueError when nothing was asked, or nothing is right."""
    return Quality(*(fmean(column) for column in zip(*(_of_one(found[:CUT], right) for found, right in results), strict=True)))


def _of_one(found: Sequence[int], right: Collection[int]) -> Quality:
    if not right:
        raise ValueError("nothing is right for something that was asked")
    places = [place for place, number in enumerate(found, start=1) if number in right]
    return Quality(
        map=sum(count / place for count, place in enumerate(places, start=1)) / min(len(right), CUT),
        mrr=1 / places[0] if places else 0.0,
        p1=_within(places, 1),
        p5=_within(places, 5) / 5,
        r10=_within(places, 10) / len(right),
        r20=_within(places, CUT) / len(right),
    )


def _within(places: Sequence[int], most: int) -> float:
    return float(sum(place <= most for place in places))
