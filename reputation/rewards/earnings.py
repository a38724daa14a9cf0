"""What people's contributions in a stretch of days came to, read from the ledger by the index of person and day.

An entry's day is that of the first of its chain: a reversal counts where the entry stands that it takes back.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from reputation import points
from reputation.models import Entry
from reputation.rewards.taper import Tally

_COUNTS = {points.REVERSAL: -1, points.REINSTATEMENT: 1}
"""How often a contribution counts after a later entry of its chain; what only moves points changes nothing about that."""

ByReason = dict[str, Tally]

PART = 500
"""Numbers in one statement."""


@dataclass(frozen=True)
class Cut:
    """Up to where the ledger is read: entries before a moment, and no further than one of them. Both, so that what was still
    being written when it was read, and what is entered later with an earlier date, is never half in it."""

    before: datetime
    through_id: int

    def holds(self) -> ColumnElement[bool]:
        return (Entry.at < self.before) & (Entry.id <= self.through_id)


@dataclass(frozen=True)
class Span:
    """Days of a period, the first and the last, as they stood at a cut."""

    starts_on: date
    ends_on: date
    cut: Cut
    settled: Cut | None = None
    """The cut at which the period was closed, if this one is later: what was entered since with a date before it is no correction
    but history, of an import say, and pays nothing."""

    def holds(self) -> ColumnElement[bool]:
        inside = Entry.day.between(self.starts_on, self.ends_on) & self.cut.holds()
        if self.settled is None:
            return inside
        return inside & or_(Entry.at >= self.settled.before, Entry.id <= self.settled.through_id)


def gained(user_ids: Collection[int], span: Span) -> Select[int, str, int, int, int]:
    """The statement of what people gained at first hand, by reason."""
    return (
        select(Entry.user_id, Entry.reason, func.sum(Entry.delta), func.count(), func.sum(Entry.withheld))
        .where(Entry.user_id.in_(user_ids), span.holds(), Entry.origin_id.is_(None))
        .group_by(Entry.user_id, Entry.reason)
    )


def followed(user_ids: Collection[int], span: Span) -> Select[*tuple[Any, ...]]:
    """The statement of what followed from that: what was taken back, given back, or moved by the daily cap. It asks for their
    reasons, and not for an origin: by the index of origins a database reads everybody's."""
    kept = (Entry.user_id, Entry.origin_id, Entry.reason, Entry.delta, Entry.withheld)
    return select(*kept).where(Entry.user_id.in_(user_ids), span.holds(), Entry.reason.in_(points.FOLLOWING))


def corrected(user_ids: Collection[int], before: date, since: Cut, cut: Cut) -> Select[int, date]:
    """The statement of whose earlier days were changed between two cuts: person and day."""
    return (
        select(Entry.user_id, Entry.day)
        .where(Entry.user_id.in_(user_ids), Entry.at >= since.before, Entry.day < before, cut.holds())
        .distinct()
    )


def tallies(session: Session, user_ids: Collection[int], span: Span) -> dict[int, ByReason]:
    """What each of the people gained in the span, by reason; who gained nothing is left out. Costs what their entries cost."""
    found: dict[int, ByReason] = defaultdict(dict)
    if not user_ids:
        return found
    for user_id, reason, delta, count, withheld in session.execute(gained(user_ids, span)):
        found[user_id][reason] = Tally(int(delta), int(count), int(withheld))
    later = session.execute(followed(user_ids, span)).all()
    origins = _reasons(session, sorted({row.origin_id for row in later}))
    for row in later:
        reason, mine = origins[row.origin_id], found[row.user_id]
        mine[reason] = mine.get(reason, Tally()) + Tally(row.delta, _COUNTS.get(row.reason, 0), row.withheld)
    return found


def _reasons(session: Session, ids: Sequence[int]) -> dict[int, str]:
    """What began each chain. Asked by number and in parts: joined, a database may read the whole ledger for it."""
    found: dict[int, str] = {}
    for start in range(0, len(ids), PART):
        asked = select(Entry.id, Entry.reason).where(Entry.id.in_(ids[start : start + PART]))
        found |= dict(session.execute(asked).all())
    return found
