"""When an imported answer is best before: by its age on its own site, and so that no day gets a wall of them.

An answer's life began when it was posted or accepted, whichever was later; neither an edit nor the import renews it. Its
best-before date follows from that by what is believed of silence, or by its question's interval, and stays, also where it lies
in the past: the answer enters as due. Where even its grace has ended, there was nobody here who could have looked at it, and
letting all of them expire at once would collapse most of an archive overnight and give the verifiers a wall: these enter as due
too, and the days on which they expire are spread over a window from now, by a hash of where they come from, so that a repeated
run gives the same share of it. Two kinds are not spread: answers without any grace, because a stale one of these does harm, and
everything when the window is no day long.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from community.freshness.dates import of_old
from community.lifecycle import Deadlines, State, state_at
from community.tags import Policy

SPREAD_DAYS = 90
"""The window, in days, unless somebody says otherwise."""


@dataclass(frozen=True)
class Life:
    """An imported answer's state and dates, and the reason in words."""

    state: State
    fresh_from: datetime
    deadlines: Deadlines
    reason: str


def life(
    source: str, number: int, written_at: datetime, accepted_at: datetime | None, policy: Policy, spread_days: int, now: datetime
) -> Life:
    """The life of answer `number` of `source`, imported at `now`."""
    fresh_from = max(written_at, accepted_at or written_at)
    by_age = of_old(fresh_from, policy, now)
    spread = now >= by_age.expires and policy.grace_days > 0 and spread_days > 0
    held = Deadlines(by_age.best_before, now + timedelta(days=spread_days) * share(source, number)) if spread else by_age
    state = state_at(held.best_before, held.expires, None, now)
    vouched = "accepted" if accepted_at == fresh_from else "written"
    reason = f"imported from {source}, where it was {vouched} on {fresh_from.day} {fresh_from:%B %Y}"
    return Life(state, fresh_from, held, reason)


def share(source: str, number: int) -> float:
    """A number over 0 and up to 1 that belongs to this answer for good; those of many answers are spread evenly."""
    digest = hashlib.blake2b(f"{source}/{number}".encode(), digest_size=6).digest()
    return (int.from_bytes(digest) + 1) / 2**48
