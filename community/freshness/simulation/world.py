"""The world: what is true of each answer, who reads it, and what they say. No policy is known here.

Its assumptions are its own, listed below, and not those of the belief: answers' rates are log-normal within log-normal tags, a
release's impact is not what was announced, readers of one answer speak more readily than those of another. The same seed gives
the same posts, rates, releases and accidents under every policy; only repairs make a difference.
"""

from dataclasses import dataclass

import numpy as np

from community.freshness.simulation.columns import Flags, Numbers, Rows
from community.freshness.simulation.wish import Wish

TAGS = 60
TAG_SPREAD = 0.6
"""Sigma of the log of a tag's rate."""
ANSWER_SPREAD = 0.8
"""Sigma of the log of an answer's rate within its tag."""
WRONG_WHEN_POSTED = 0.05
ZIPF = 1.07
"""Exponent of the share of views over the rank: as measured on the views per day of a small Stack Exchange site."""
INTEREST_HALVES = 365.0
"""An answer has half its views a day after so many days."""
RELEASE_EVERY = 180.0
"""Days between two releases under a tag, on average."""
IMPACTS = ((0.02, 0.7), (0.08, 0.25), (0.25, 0.05))
"""Announced impact of a release and how frequent that is."""
IMPACT_SPREAD = 0.5
"""Sigma of the log of the true impact around the announced one."""
AUTHOR_REPAIRS = 0.205
"""Share of obsolete answers that are ever updated by themselves (Zhang et al., TSE 2019)."""
AUTHOR_TAKES = 120.0
"""Days until then, on average."""
REPORT_WRONG, REPORT_RIGHT = 0.004, 0.0006
"""Chance that a view of a wrong, of a right answer brings a report, on average over answers."""
CONFIRM_RIGHT, CONFIRM_WRONG = 0.008, 0.002
"""The same for a confirmation."""
WEIGHT = 0.3
"""What a word counts for on average: two in three come from people who are not signed in (0.2), the others mostly from accounts
that have not proved themselves yet (0.5)."""
OPENED = 0.1
"""Share of the readers of a collapsed answer who open it, and so can say something."""
FALSE_FIND = 0.01
"""Chance that a verifier who looks finds a right answer wrong."""
REPAIR_HOLDS = 0.97
"""Chance that a repaired answer is right."""


@dataclass(frozen=True)
class Heard:
    """A day's readers, per answer."""

    views: Numbers
    bad: Numbers
    """The sum of the weights of those who say it no longer works."""
    ok: Numbers
    """And of those who say it works."""


