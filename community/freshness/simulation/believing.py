"""This policy, on the very functions of `community.freshness.belief` that the product runs on."""

import numpy as np

from community.freshness import belief as beliefs
from community.freshness.belief import PARAMETERS, Living, TagRate
from community.freshness.simulation.columns import ARRAYS, Flags, Numbers, Rows, column, full, given, put, take
from community.freshness.simulation.policies import DUE, EXPIRED, FRESH, States, by_views, first
from community.freshness.simulation.world import Heard, World

LEARNS_EVERY = 14
LONGEST_DAYS = 365
"""After so long without a check an answer is due, whatever is believed."""
SPREAD_DAYS = 90
"""The archive's grace ends over so many days, not on one."""


class Believing:
    """The belief, the queue by worth, the blind audit, the grace."""

    def __init__(self, world: World) -> None:
        self.world, self.wish = world, world.wish
        n = self.wish.answers
        age = np.maximum(0.0, -world.posted.astype(np.float64))
        self.belief = full(beliefs.imported(given(age), ops=ARRAYS), n)
        put(self.belief, world.posted >= 0, beliefs.create())
        self.checked: Numbers = world.posted.astype(np.float64)
        """The day of the last verification, or of posting."""
        self.ever: Flags = np.zeros(n, np.bool_)
        self.rates = dict.fromkeys(range(world.tags), TagRate())
        self.lam: Numbers = np.full(world.tags, PARAMETERS.LAM0)
        self.state: States = np.zeros(n, np.int8)
        self.due_since: Numbers = np.full(n, np.inf)
        self._spread = np.random.default_rng([self.wish.seed, 8]).integers(0, SPREAD_DAYS, n)
        self._label(0, world.posted < 0)
        self.due_since[self.due_since == 0] += self._spread[self.due_since == 0]

    def night(self, day: int, heard: Heard, announced: Numbers) -> None:
        """A day passes over what was posted before it: time, releases, readers, labels; every 14 days the tags learn."""
        tag, lived = self.world.tag, self.world.posted < day
        after = beliefs.night(
            self.belief, given(self.lam[tag]), given(announced[tag]), given(heard.bad), given(heard.ok), ops=ARRAYS
        )
        after = beliefs.viewed(after, given(heard.views), ops=ARRAYS)
        put(self.belief, lived, take(after, lived))
        self._label(day, lived)
        if day % LEARNS_EVERY == LEARNS_EVERY - 1:
            self._learn(lived)

    def _label(self, day: int, lived: Flags) -> None:
        was = self.state
        doubtful = beliefs.is_doubtful(self.belief, was != FRESH, ops=ARRAYS) & lived
        due = doubtful | (lived & (day - self.checked > LONGEST_DAYS))
        self.due_since = np.where(due, np.minimum(self.due_since, day), np.inf)
        lapsed = due & (day - self.due_since >= self.wish.grace_days)
        expired = lived & beliefs.is_expired(self.belief, was == EXPIRED, ops=ARRAYS)
        self.state = np.where(expired | lapsed, EXPIRED, np.where(due, DUE, FRESH)).astype(np.int8)

    def _learn(self, lived: Flags) -> None:
        doubt = column(self.belief.pi) * column(beliefs.share_of_age(self.belief)) * lived
        sums = np.bincount(self.world.tag, doubt, self.world.tags)
        days = np.bincount(self.world.tag, column(self.belief.F) * lived, self.world.tags)
        living = {tag: Living(float(sums[tag]), float(days[tag])) for tag in self.rates}
        self.rates = beliefs.learn_rates(self.rates, living)
        self.lam = np.array([rate.lam for rate in self.rates.values()])

    def queue(self, day: int, room: int, chance: np.random.Generator) -> Rows:
        """The blind audit first, then by what a check is worth; nothing that was verified within the pause."""
        rested = ~self.ever | (day - self.checked > PARAMETERS.PAUSE)
        rows = np.flatnonzero((self.world.posted < day) & rested)
        held = take(self.belief, rows)
        audit = by_views(rows, column(held.views), int(chance.binomial(room, PARAMETERS.AUDIT)), chance)
        hazard = beliefs.hazard(held, given(self.lam[self.world.tag[rows]]))
        worth = column(beliefs.score(held.views, held.pi, hazard, ops=ARRAYS))
        best = first(rows, worth, room)
        return np.concatenate([audit, best[~np.isin(best, audit)]])[:room]

    def verified(self, day: int, rows: Rows, changed: Flags) -> None:
        """The belief is reset, and the tags are told."""
        after, learned = beliefs.verify(take(self.belief, rows), TagRate(), changed, given(day - self.checked[rows]), ops=ARRAYS)
        put(self.belief, rows, full(after, len(rows)))
        tag = self.world.tag[rows]
        wrong = np.bincount(tag, np.broadcast_to(column(learned.K), len(rows)), self.world.tags)
        days = np.bincount(tag, np.broadcast_to(column(learned.E), len(rows)), self.world.tags)
        for one in np.unique(tag):
            rate = self.rates[int(one)]
            self.rates[int(one)] = TagRate(rate.K + float(wrong[one]), rate.E + float(days[one]), rate.lam)
        self.checked[rows] = day
        self.ever[rows] = True
        self.due_since[rows] = np.inf
        self.state[rows] = FRESH
