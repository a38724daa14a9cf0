"""Closing a period: the ledger is cut off, then statements are written in batches, then the books are summed up.

1. `begin` cuts the ledger off, once: a conditional UPDATE, of however many at once.
2. `go_on` takes the next people by another one, and writes their statements and claims in the same transaction. Killed anywhere,
   or run twice at once, every statement is written once.
3. The last batch finds nobody, and closes: totals and a checksum over all statements.

The preview does the same and writes nothing but its sums.
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.db import db, transaction
from app.errors import Conflict, NotFound
from reputation.rewards import holds, periods, reckoning
from reputation.rewards.corrections import cut_of
from reputation.rewards.earnings import Cut
from reputation.rewards.models import RewardAdjustment, RewardClaim, RewardPeriod, RewardStatement
from reputation.rewards.reckoning import Reckoned

SETTLES = timedelta(minutes=15)
"""How long after its end a period can be closed. Nothing that is still being written then has an earlier moment."""
BATCH = 500
"""People in one transaction."""
BATCHES = 20
"""Transactions in one run of the clock, so that nobody else waits long for the worker."""
TOP = 20
"""How many of those who earn most a preview names."""
_SETTLED = (*("user_id", "points", "worth", "earned", "adjusted", "carried_in", "total", "carried_out", "lapsed", "excluded"),)
"""What the checksum covers of each statement."""


def begin(period_id: int, *, by: User, now: datetime) -> None:
    """Cut the ledger off and let the statements be written. Raises Conflict while the period or one before it still runs, and
    when it was begun already."""
    with transaction() as session:
        earlier = aliased(RewardPeriod)
        open_before = exists().where(earlier.starts_at < RewardPeriod.starts_at, earlier.state != "closed")
        begun = session.execute(
            update(RewardPeriod)
            .where(
                RewardPeriod.id == period_id,
                RewardPeriod.state == "running",
                RewardPeriod.ends_at <= now - SETTLES,
                ~open_before,
            )
            .values(
                state="closing",
                cutoff_at=now - SETTLES,
                through_id=reckoning.last_entry(session),
                cursor=0,
                began_at=now,
                closed_by_id=by.id,
                preview=None,
            )
            .returning(RewardPeriod.id)
            .execution_options(synchronize_session=False)
        ).first()
        if begun is None:
            period = periods.find(session, period_id)
            if period.state != "running":
                raise Conflict("This period is closed, or being closed.")
            if period.ends_at > now - SETTLES:
                raise Conflict("This period still runs. It can be closed a quarter of an hour after its last day.")
            raise Conflict("Close the period before it first: its balances are carried into this one.")


def preview(period_id: int, *, now: datetime) -> None:
    """Have it computed what closing would give now. Raises Conflict for a period that is closed or being closed."""
    with transaction() as session:
        cut = reckoning.present(session, now)
        asked = session.execute(
            update(RewardPeriod)
            .where(RewardPeriod.id == period_id, RewardPeriod.state == "running")
            .values(preview=_nothing_yet(cut))
            .returning(RewardPeriod.id)
            .execution_options(synchronize_session=False)
        ).first()
        if asked is None:
            periods.find(session, period_id)
            raise Conflict("This period is closed, or being closed.")


def go_on(now: datetime, batches: int = BATCHES) -> int:
    """Go on with what was begun, so many batches; returns how many were worked off."""
    worked = 0
    for period_id, is_closing in _begun():
        step = _close_batch if is_closing else _preview_batch
        while worked < batches and step(period_id, now):
            worked += 1
    return worked


def checksum(session: Session, period_id: int) -> str:
    """SHA-256 over a period's statements, in the order of people."""
    columns = [getattr(RewardStatement, name) for name in _SETTLED]
    rows = session.execute(
        select(*columns).where(RewardStatement.period_id == period_id).order_by(RewardStatement.user_id),
        execution_options={"yield_per": 1000},
    )
    digest = hashlib.sha256()
    for row in rows:
        digest.update((",".join(map(str, row)) + "\n").encode())
    return digest.hexdigest()


def _begun() -> list[tuple[int, bool]]:
    waiting = select(RewardPeriod.id, RewardPeriod.state, RewardPeriod.preview).where(
        or_(RewardPeriod.state == "closing", RewardPeriod.state == "running")
    )
    rows = db.session.execute(waiting.order_by(RewardPeriod.starts_at)).all()
    db.session.rollback()
    return [
        (row.id, row.state == "closing")
        for row in rows
        if row.state == "closing" or (row.preview is not None and not row.preview["done"])
    ]


def _next_people(session: Session, after: int) -> list[int]:
    return list(session.scalars(select(User.id).where(User.id > after).order_by(User.id).limit(BATCH)))


def _close_batch(period_id: int, now: datetime) -> bool:
    """Write the next people's statements, or sum up; returns whether there was anything to do."""
    with transaction() as session:
        period = periods.find(session, period_id)
        if period.state != "closing" or period.began_at is None:
            return False
        before = period.cursor
        ids = _next_people(session, before)
        taken = session.execute(
            update(RewardPeriod)
            .where(RewardPeriod.id == period_id, RewardPeriod.state == "closing", RewardPeriod.cursor == before)
            .values(cursor=ids[-1] if ids else before)
            .returning(RewardPeriod.id)
            .execution_options(synchronize_session=False)
        ).first()
        if taken is None:
            return True  # another worker has these; the next round sees how far it has come
        if not ids:
            _sum_up(session, period, now)
            return False
        books = reckoning.open_books(session, period, cut_of(period))
        people = reckoning.standing(session, ids, period.began_at)
        _write(session, period, reckoning.reckon(session, books, people), books.plan.choose_days, now)
        return True