class World:
    """One world, on one day after the other."""

    def __init__(self, wish: Wish) -> None:
        self.wish = wish
        n = wish.answers
        build, self._nature, self._visitors, self._readers, self._verifiers = (
            np.random.default_rng([wish.seed, part]) for part in range(5)
        )
        self.tags, self.tag, rates = self._tags(build)
        self.rate: Numbers = rates[self.tag] * build.lognormal(-(ANSWER_SPREAD**2) / 2, ANSWER_SPREAD, n)
        self.posted: Rows = self._posted(build)
        self._rank_share: Numbers = build.permutation(np.arange(1, n + 1) ** -ZIPF)
        self._speaks: Numbers = build.gamma(1.0, 1.0, n)
        self._releases = self._release_days(build)
        self.wrong: Flags = build.random(n) < WRONG_WHEN_POSTED
        self._author_at: Numbers = np.full(n, np.inf)
        self.interest: Numbers = np.zeros(n)
        """Expected views today."""
        self._archive(build)

    def _tags(self, build: np.random.Generator) -> tuple[int, Rows, Numbers]:
        """How many tags, each answer's, and each one's rate."""
        wish = self.wish
        if wish.lives:
            counts = np.array([count for count, _ in wish.lives])
            rates = 1 / np.array([days for _, days in wish.lives])
        else:
            counts = 1 / np.arange(1, TAGS + 1)
            rates = build.lognormal(-(TAG_SPREAD**2) / 2, TAG_SPREAD, TAGS) / wish.life_days
        tag = build.choice(len(counts), wish.answers, p=counts / counts.sum())
        return len(counts), tag, rates

    def _posted(self, build: np.random.Generator) -> Rows:
        """The day each was posted: the archive before the first day, the others from then on, each at an even pace."""
        old = round(self.wish.archive * self.wish.answers)
        before = -build.integers(1, self.wish.archive_days, old, endpoint=True)
        new = build.integers(0, self.wish.days, self.wish.answers - old)
        return build.permutation(np.concatenate([before, new])).astype(np.intp)

    def _release_days(self, build: np.random.Generator) -> dict[int, list[tuple[int, float, float]]]:
        """Day → tag, true impact, announced impact (0: nobody announced it)."""
        found: dict[int, list[tuple[int, float, float]]] = {}
        kappas, shares = zip(*IMPACTS, strict=True)
        for tag in range(self.tags):
            for day in np.flatnonzero(build.random(self.wish.days) < 1 / RELEASE_EVERY):
                said = float(build.choice(kappas, p=shares))
                true = min(0.9, said * float(build.lognormal(0.0, IMPACT_SPREAD)))
                found.setdefault(int(day), []).append((tag, true, said if build.random() < self.wish.announced else 0.0))
        return found

    def _archive(self, build: np.random.Generator) -> None:
        """What went wrong before the first day, and was not repaired by its author since."""
        n = self.wish.answers
        age = np.maximum(0, -self.posted)
        impact = sum(kappa * share for kappa, share in IMPACTS)
        lasted = np.where(self.wrong, 0.0, build.exponential(1 / (self.rate + impact / RELEASE_EVERY)))
        self.wrong |= (lasted < age) & (self.posted < 0)
        by_author = np.where(build.random(n) < AUTHOR_REPAIRS, lasted - age + build.exponential(AUTHOR_TAKES, n), np.inf)
        self._author_at = np.where(self.wrong, by_author, np.inf)
        self._mended(-1)

    def alive(self, day: int) -> Flags:
        """Which have been posted."""
        return self.posted <= day

    def dawn(self, day: int) -> Numbers:
        """A day passes; returns the announced impact of the day's releases, per tag."""
        n = self.wish.answers
        chance, hit, author, takes = (self._nature.random(n) for _ in range(4))
        alive = self.alive(day)
        goes = chance < -np.expm1(-self.rate)
        announced, true = np.zeros(self.tags), np.zeros(self.tags)
        for tag, impact, said in self._releases.get(day, ()):
            true[tag] = max(true[tag], impact)
            announced[tag] = max(announced[tag], said)
        newly = alive & ~self.wrong & (goes | (hit < true[self.tag]))
        self.wrong |= newly
        self._author_at[newly] = np.where(author < AUTHOR_REPAIRS, day - AUTHOR_TAKES * np.log1p(-takes), np.inf)[newly]
        self._mended(day)
        weight = np.where(alive, self._rank_share * 0.5 ** ((day - self.posted) / INTEREST_HALVES), 0.0)
        self.interest = weight * (self.wish.views_per_day / weight.sum()) if alive.any() else weight
        return announced

    def _mended(self, day: int) -> None:
        by_author = self.wrong & (self._author_at <= day)
        self.wrong[by_author] = False
        self._author_at[by_author] = np.inf

    def read(self, expired: Flags) -> Heard:
        """The day's views, reports and confirmations; few readers open what is `expired`."""
        saying = self.interest * self._speaks * np.where(expired, OPENED, 1.0)
        views = self._visitors.poisson(self.interest).astype(np.float64)
        reporting = self.wish.reports * np.where(self.wrong, REPORT_WRONG, REPORT_RIGHT)
        confirming = self.wish.confirmations * np.where(self.wrong, CONFIRM_WRONG, CONFIRM_RIGHT)
        return Heard(views, self._words(saying * reporting), self._words(saying * confirming))

    def _words(self, expected: Numbers) -> Numbers:
        return self._readers.poisson(expected).astype(np.float64) * WEIGHT

    def judge(self, rows: Rows) -> Flags:
        """What verifiers would find of these: whether each is wrong. Some do not look, and nobody is never mistaken."""
        looks = self._verifiers.random(len(rows)) >= self.wish.rubber_stamped
        finds = self._verifiers.random(len(rows)) < np.where(self.wrong[rows], self.wish.caught, FALSE_FIND)
        return looks & finds

    def repair(self, rows: Rows) -> None:
        """Somebody rewrote these."""
        self.wrong[rows] = self._verifiers.random(len(rows)) >= REPAIR_HOLDS
        self._author_at[rows] = np.inf
