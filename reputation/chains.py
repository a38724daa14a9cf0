"""Chains: what stands of a cause, from the entry that paid it and all that followed.

entry ← reversal ← reinstatement …, and where the daily cap is concerned ← release (what was withheld counts after all) or
← withholding (what counted over the cap counts no more).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from reputation import points
from reputation.models import Entry

REMOVAL = "removal"
"""What begins the cause of a reversal that a removed post brought, and that its return takes back."""
FAIRNESS = "fairness"
"""What begins the cause of a reversal of what was arranged, and that an appeal takes back; other reversals are final."""
MERGER = "merger"
"""What begins the cause of a reversal on an account that was merged; the other account has an entry `MOVED` instead."""
MOVED = "moved"

PART = 500
"""How many ids one statement asks for."""


@dataclass(slots=True)
class Chain:
    """An entry and what followed from it, in order."""

    origin: Entry
    followers: list[Entry] = field(default_factory=list)

    @property
    def tip(self) -> Entry:
        return self.followers[-1] if self.followers else self.origin

    @property
    def counted(self) -> int:
        """The points of it that count now."""
        return sum(entry.delta for entry in (self.origin, *self.followers))

    @property
    def withheld(self) -> int:
        """The points of it that the daily cap keeps back now."""
        return sum(entry.withheld for entry in (self.origin, *self.followers))

    @property
    def stands(self) -> bool:
        """Whether it is not taken back."""
        return self.tip.reason != points.REVERSAL

    def is_held_by(self, cause: str) -> bool:
        """Whether a reversal of this kind (as REMOVAL: of its post) is what holds it back."""
        return not self.stands and self.tip.cause.startswith(f"{cause}:")

    @property
    def was_moved(self) -> bool:
        """Whether another account has what it paid."""
        return not self.stands and self.tip.cause.startswith(f"{MERGER}:")


def load(session: Session, origins: Iterable[Entry]) -> list[Chain]:
    """The chains that begin with these entries, in the order of their ids. One statement for each PART of them."""
    chains = {entry.id: Chain(entry) for entry in sorted(origins, key=lambda entry: entry.id)}
    ids = list(chains)
    for start in range(0, len(ids), PART):
        some = select(Entry).where(Entry.origin_id.in_(ids[start : start + PART])).order_by(Entry.id)
        for follower in session.scalars(some):
            chains[follower.origin_id or 0].followers.append(follower)
    return list(chains.values())


class Line(Protocol):
    """An entry, or a row that the audit reads of one."""

    id: Any
    user_id: Any
    delta: Any
    withheld: Any
    reason: Any
    reverses_id: Any
    origin_id: Any
    tag_ids: Any
    day: Any


def fault(origin: Line, followers: Sequence[Line]) -> Line | None:
    """The first of the followers that cannot follow as it does; None where the chain is in order."""
    before, counted, withheld, stands = origin, origin.delta, origin.withheld, True
    for entry in followers:
        if not _follows(entry, before, origin) or not _turns(entry, counted, withheld, stands, origin):
            return entry
        counted, withheld = counted + entry.delta, withheld + entry.withheld
        stands, before = entry.reason != points.REVERSAL, entry
    return None


def _follows(entry: Line, before: Line, origin: Line) -> bool:
    same = (entry.user_id, entry.day, entry.tag_ids) == (origin.user_id, origin.day, origin.tag_ids)
    return same and bool(entry.reverses_id == before.id and entry.origin_id == origin.id)


def _turns(entry: Line, counted: int, withheld: int, stands: bool, origin: Line) -> bool:
    if entry.reason == points.REVERSAL:
        return stands and (entry.delta, entry.withheld) == (-counted, -withheld)
    if entry.reason == points.REINSTATEMENT:
        whole = origin.delta + origin.withheld
        return not stands and bool(entry.delta + entry.withheld == whole and (entry.withheld == 0 or entry.delta >= 0))
    if not stands or entry.delta + entry.withheld != 0:
        return False
    if entry.reason == points.RELEASE:
        return bool(0 < entry.delta <= withheld)
    return bool(entry.reason == points.WITHHOLDING and 0 < entry.withheld <= counted)
