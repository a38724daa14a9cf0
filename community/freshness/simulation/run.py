"""A world under a policy, day by day."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from community.freshness.belief import PARAMETERS
from community.freshness.simulation import policies
from community.freshness.simulation.believing import Believing
from community.freshness.simulation.columns import Flags, Numbers
from community.freshness.simulation.outcome import NAMES, Outcome
from community.freshness.simulation.policies import DUE, EXPIRED, FRESH, Policy
from community.freshness.simulation.wish import Wish
from community.freshness.simulation.world import World

KINDS: dict[str, tuple[Callable[[World], Policy], float]] = {
    "permanent": (policies.Permanent, 0.0),
    "banner": (policies.Fixed, 1.0),
    "expiring": (policies.Expiring, 1.0),
    "expiring_read": (policies.ExpiringRead, 1.0),
    "on_use": (policies.OnUse, 1.0),
    "belief": (Believing, 1.0),
    "belief_half": (Believing, 0.5),
    "belief_double": (Believing, 2.0),
}
"""Key → how it begins, and its share of the wished work."""


def compare(wish: Wish, keys: Sequence[str] = tuple(NAMES)) -> Iterator[Outcome]:
    """Every policy in the same world."""
    for key in keys:
        yield simulate(wish, key)


def simulate(wish: Wish, key: str) -> Outcome:
    """One policy, `wish.days` days. The morning's states meet the day's readers; then the night; then the verifiers.

    The same wish gives the same outcome, to the last digit."""
    begin, share = KINDS[key]
    world = World(replace(wish, checks=min(wish.checks * share, float(wish.answers))))
    policy = begin(world)
    chance = np.random.default_rng([wish.seed, 7])
    tally, purse, checks, repairs = np.zeros((2, 3)), 0.0, 0, 0
    for day in range(wish.days):
        announced = world.dawn(day)
        for truth, wrong in enumerate((~world.wrong, world.wrong)):
            tally[truth] += np.bincount(policy.state[wrong], world.interest[wrong], 3)
        policy.night(day, world.read(policy.state == EXPIRED), announced)
        purse += world.wish.checks
        found = _verify(world, policy, day, purse, chance)
        checks, repairs = checks + len(found), repairs + int(found.sum())
        purse = min(purse - len(found) - PARAMETERS.FIX * int(found.sum()), world.wish.checks)
    shares = tally / tally.sum()
    right, wrong_ = shares
    return Outcome(
        policy=key,
        right=float(right[FRESH]),
        wrong_shown=float(wrong_[FRESH]),
        wrong_banner=float(wrong_[DUE]),
        right_banner=float(right[DUE]),
        right_expired=float(right[EXPIRED]),
        wrong_expired=float(wrong_[EXPIRED]),
        checks=checks / wish.days,
        repairs=repairs / wish.days,
    )


def _verify(world: World, policy: Policy, day: int, purse: float, chance: np.random.Generator) -> Flags:
    """Work through the queue while the purse lasts; the last repair may overdraw it, and the next day pays."""
    room = int(np.ceil(purse))
    if room <= 0:
        return np.empty(0, np.bool_)
    rows = policy.queue(day, room, chance)
    found = world.judge(rows)
    costs: Numbers = np.where(found, 1 + PARAMETERS.FIX, 1.0)
    done: Flags = np.cumsum(costs) - costs < purse
    rows, found = rows[done], found[done]
    if len(rows):
        world.repair(rows[found])
        policy.verified(day, rows, found)
    return found
