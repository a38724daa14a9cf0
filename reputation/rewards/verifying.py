"""`flask rewards verify`: a closed period is computed anew from the ledger and compared with what was settled, to the cent."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import Conflict
from reputation.rewards import closing, corrections, earnings, periods, plans, reckoning
from reputation.rewards.corrections import Correction
from reputation.rewards.earnings import Cut, Span
from reputation.rewards.models import RewardAdjustment, RewardClaim, RewardPeriod, RewardPlan, RewardStatement
from reputation.rewards.reckoning import Books, Reckoned

SHOWN = 20
"""How many of the differences are said."""


@dataclass
class Verdict:
    """What the comparison found. No differences: the period is what the ledger says."""

    people: int = 0
    statements: int = 0
    differences: list[str] = field(default_factory=list)


def verify(session: Session, period_id: int) -> Verdict:
    """Compare everything of a closed period: statements, corrections, claims, checksum. Reads only, in batches of people.

    Whether somebody was staff or suspended then is taken as it was written down: the ledger does not know it. Raises NotFound,
    and Conflict for a period that is not closed.
    """
    period = periods.find(session, period_id)
    if period.state != "closed":
        raise Conflict("Only a closed period can be verified.")
    books = reckoning.open_books(session, period, corrections.cut_of(period))
    verdict, after = Verdict(), 0
    while ids := list(session.scalars(select(User.id).where(User.id > after).order_by(User.id).limit(closing.BATCH))):
        after = ids[-1]
        verdict.people += len(ids)
        verdict.differences.extend(_batch(session, books, ids, verdict))
    if closing.checksum(session, period.id) != period.checksum:
        verdict.differences.append("the checksum over the statements is another one")
    return verdict


def _batch(session: Session, books: Books, ids: list[int], verdict: Verdict) -> Iterator[str]:
    there = select(RewardStatement).where(RewardStatement.period_id == books.period.id, RewardStatement.user_id.in_(ids))
    kept = {row.user_id: row for row in session.scalars(there.execution_options(populate_existing=True))}
    verdict.statements += len(kept)
    period = books.period
    found = earnings.tallies(session, ids, Span(period.starts_on, period.ends_on, books.cut))
    carried = reckoning.carried(session, books, ids)
    booked = dict(_booked(session, list(kept.values())))
    for user_id in sorted(kept.keys() | found.keys() | carried.keys()):
        tallies = dict(sorted(found.get(user_id, {}).items()))
        row, brought = kept.get(user_id), carried.get(user_id, 0)
        if row is None:
            if brought or any(tally.count or tally.points for tally in tallies.values()):
                yield f"person {user_id}: no statement was written"
            continue
        mine = tuple(booked.get(row.id, ()))
        anew = reckoning.settle(user_id, tallies, books.terms, books.plan, row.excluded, mine, brought)
        yield from _compare(row, anew)
    yield from _corrections(session, list(kept.values()))
    yield from _claims(session, kept)


def _compare(row: RewardStatement, anew: Reckoned) -> Iterator[str]:
    tallies = {reason: [tally.points, tally.count, tally.withheld] for reason, tally in anew.tallies.items()}
    if row.tallies != tallies:
        yield f"person {row.user_id}: the contributions are {tallies}, and were settled as {row.tallies}"
    for name in ("points", "worth", "earned", "adjusted", "carried_in", "total", "carried_out", "lapsed"):
        settled, computed = getattr(row, name), getattr(anew, name)
        if settled != computed:
            yield f"person {row.user_id}: {name} comes to {computed}, and was settled as {settled}"


def _booked(session: Session, rows: list[RewardStatement]) -> Iterator[tuple[int, list[Correction]]]:
    """The corrections that were settled with these statements."""
    found: dict[int, list[Correction]] = {}
    booked = select(RewardAdjustment).where(
        RewardAdjustment.statement_id.in_([row.id for row in rows]), RewardAdjustment.kind == "closing"
    )
    for one in session.scalars(booked.order_by(RewardAdjustment.id)):
        found.setdefault(one.statement_id, []).append(Correction(one.about_period_id, one.points, one.amount))
    yield from found.items()


def _corrections(session: Session, rows: list[RewardStatement]) -> Iterator[str]:
    """Each correction that was booked with these statements, computed anew."""
    booked = session.execute(
        select(RewardAdjustment, RewardPeriod, RewardPlan)
        .join(RewardPeriod, RewardPeriod.id == RewardAdjustment.about_period_id)
        .join(RewardPlan, RewardPlan.id == RewardPeriod.plan_id)
        .where(RewardAdjustment.statement_id.in_([row.id for row in rows]))
    )
    for one, period, plan in booked.all():
        cut = Cut(one.cutoff_at, one.through_id)
        anew = corrections.correction(session, period, plans.terms_of(plan), [one.user_id], cut, before=one.id).get(one.user_id)
        amount = anew.amount if anew else 0
        # A release takes no more than there was; the rest came later, as a correction of its own.
        if amount != one.amount and not (one.kind == "release" and amount < one.amount <= 0):
            yield f"person {one.user_id}: the correction of period {period.id} comes to {amount}, and was booked as {one.amount}"


def _claims(session: Session, kept: Mapping[int, RewardStatement]) -> Iterator[str]:
    """Whether what can be taken is what the statements leave, less what was taken off at a release."""
    numbers = [row.id for row in kept.values()]
    taken = dict(
        session.execute(
            select(RewardAdjustment.statement_id, func.sum(RewardAdjustment.amount))
            .where(RewardAdjustment.statement_id.in_(numbers), RewardAdjustment.kind == "release")
            .group_by(RewardAdjustment.statement_id)
        ).all()
    )
    claims = dict(
        session.execute(select(RewardClaim.statement_id, RewardClaim.amount).where(RewardClaim.statement_id.in_(numbers))).all()
    )
    for row in kept.values():
        payable = row.total - row.carried_out - row.lapsed + int(taken.get(row.id, 0))
        if payable != claims.get(row.id, 0):
            yield f"person {row.user_id}: {payable} can be taken, and the claim says {claims.get(row.id, 0)}"
