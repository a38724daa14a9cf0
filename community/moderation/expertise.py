"""Trusting a person to verify under a tag, for a time."""

from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import NotFound
from app.pages import TAGS, person_key, touch
from community import policy
from community.models import Expertise, Tag
from community.moderation import audit

LASTS = timedelta(days=180)
"""How long an appointment holds; it is renewed by appointing again."""


def grant(user_id: int, tag_id: int, *, by: User, now: datetime) -> None:
    """Make a person an expert in a tag, from now for 180 days; again: renewed."""
    with transaction() as session:
        policy.require(by, "grant_expertise", None, now)
        if session.get(User, user_id) is None or session.get(Tag, tag_id) is None:
            raise NotFound("There is no such person or tag.")
        held = session.get(Expertise, (user_id, tag_id), with_for_update={"key_share": True})
        if held is None:
            held = Expertise(user_id=user_id, tag_id=tag_id)
            session.add(held)
        held.granted_by_id, held.granted_at, held.expires_at = by.id, now, now + LASTS
        _remember(session, user_id)
        audit.record(session, by, "expertise.granted", now, user_id=user_id, tag_id=tag_id)
        touch(session, person_key(user_id), TAGS)


def revoke(user_id: int, tag_id: int, *, by: User, now: datetime) -> None:
    """End it now. Raises NotFound when there is none."""
    with transaction() as session:
        policy.require(by, "grant_expertise", None, now)
        held = session.get(Expertise, (user_id, tag_id), with_for_update={"key_share": True})
        if held is None:
            raise NotFound("This person is not an expert in this tag.")
        session.delete(held)
        _remember(session, user_id)
        audit.record(session, by, "expertise.revoked", now, user_id=user_id, tag_id=tag_id)
        touch(session, person_key(user_id), TAGS)


def _remember(session: Session, user_id: int) -> None:
    session.flush()
    longest = select(func.max(Expertise.expires_at)).where(Expertise.user_id == user_id).scalar_subquery()
    session.execute(update(User).where(User.id == user_id).values(expert_until=longest))
