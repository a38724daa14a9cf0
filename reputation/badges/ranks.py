"""Ranks: names for levels of lifetime reputation, which a site may choose itself. Pure; its own are kept in `models.RankName`."""

from collections.abc import Sequence
from dataclasses import dataclass

LOWEST = -(2**31)
"""Where the first rank begins: everybody has one, whatever was taken from them."""
HIGHEST = 10_000_000
"""Where a rank can begin at the latest."""
MOST = 12
LONGEST_NAME = 24


@dataclass(frozen=True)
class Rank:
    """A name, and from how many points on it is one's own."""

    name: str
    points: int


DEFAULTS = (
    Rank("Newcomer", LOWEST),
    Rank("Neighbour", 50),
    Rank("Helper", 250),
    Rank("Guide", 1000),
    Rank("Mentor", 3000),
    Rank("Pillar", 10_000),
)
"""What a site has that has named none."""


def of(reputation: int, ranks: Sequence[Rank] = DEFAULTS) -> Rank:
    """The rank of somebody with so many points."""
    return max((rank for rank in ranks if rank.points <= reputation), key=lambda rank: rank.points, default=ranks[0])


def following(reputation: int, ranks: Sequence[Rank] = DEFAULTS) -> Rank | None:
    """The next one up; None at the top."""
    return min((rank for rank in ranks if rank.points > reputation), key=lambda rank: rank.points, default=None)


def read(typed: Sequence[tuple[str, str]]) -> tuple[list[Rank], dict[str, str]]:
    """Ranks from what was typed: pairs of a name and the points it begins at, the first of which begins with everybody.

    A line with neither is passed over. Returns the ranks and what is wrong, by field: "name-0", "points-1", or "".
    """
    lines = [(number, " ".join(name.split()), points.strip().replace(",", "")) for number, (name, points) in enumerate(typed)]
    filled = [(number, name, points) for number, name, points in lines if name or (points and number)]
    ranks: list[Rank] = []
    wrong: dict[str, str] = {}
    names: set[str] = set()
    for number, name, points in filled:
        if not name:
            wrong[f"name-{number}"] = "Give it a name, or empty both fields to leave it out."
        elif len(name) > LONGEST_NAME:
            wrong[f"name-{number}"] = f"At most {LONGEST_NAME} characters, so that it fits beside a person’s name."
        elif name.casefold() in names:
            wrong[f"name-{number}"] = "Another rank has this name already."
        names.add(name.casefold())
        begins = _points(points) if ranks or number else LOWEST
        if begins is None:
            wrong[f"points-{number}"] = f"A whole number from 1 to {HIGHEST:,}."
        elif ranks and begins <= ranks[-1].points:
            wrong[f"points-{number}"] = "Has to be more than the rank before it."
        ranks.append(Rank(name, begins if begins is not None else ranks[-1].points if ranks else LOWEST))
    if not filled or filled[0][0] != 0:
        wrong["name-0"] = "The first rank is everybody’s, so it needs a name."
    if len(filled) > MOST:
        wrong[""] = f"At most {MOST} ranks."
    return ranks, wrong


def _points(text: str) -> int | None:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(HIGHEST))):
        return None
    return number if 1 <= (number := int(text)) <= HIGHEST else None
