"""Writing expertise down: the row, until when, and what the person's own row remembers of it."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.pages import TAGS, person_key, touch
from community.models import Expertise

LASTS = timedelta(days=180)
"""How long expertise stands without activity in its tag."""


def give(session: Session, user_id: int, tag_id: int, by_id: int | None, now: datetime) -> None:
    """Make somebody an expert, or renew it, for LASTS from now. `by_id` None: they qualified and the site asks no moderator.

    Inside a verb that holds the person, before anything else: of two who give at once, the second renews it.
    """
    held = session.get(Expertise, (user_id, tag_id), with_for_update={"key_share": True})
    if held is None:
        held = Expertise(user_id=user_id, tag_id=tag_id)
        session.add(held)
    held.granted_by_id, held.granted_at, held.expires_at = by_id, now, now + LASTS
    shown(session, user_id)


def shown(session: Session, user_id: int) -> None:
    """After a change of somebody's expertise: remember how long they are an expert at all, and have pages made anew."""
    session.flush()
    longest = select(func.max(Expertise.expires_at)).where(Expertise.user_id == user_id).scalar_subquery()
    session.execute(update(User).where(User.id == user_id).values(expert_until=longest))
    touch(session, person_key(user_id), TAGS)
