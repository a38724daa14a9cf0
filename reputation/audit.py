"""The audit: proves that the cached totals and the ledger agree, and that every reversal undoes exactly one entry."""

from dataclasses import dataclass, field

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.pages import person_key, touch
from reputation import points
from reputation.models import Entry

SHOWN = 20
"""How many examples of each kind of finding are kept."""


@dataclass
class Findings:
    """What the audit found. Empty lists: the books are in order."""

    entries: int = 0
    people: int = 0
    wrong_totals: list[tuple[int, int, int]] = field(default_factory=list)
    """(person, cached total, what the ledger says)"""
    wrong_reversals: list[int] = field(default_factory=list)
    """Ids of reversing entries that are not the exact opposite of what they reverse."""
    unknown_reasons: list[int] = field(default_factory=list)
    """Ids of entries whose reason is not on the price list."""
    wrong_prices: list[int] = field(default_factory=list)
    """Ids of entries that do not pay the price list's points (counted and withheld together)."""

    @property
    def clean(self) -> bool:
        return not (self.wrong_totals or self.wrong_reversals or self.unknown_reasons or self.wrong_prices)


def audit(session: Session) -> Findings:
    """Compare everything; reads only. Six statements, whatever the size."""
    found = Findings(
        entries=session.execute(select(func.count()).select_from(Entry)).scalar_one(),
        people=session.execute(select(func.count()).select_from(User)).scalar_one(),
    )
    found.wrong_totals = [
        (user_id, cached, points.STARTING_REPUTATION + int(ledger))
        for user_id, cached, ledger in session.execute(_totals().limit(SHOWN))
    ]
    original = aliased(Entry)
    crooked = (
        select(Entry.id)
        .join(original, Entry.reverses_id == original.id)
        .where(or_(Entry.delta != -original.delta, Entry.withheld != -original.withheld, Entry.user_id != original.user_id))
    )
    found.wrong_reversals = list(session.scalars(crooked.limit(SHOWN)))
    turns = (points.REVERSAL, points.REINSTATEMENT)
    strange = select(Entry.id).where(
        or_(Entry.reason.not_in((*points.PRICES, *turns)), (Entry.reverses_id.is_not(None)) != Entry.reason.in_(turns))
    )
    found.unknown_reasons = list(session.scalars(strange.limit(SHOWN)))
    off = or_(*((Entry.reason == name) & (Entry.delta + Entry.withheld != price.points) for name, price in points.PRICES.items()))
    found.wrong_prices = list(session.scalars(select(Entry.id).where(off).limit(SHOWN)))
    return found


def recompute_totals(session: Session) -> int:
    """Set every cached total that is off to what the ledger says; the ledger itself is never touched. Returns how many were off.

    Must run inside a transaction.
    """
    off = session.execute(_totals()).all()
    for user_id, _cached, ledger in off:
        session.execute(update(User).where(User.id == user_id).values(reputation=points.STARTING_REPUTATION + int(ledger)))
        touch(session, person_key(user_id))
    return len(off)


def _totals() -> Select[int, int, int]:
    """(person, cached total, sum of their entries) for everybody whose two do not agree."""
    sums = select(Entry.user_id.label("user_id"), func.sum(Entry.delta).label("total")).group_by(Entry.user_id).subquery()
    total = func.coalesce(sums.c.total, 0)
    return (
        select(User.id, User.reputation, total)
        .outerjoin(sums, sums.c.user_id == User.id)
        .where(User.reputation != points.STARTING_REPUTATION + total)
        .order_by(User.id)
    )
