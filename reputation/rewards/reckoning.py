"""What people's periods come to. Closing writes it down, the preview adds it up, `verify` compares it, a page shows one of it."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from reputation.models import Entry
from reputation.rewards import earnings, plans, taper
from reputation.rewards.earnings import ByReason, Cut, Span
from reputation.rewards.models import RewardAdjustment, RewardPeriod, RewardPlan, RewardStatement
from reputation.rewards.taper import Terms

EXCLUDED = {
    "staff": "Staff earn no rewards.",
    "suspended": "The account was suspended when the period was closed.",
    "no_account": "Nobody can sign in to this account.",
}
"""Why somebody earns nothing."""


@dataclass(frozen=True)
class Correction:
    """An earlier period came to something else than it was settled with."""

    about_period_id: int
    points: int
    amount: int


@dataclass(frozen=True)
class Reckoned:
    """What one person's period comes to."""

    user_id: int
    tallies: ByReason
    points: int
    worth: int
    earned: int
    corrections: tuple[Correction, ...]
    carried_in: int
    excluded: str
    payable: int
    """What can be taken."""
    carried_out: int
    lapsed: int

    @property
    def adjusted(self) -> int:
        return sum(correction.amount for correction in self.corrections)

    @property
    def total(self) -> int:
        return self.earned + self.adjusted + self.carried_in


@dataclass
class Books:
    """What the reckoning of a period needs of it and of those before it, read once."""

    period: RewardPeriod
    plan: RewardPlan
    cut: Cut
    earlier: Sequence[tuple[RewardPeriod, Terms]] = field(default_factory=list)
    """The closed periods before it, the latest first."""

    @property
    def terms(self) -> Terms:
        return plans.terms_of(self.plan)


def open_books(session: Session, period: RewardPeriod, cut: Cut) -> Books:
    """The books of a period as the ledger stood at a cut."""
    plan = session.execute(select(RewardPlan).where(RewardPlan.id == period.plan_id)).scalar_one()
    earlier = session.execute(
        select(RewardPeriod, RewardPlan)
        .join(RewardPlan, RewardPlan.id == RewardPeriod.plan_id)
        .where(RewardPeriod.starts_at < period.starts_at, RewardPeriod.state == "closed")
        .order_by(RewardPeriod.starts_at.desc())
    )
    return Books(period, plan, cut, [(found, plans.terms_of(theirs)) for found, theirs in earlier])


def last_entry(session: Session) -> int:
    """The number of the ledger's last entry."""
    return session.execute(select(func.max(Entry.id))).scalar() or 0


def present(session: Session, now: datetime) -> Cut:
    """Everything that is entered by now, this very moment included."""
    return Cut(now + timedelta(microseconds=1), last_entry(session))


def cut_of(period: RewardPeriod) -> Cut:
    """Where the ledger was cut when a period was closed."""
    if period.cutoff_at is None or period.through_id is None:
        raise AssertionError("this period was never cut off")
    return Cut(period.cutoff_at, period.through_id)


def reckon(session: Session, books: Books, people: Mapping[int, str]) -> list[Reckoned]:
    """What the period comes to for these people (id → why excluded, "" where not), but for those to whom it brings nothing, takes
    nothing and carries nothing. A few statements for any number of people; they cost what the people's entries in it cost."""
    ids = list(people)
    period, terms = books.period, books.terms
    found = earnings.tallies(session, ids, Span(period.starts_on, period.ends_on, books.cut))
    corrections = _corrections(session, books, ids)
    brought_on = carried(session, books, ids)
    reckoned = []
    for user_id in ids:
        tallies = dict(sorted(found.get(user_id, {}).items()))
        mine, brought = tuple(corrections.get(user_id, ())), brought_on.get(user_id, 0)
        if not (any(tally.count or tally.points for tally in tallies.values()) or mine or brought):
            continue
        reckoned.append(settle(user_id, tallies, terms, books.plan, people[user_id], mine, brought))
    return reckoned


