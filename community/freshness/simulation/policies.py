"""The policies that are compared. Each sees what a site sees: ages, releases, readers' words and verdicts, never the truth."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from community.freshness.simulation.columns import Flags, Numbers, Rows
from community.freshness.simulation.world import Heard, World

FRESH, DUE, EXPIRED = 0, 1, 2
States = NDArray[np.int8]
FIXED_DAYS = 90
"""The interval of the fixed policies."""


class Policy(Protocol):
    """What a site does about its answers."""

    state: States
    """FRESH, DUE or EXPIRED, of each answer."""

    def night(self, day: int, heard: Heard, announced: Numbers) -> None:
        """A day has passed."""

    def queue(self, day: int, room: int, chance: np.random.Generator) -> Rows:
        """What to check next, at most `room` of them, the first first."""

    def verified(self, day: int, rows: Rows, changed: Flags) -> None:
        """These were checked; those `changed` were found wrong, and repaired."""


class Permanent:
    """Nothing is ever doubted or checked."""

    def __init__(self, world: World) -> None:
        self.state: States = np.zeros(world.wish.answers, np.int8)

    def night(self, day: int, heard: Heard, announced: Numbers) -> None:
        """Nothing happens."""

    def queue(self, day: int, room: int, chance: np.random.Generator) -> Rows:
        """Nobody checks."""
        return np.empty(0, np.intp)

    def verified(self, day: int, rows: Rows, changed: Flags) -> None:
        """Nothing was."""


class Fixed:
    """So many days after it was posted or checked an answer is due, or expires at once; checks go round in the order of dates.

    The archive's dates are spread over the interval, which a site without a plan for its import would not do."""

    past = DUE

    def __init__(self, world: World) -> None:
        self.world = world
        self.state: States = np.zeros(world.wish.answers, np.int8)
        spread = np.random.default_rng([world.wish.seed, 9]).integers(0, FIXED_DAYS, world.wish.answers)
        self.vouched: Rows = np.where(world.posted < 0, np.maximum(world.posted, -spread), world.posted)
        self.views: Numbers = np.zeros(world.wish.answers)

    def night(self, day: int, heard: Heard, announced: Numbers) -> None:
        """Dates are compared, views counted; readers are not listened to."""
        self.views += (heard.views - self.views) / 30
        self.state[:] = np.where(day - self.vouched > FIXED_DAYS, self.past, FRESH)

    def queue(self, day: int, room: int, chance: np.random.Generator) -> Rows:
        """What is past its date, longest first."""
        rows = np.flatnonzero((self.state != FRESH) & self.world.alive(day))
        return first(rows, -self.vouched[rows].astype(np.float64), room)

    def verified(self, day: int, rows: Rows, changed: Flags) -> None:
        """The interval begins anew."""
        self.vouched[rows] = day
        self.state[rows] = FRESH


class Expiring(Fixed):
    """Past its date an answer expires at once."""

    past = EXPIRED


class ExpiringRead(Expiring):
    """The same, but what is read most is checked first."""

    def queue(self, day: int, room: int, chance: np.random.Generator) -> Rows:
        """What is past its date, most read first."""
        rows = np.flatnonzero((self.state != FRESH) & self.world.alive(day))
        return first(rows, self.views[rows], room)


class OnUse(Fixed):
    """Whoever reads an answer past its date has it checked, as far as there is time: chosen by chance, in proportion to views."""

    def queue(self, day: int, room: int, chance: np.random.Generator) -> Rows:
        """What is past its date and was read."""
        rows = np.flatnonzero((self.state != FRESH) & self.world.alive(day))
        return by_views(rows, self.views[rows], room, chance)


def first(rows: Rows, worth: Numbers, room: int) -> Rows:
    """The `room` rows that are worth most, the worthiest first."""
    if len(rows) > room:
        best = np.argpartition(-worth, room)[:room]
        rows, worth = rows[best], worth[best]
    return rows[np.argsort(-worth, kind="stable")]


def by_views(rows: Rows, views: Numbers, room: int, chance: np.random.Generator) -> Rows:
    """At most `room` rows by chance, each draw in proportion to views (Efraimidis and Spirakis, 2006: the largest u^(1/w))."""
    return first(rows, np.log1p(-chance.random(len(rows))) / np.maximum(views, 1e-12), room)