def _write(session: Session, period: RewardPeriod, reckoned: Sequence[Reckoned], choose_days: int, now: datetime) -> None:
    if not reckoned:
        return
    rows = session.execute(
        insert(RewardStatement).returning(RewardStatement.user_id, RewardStatement.id),
        [_statement(period.id, one) for one in reckoned],
    )
    numbers = dict(rows.all())
    cut = cut_of(period)
    adjustments = [
        {
            "statement_id": numbers[one.user_id],
            "about_period_id": correction.about_period_id,
            "user_id": one.user_id,
            "kind": "closing",
            "points": correction.points,
            "amount": correction.amount,
            "cutoff_at": cut.before,
            "through_id": cut.through_id,
            "at": now,
        }
        for one in reckoned
        for correction in one.corrections
    ]
    if adjustments:
        session.execute(insert(RewardAdjustment), adjustments)
    payable = [one for one in reckoned if one.payable]
    held = holds.held([one.user_id for one in payable])
    claims = [
        {
            "statement_id": numbers[one.user_id],
            "period_id": period.id,
            "user_id": one.user_id,
            "amount": one.payable,
            "choose_until": now + timedelta(days=choose_days),
            "held_at": now if one.user_id in held else None,
        }
        for one in payable
    ]
    if claims:
        session.execute(insert(RewardClaim), claims)


def _statement(period_id: int, one: Reckoned) -> dict[str, Any]:
    return {
        "period_id": period_id,
        "user_id": one.user_id,
        "points": one.points,
        "tallies": {reason: [tally.points, tally.count, tally.withheld] for reason, tally in one.tallies.items()},
        "worth": one.worth,
        "earned": one.earned,
        "adjusted": one.adjusted,
        "carried_in": one.carried_in,
        "total": one.total,
        "carried_out": one.carried_out,
        "lapsed": one.lapsed,
        "excluded": one.excluded,
    }


def _sum_up(session: Session, period: RewardPeriod, now: datetime) -> None:
    """Close the period. Everybody's choice ends at the same moment, however long the writing took."""
    mine = RewardStatement.period_id == period.id
    names = ("points", "earned", "adjusted", "carried_in", "total", "carried_out", "lapsed")
    sums = session.execute(
        select(func.count(), *(func.coalesce(func.sum(getattr(RewardStatement, name)), 0) for name in names)).where(mine)
    ).one()
    claims = session.execute(
        select(func.count(), func.coalesce(func.sum(RewardClaim.amount), 0)).where(RewardClaim.period_id == period.id)
    ).one()
    excluded = session.execute(
        select(RewardStatement.excluded, func.count())
        .where(mine, RewardStatement.excluded != "")
        .group_by(RewardStatement.excluded)
    )
    totals: dict[str, Any] = {"people": int(sums[0]), **{name: int(value) for name, value in zip(names, sums[1:], strict=True)}}
    totals |= {"claims": int(claims[0]), "payable": int(claims[1]), "excluded": dict(sorted(excluded.all()))}
    until = now + timedelta(days=periods.plan_of(session, period).choose_days)
    session.execute(
        update(RewardClaim)
        .where(RewardClaim.period_id == period.id)
        .values(choose_until=until)
        .execution_options(synchronize_session=False)
    )
    session.execute(
        update(RewardPeriod)
        .where(RewardPeriod.id == period.id, RewardPeriod.state == "closing")
        .values(
            state="closed", closed_at=now, choose_until=until, totals=totals, checksum=checksum(session, period.id), preview=None
        )
        .execution_options(synchronize_session=False)
    )


# --- what it would give -------------------------------------------------------------------------------------------------


def _nothing_yet(cut: Cut) -> dict[str, Any]:
    sums = dict.fromkeys(("people", "earned", "adjusted", "carried_in", "claims", "payable", "carried_out", "lapsed", "held"), 0)
    began: dict[str, Any] = {"done": False, "cursor": 0, "at": cut.before.isoformat(), "through_id": cut.through_id}
    return {**began, **sums, "excluded": {}, "top": []}


def _preview_batch(period_id: int, now: datetime) -> bool:
    """Add the next people to a preview; returns whether there was anything to do."""
    with transaction() as session:
        period = session.get(RewardPeriod, period_id, with_for_update={"key_share": True}, populate_existing=True)
        if period is None:
            raise NotFound("There is no such period.")
        found = period.preview
        if found is None or found["done"] or period.state != "running":
            return False
        ids = _next_people(session, found["cursor"])
        if not ids:
            period.preview = {**found, "done": True}
            return False
        books = reckoning.open_books(session, period, Cut(datetime.fromisoformat(found["at"]), found["through_id"]))
        period.preview = _added(found, reckoning.reckon(session, books, reckoning.standing(session, ids, now)), ids[-1])
        return True


def _added(found: dict[str, Any], reckoned: Sequence[Reckoned], cursor: int) -> dict[str, Any]:
    sums = {**found, "cursor": cursor, "excluded": dict(found["excluded"]), "people": found["people"] + len(reckoned)}
    for name in ("earned", "adjusted", "carried_in", "payable", "carried_out", "lapsed"):
        sums[name] += sum(getattr(one, name) for one in reckoned)
    payable = [one for one in reckoned if one.payable]
    sums["claims"] += len(payable)
    sums["held"] += len(holds.held([one.user_id for one in payable]))
    for one in reckoned:
        if one.excluded:
            sums["excluded"][one.excluded] = sums["excluded"].get(one.excluded, 0) + 1
    sums["top"] = sorted([*found["top"], *_most(reckoned)], key=lambda row: (-row[2], row[0]))[:TOP]
    return sums


def _most(reckoned: Sequence[Reckoned]) -> Iterator[list[int]]:
    for one in reckoned:
        if one.earned:
            yield [one.user_id, one.points, one.earned]
