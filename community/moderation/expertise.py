"""Trusting a person to verify under a tag, for a time, and ending it."""

from datetime import datetime

from app.accounts.models import User
from app.db import transaction
from app.errors import NotFound
from community import policy
from community.expertise import decisions, standing
from community.expertise.standing import LASTS
from community.models import Expertise, Tag
from community.moderation import audit
from reputation import ledger


def grant(user_id: int, tag_id: int, *, by: User, now: datetime) -> None:
    """Make a person an expert in a tag, from now for 180 days, and longer with activity there; again: renewed."""
    with transaction() as session:
        policy.require(by, "grant_expertise", None, now)
        ledger.lock_people(session, [user_id])
        found = session.get(User, user_id, populate_existing=True)
        if found is None or found.closed_at is not None or session.get(Tag, tag_id) is None:
            raise NotFound("There is no such person or tag.")
        decisions.welcome(session, user_id, tag_id)
        standing.give(session, user_id, tag_id, by.id, now)
        audit.record(session, by, "expertise.granted", now, user_id=user_id, tag_id=tag_id)


def revoke(user_id: int, tag_id: int, *, by: User, now: datetime) -> None:
    """End it now; neither activity nor points bring it back, only another appointment. Raises NotFound when there is none."""
    with transaction() as session:
        policy.require(by, "grant_expertise", None, now)
        held = session.get(Expertise, (user_id, tag_id), with_for_update={"key_share": True})
        if held is None:
            raise NotFound("This person is not an expert in this tag.")
        session.delete(held)
        decisions.withdraw(session, user_id, tag_id, by, now)
        standing.shown(session, user_id)
        audit.record(session, by, "expertise.revoked", now, user_id=user_id, tag_id=tag_id)


__all__ = ["LASTS", "grant", "revoke"]
