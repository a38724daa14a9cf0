"""Arms: a tag that is run "permanent" for a time, so that a site can measure for itself what best-before dates change."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import db, insert_into, transaction
from app.pages import TAGS, touch
from community.freshness import policies
from community.freshness.policies import Cause
from community.models import Arm, Tag
from community.moderation import audit

LONGEST_DAYS = 365
"""How far ahead a tag can be run permanent."""


def keep(session: Session, tag_id: int, is_permanent: bool, now: datetime) -> None:
    """Write down that the tag's arm begins, or has ended; nothing where it goes on as it was."""
    if is_permanent:
        begun = insert_into(session, Arm).values(tag_id=tag_id, began_at=now)
        session.execute(begun.on_conflict_do_nothing())
    else:
        session.execute(update(Arm).where(Arm.tag_id == tag_id, Arm.ended_at.is_(None)).values(ended_at=now))


def end_due(now: datetime) -> int:
    """Tags whose time as an arm is over go back to the belief, and their answers' dates with them, spread; returns how many
    tags. Late, or killed between two tags, it goes on where it was: until then the dates of the arm, which are spread beyond its
    end, hold."""
    over = (Tag.freshness == "permanent", Tag.permanent_until <= now)
    ids = db.session.scalars(select(Tag.id).where(*over).order_by(Tag.id)).all()
    db.session.rollback()
    return sum(_end(tag_id, now) for tag_id in ids)


def _end(tag_id: int, now: datetime) -> bool:
    """Only who changes the row ends it; of two schedulers one does."""
    with transaction() as session:
        back = (
            update(Tag)
            .where(Tag.id == tag_id, Tag.freshness == "permanent", Tag.permanent_until <= now)
            .values(freshness="belief", permanent_until=None)
            .returning(Tag.id)
        )
        if session.execute(back).first() is None:
            return False
        keep(session, tag_id, False, now)
        policies.tell(session, tag_id, Cause(None, reason="the time it was kept current without checks is over"), now)
        touch(session, TAGS)
        audit.record(session, None, "tag.arm_ended", now, tag_id=tag_id, reason="its time was over")
    return True
