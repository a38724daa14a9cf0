"""From points to money: the terms of a price list, and the taper. Pure; whole numbers only, so it is the same everywhere.

The worth w of somebody's period is counted in hundredths of the minor unit:

    w = points × per_hundred + 100 × Σ number × each     (never below 0)

Up to `full` it is paid in full. What lies beyond, x = w − full, is tapered:

    paid(w) = full + ⌊√(4·s·(s + x))⌋ − 2·s     with s = `stretch`

That is 2·s·(√(1 + x/s) − 1) without a fraction: it begins with slope 1, so there is no step at `full`; its slope at x is
1/√(1 + x/s), so the next unit brings half at x = 3·s and a third at 8·s; and it never ends. A root of a larger whole number is
never smaller, so one more helpful answer never earns less. What is paid at last is whole minor units, rounded down.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isqrt

FINE = 100
"""Hundredths: the worth is counted a hundred times finer than the money."""


@dataclass(frozen=True)
class Tally:
    """What one reason brought somebody in a period: points that count, how often, and what the daily cap withheld."""

    points: int = 0
    count: int = 0
    withheld: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.points + other.points, self.count + other.count, self.withheld + other.withheld)


Tallies = Mapping[str, Tally]
"""By the ledger's reasons."""


@dataclass(frozen=True)
class Terms:
    """What a price list says about money; amounts in minor units."""

    currency: str
    per_hundred: int
    """What a hundred points are worth."""
    full: int
    """Up to here nothing is tapered."""
    stretch: int
    """How gently the taper sets in; at least 1."""
    each: Mapping[str, int] = field(default_factory=dict)
    """What a contribution brings beside its points, by reason."""
    unpaid: frozenset[str] = frozenset()
    """Reasons whose points bring no money."""


def points_of(tallies: Tallies, terms: Terms) -> int:
    """The points that count for money."""
    return sum(tally.points for reason, tally in tallies.items() if reason not in terms.unpaid)


def worth(tallies: Tallies, terms: Terms) -> int:
    """What a period's contributions are worth before the taper, in hundredths of the minor unit."""
    extra = sum(each * max(0, tallies[reason].count) for reason, each in terms.each.items() if reason in tallies)
    return max(0, points_of(tallies, terms) * terms.per_hundred + FINE * extra)


def tapered(hundredths: int, terms: Terms) -> int:
    """What of a worth is paid, in hundredths of the minor unit."""
    full, stretch = FINE * terms.full, FINE * terms.stretch
    beyond = hundredths - full
    if beyond <= 0:
        return hundredths
    return full + isqrt(4 * stretch * (stretch + beyond)) - 2 * stretch


def earned(tallies: Tallies, terms: Terms) -> int:
    """What a period's contributions earn, in minor units."""
    return tapered(worth(tallies, terms), terms) // FINE


def one_more(tallies: Tallies, terms: Terms, reason: str, points: int) -> int:
    """What one more contribution worth `points` would bring, in hundredths of the minor unit, before rounding; never below 0 for
    points that are not."""
    more = {**tallies, reason: tallies.get(reason, Tally()) + Tally(points, 1)}
    return tapered(worth(more, terms), terms) - tapered(worth(tallies, terms), terms)


def matched(amount: int, percent: int, limit: int) -> int:
    """What the company adds to a donation, in minor units: `percent` of it, rounded down, at most `limit` (0: no limit)."""
    added = amount * percent // 100
    return min(added, limit) if limit else added
