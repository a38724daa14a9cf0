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
from reputation.rewards import corrections, earnings, plans, taper
from reputation.rewards.corrections import Correction
from reputation.rewards.earnings import ByReason, Cut, Span
from reputation.rewards.models import RewardPeriod, RewardPlan, RewardStatement
from reputation.rewards.taper import Terms

EXCLUDED = {
    "staff": "Staff earn no rewards.",
    "suspended": "The account was suspended when the period was closed.",
    "no_account": "Nobody can sign in to this account.",
}
"""Why somebody earns nothing."""


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


def reckon(session: Session, books: Books, people: Mapping[int, str]) -> list[Reckoned]:
    """What the period comes to for these people (id → why excluded, "" where not), but for those to whom it brings nothing, takes
    nothing and carries nothing. A few statements for any number of people; they cost what the people's entries in it cost."""
    ids = list(people)
    period, terms = books.period, books.terms
    found = earnings.tallies(session, ids, Span(period.starts_on, period.ends_on, books.cut))
    corrected = corrections.of_earlier(session, books.earlier, ids, period, books.cut)
    brought_on = carried(session, books, ids)
    reckoned = []
    for user_id in ids:
        tallies = dict(sorted(found.get(user_id, {}).items()))
        mine, brought = tuple(corrected.get(user_id, ())), brought_on.get(user_id, 0)
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
    corrected: tuple[Correction, ...],
    carried_in: int,
) -> Reckoned:
    """What is earned, and where the total goes: to be taken from the minimum on, else onward or lost, as declared. What is owed
    always goes onward, and so does what somebody has who earns nothing now."""
    worth = taper.worth(tallies, terms)
    earned = 0 if excluded else taper.tapered(worth, terms) // taper.FINE
    total = earned + sum(correction.amount for correction in corrected) + carried_in
    payable = total if total > 0 and total >= plan.minimum and not excluded else 0
    rest = total - payable
    lapsed = rest if rest > 0 and plan.below == "lapses" and not excluded else 0
    return Reckoned(
        user_id=user_id,
        tallies=tallies,
        points=taper.points_of(tallies, terms),
        worth=worth,
        earned=earned,
        corrections=corrected,
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


def carried(session: Session, books: Books, ids: Collection[int]) -> dict[int, int]:
    """What people bring from the period before, and what accounts brought that were merged into theirs."""
    if not books.earlier or not ids:
        return {}
    standing = corrections.mergers(session, books.cut.before)
    stands_for = {one: user_id for user_id in ids for one in standing.family(user_id)}
    rows = select(RewardStatement.user_id, RewardStatement.carried_out).where(
        RewardStatement.period_id == books.earlier[0][0].id,
        RewardStatement.user_id.in_(list(stands_for)),
        RewardStatement.carried_out != 0,
    )
    brought: dict[int, int] = defaultdict(int)
    for one, amount in session.execute(rows):
        brought[stands_for[one]] += amount
    return brought
