"""Verifiers whose checks miss when they are looked at again: first each check counts for less, then they may not verify for now,
each time with notice; a moderator lets them begin anew."""

from datetime import datetime, timedelta

from sqlalchemy import or_, select

from app.accounts.models import User
from app.db import db, insert_into, transaction
from app.errors import Conflict, NotFound
from app.outbox import emit
from community import policy, texts
from community.freshness import audit as blind
from community.models import Verifier
from community.moderation import audit
from reputation.fairness.checks import is_careless, is_hopeless

NOTICE = timedelta(days=7)
"""For at least so long somebody has been told that their checks miss before they may not verify any more."""


def review(now: datetime) -> int:
    """Look at every verifier whose checks were looked at again; returns how many were warned, paused or let off a warning.
    Harmless twice: who stands where they should is left alone."""
    session = db.session()
    rates = blind.miss_rates(session, now - blind.JUDGED_WITHIN)
    known = select(Verifier.user_id).where(or_(Verifier.warned_at.is_not(None), Verifier.paused_at.is_not(None)))
    people = {user_id for user_id, rate in rates.items() if is_careless(rate.missed, rate.checked_again)} | set(
        session.scalars(known)
    )
    session.rollback()
    return sum(_review(user_id, now) for user_id in sorted(people))


def clear(user_id: int, *, reason: str, by: User, now: datetime) -> None:
    """Let a verifier begin anew: their checks count in full, and what was judged so far counts no more. Moderators, with a
    reason, audited; not for oneself. Raises Conflict where nothing stands against them."""
    with transaction() as session:
        policy.require(by, "judge_fairness", None, now)
        row = session.get(Verifier, user_id, with_for_update={"key_share": True}, populate_existing=True)
        words = texts.note(reason, "reason", "The reason", required=True)
        if row is None or row.user_id == by.id:
            raise NotFound("There is no such verifier, or it is you.")
        if row.warned_at is None and row.paused_at is None:
            raise Conflict("Nothing stands against this person’s checks.")
        row.warned_at = row.paused_at = None
        row.cleared_at = now
        audit.record(session, by, "checks.cleared", now, reason=words, user_id=user_id)
        _tell(user_id, "checks_cleared", now)


def _review(user_id: int, now: datetime) -> bool:
    with transaction() as session:
        row = session.get(Verifier, user_id, with_for_update={"key_share": True}, populate_existing=True)
        if row is None:
            session.execute(insert_into(session, Verifier).values(user_id=user_id, daily_target=10).on_conflict_do_nothing())
            row = session.get_one(Verifier, user_id, with_for_update={"key_share": True}, populate_existing=True)
        since = max(now - blind.JUDGED_WITHIN, row.cleared_at or now - blind.JUDGED_WITHIN)
        rate = blind.miss_rate(session, user_id, since)
        careless = is_careless(rate.missed, rate.checked_again)
        if row.paused_at is not None:
            return False
        if row.warned_at is None and careless:
            row.warned_at, kind = now, "checks_warned"
        elif row.warned_at is not None and not careless:
            row.warned_at, kind = None, "checks_cleared"
        elif row.warned_at is not None and is_hopeless(rate.missed, rate.checked_again) and now - row.warned_at >= NOTICE:
            row.paused_at, kind = now, "checks_paused"
            audit.record(session, None, "checks.paused", now, user_id=user_id, missed=rate.missed, of=rate.checked_again)
        else:
            return False
        _tell(user_id, kind, now)
        return True


def _tell(user_id: int, kind: str, now: datetime) -> None:
    emit(db.session(), "checks.judged", now, user_id=user_id, kind=kind, at=now.isoformat())
