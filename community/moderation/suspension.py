"""Suspending an account: it may read, but not write, until a day; and lifting that."""

from datetime import datetime

from sqlalchemy import select, update

from app.accounts.models import Suspension, User
from app.db import transaction
from app.errors import Invalid, NotFound
from app.outbox import emit
from app.pages import person_key, touch
from community import policy, texts
from community.moderation import audit
from community.policy import Subject

LENGTHS_DAYS = (1, 3, 7, 30)
"""The lengths a moderator is offered, in days."""
LONGEST_DAYS = 365


def suspend(user_id: int, *, until: datetime, reason: str, by: User, now: datetime) -> None:
    """Suspend a person until a moment, with a reason they are told. A standing suspension is replaced by the new one.

    Refuses (Invalid) a moment that is not ahead or more than a year away, and a missing reason.
    """
    with transaction() as session:
        user = session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
        if user is None:
            raise NotFound("There is no such person.")
        policy.require(by, "suspend", Subject(author_id=user.id, role=user.role), now)
        words = texts.note(reason, "reason", "The reason", required=True)
        if until <= now or (until - now).days > LONGEST_DAYS:
            raise Invalid({"until": f"Choose a day ahead, within {LONGEST_DAYS} days."})
        session.execute(
            update(Suspension)
            .where(Suspension.user_id == user_id, Suspension.lifted_at.is_(None), Suspension.until > now)
            .values(lifted_at=now, lifted_by_id=by.id)
        )
        suspension = Suspension(user_id=user_id, by_id=by.id, reason=words, created_at=now, until=until)
        session.add(suspension)
        session.flush()
        user.suspended_until, user.suspended_reason = until, words
        audit.record(session, by, "person.suspended", now, reason=words, user_id=user_id, until=until.isoformat())
        emit(session, "person.suspended", now, user_id=user_id, by_id=by.id, suspension_id=suspension.id, reason=words)
        touch(session, person_key(user_id))


def lift(user_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """End a suspension early. Raises NotFound when none stands."""
    with transaction() as session:
        user = session.get(User, user_id, with_for_update={"key_share": True}, populate_existing=True)
        if user is None:
            raise NotFound("There is no such person.")
        policy.require(by, "suspend", Subject(author_id=user.id, role=user.role), now)
        standing = session.scalars(
            select(Suspension).where(Suspension.user_id == user_id, Suspension.lifted_at.is_(None), Suspension.until > now)
        ).all()
        if not standing:
            raise NotFound("This account is not suspended.")
        for suspension in standing:
            suspension.lifted_at, suspension.lifted_by_id = now, by.id
        user.suspended_until = user.suspended_reason = None
        audit.record(
            session, by, "person.suspension_lifted", now, reason=texts.note(reason, "reason", "The reason"), user_id=user_id
        )
        touch(session, person_key(user_id))
