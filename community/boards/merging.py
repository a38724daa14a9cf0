"""Boards after a merger of tags: what people gained under the one counts under the other, and once where it was under both."""

from sqlalchemy import exists, literal_column, select

from app.db import db, transaction
from community.models import Tag
from reputation import ledger
from reputation.boards import keeping, periods
from reputation.boards.models import Standing


def follow(tag_id: int) -> int:
    """Count anew for everybody who has points under a tag that was merged, each in a transaction of their own; returns how many
    people. Killed, it goes on where it was; its cost is these people's entries."""
    under = (Standing.tag_id == tag_id, Standing.period != periods.CURRENT, Standing.points != 0)
    people = db.session.scalars(select(Standing.user_id).where(*under).distinct().order_by(Standing.user_id)).all()
    db.session.rollback()
    for user_id in people:
        with transaction() as session:
            ledger.lock_people(session, [user_id])
            keeping.remake(session, user_id)
    return len(people)


def left() -> list[int]:
    """Merged tags under which somebody still has points."""
    gained = exists().where(Standing.tag_id == Tag.id, Standing.points > literal_column("0"), Standing.period == periods.ALL)
    found = db.session.scalars(select(Tag.id).where(Tag.merged_into_id.is_not(None), gained)).all()
    db.session.rollback()
    return list(found)