def settle(
    user_id: int,
    tallies: ByReason,
    terms: Terms,
    plan: RewardPlan,
    excluded: str,
    corrections: tuple[Correction, ...],
    carried_in: int,
) -> Reckoned:
    """What is earned, and where the total goes: to be taken from the minimum on, else onward or lost, as declared. What is owed
    always goes onward, and so does what somebody has who earns nothing now."""
    worth = taper.worth(tallies, terms)
    earned = 0 if excluded else taper.tapered(worth, terms) // taper.FINE
    total = earned + sum(correction.amount for correction in corrections) + carried_in
    payable = total if total > 0 and total >= plan.minimum and not excluded else 0
    rest = total - payable
    lapsed = rest if rest > 0 and plan.below == "lapses" and not excluded else 0
    return Reckoned(
        user_id=user_id,
        tallies=tallies,
        points=taper.points_of(tallies, terms),
        worth=worth,
        earned=earned,
        corrections=corrections,
        carried_in=carried_in,
        excluded=excluded,
        payable=payable,
        carried_out=rest - lapsed,
        lapsed=lapsed,
    )


def standing(session: Session, user_ids: Collection[int], at: datetime) -> dict[int, str]:
    """These people and why each is excluded at a moment; "" where nothing speaks against it."""
    rows = session.execute(
        select(User.id, User.role, User.suspended_until, User.email, User.closed_at)
        .where(User.id.in_(user_ids))
        .order_by(User.id)
    )
    return {row.id: _why_excluded(row, at) for row in rows}


def _why_excluded(person: Row[*tuple[Any, ...]], at: datetime) -> str:
    """A key of EXCLUDED, or ""."""
    if person.role != Role.CUSTOMER:
        return "staff"
    if person.suspended_until is not None and person.suspended_until > at:
        return "suspended"
    return "" if person.email is not None and person.closed_at is None else "no_account"


def correction(
    session: Session, period: RewardPeriod, terms: Terms, user_ids: Collection[int], cut: Cut, before: int | None = None
) -> dict[int, Correction]:
    """What a closed period comes to now for these people, less what it was settled with and has been corrected by so far (by
    adjustments numbered under `before`, if given). Who comes to the same, or was excluded, is left out."""
    own = cut_of(period)
    span = Span(period.starts_on, period.ends_on, cut, own)
    now = earnings.tallies(session, user_ids, span)
    settled = {
        row.user_id: row
        for row in session.execute(
            select(RewardStatement.user_id, RewardStatement.earned, RewardStatement.points, RewardStatement.excluded).where(
                RewardStatement.period_id == period.id, RewardStatement.user_id.in_(user_ids)
            )
        )
    }
    since: dict[int, tuple[int, int]] = defaultdict(lambda: (0, 0))
    sums = (
        select(RewardAdjustment.user_id, func.sum(RewardAdjustment.points), func.sum(RewardAdjustment.amount))
        .where(RewardAdjustment.about_period_id == period.id, RewardAdjustment.user_id.in_(user_ids))
        .group_by(RewardAdjustment.user_id)
    )
    if before is not None:
        sums = sums.where(RewardAdjustment.id < before)
    for user_id, moved, amount in session.execute(sums):
        since[user_id] = (int(moved), int(amount))
    found = {}
    for user_id in user_ids:
        first = settled.get(user_id)
        if first is not None and first.excluded:
            continue
        tallies = now.get(user_id, {})
        amount = taper.earned(tallies, terms) - (first.earned if first else 0) - since[user_id][1]
        moved = taper.points_of(tallies, terms) - (first.points if first else 0) - since[user_id][0]
        if amount or moved:
            found[user_id] = Correction(period.id, moved, amount)
    return found


def _corrections(session: Session, books: Books, ids: Collection[int]) -> dict[int, list[Correction]]:
    """What was changed in earlier periods since the one before was cut off, for whom it concerns."""
    if not books.earlier or not ids:
        return {}
    since = cut_of(books.earlier[0][0])
    changed = session.execute(earnings.corrected(ids, books.period.starts_on, since, books.cut)).all()
    found: dict[int, list[Correction]] = defaultdict(list)
    for period, terms in reversed(books.earlier):
        concerned = {user_id for user_id, day in changed if period.starts_on <= day <= period.ends_on}
        for user_id, one in correction(session, period, terms, sorted(concerned), books.cut).items() if concerned else ():
            found[user_id].append(one)
    return found


def carried(session: Session, books: Books, ids: Collection[int]) -> dict[int, int]:
    """What people bring from the period before."""
    if not books.earlier or not ids:
        return {}
    brought = select(RewardStatement.user_id, RewardStatement.carried_out).where(
        RewardStatement.period_id == books.earlier[0][0].id,
        RewardStatement.user_id.in_(ids),
        RewardStatement.carried_out != 0,
    )
    return dict(session.execute(brought).all())
