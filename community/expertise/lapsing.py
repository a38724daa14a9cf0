"""Telling an expert that their expertise is about to lapse, and how it stays."""

from datetime import datetime, timedelta

from sqlalchemy import select

from app.db import db, transaction
from community.models import Expertise, Tag
from community.notifications import inbox

NOTICE = timedelta(days=14)
"""How long before it lapses somebody is told."""


def give_notice(now: datetime) -> int:
    """Put a notice into the inbox of everybody whose expertise lapses within NOTICE; one for each date. Returns how many."""
    soon = db.session.execute(
        select(Expertise.user_id, Expertise.tag_id, Tag.name, Expertise.expires_at)
        .join(Tag, Tag.id == Expertise.tag_id)
        .where(Expertise.expires_at > now, Expertise.expires_at <= now + NOTICE)
        .order_by(Expertise.user_id, Expertise.tag_id)
    ).all()
    db.session.rollback()
    told = 0
    for row in soon:
        with transaction() as session:
            cause = f"lapse:{row.tag_id}:{row.expires_at:%Y-%m-%d}"
            words = f"{row.name}: without an answer or a check there it ends on {row.expires_at:%-d %B %Y}."
            told += len(inbox.put(session, [row.user_id], "lapsing", cause, now, text=words))
    return told
