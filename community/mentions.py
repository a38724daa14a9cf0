"""Telling people that somebody named them."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.outbox import emit
from community.texts import Text


def tell(
    session: Session,
    text: Text,
    by: User,
    now: datetime,
    *,
    question_id: int,
    answer_id: int | None = None,
    comment_id: int | None = None,
) -> None:
    """Emit a message for those the text names, except its writer. Each is told once per post, however often it is edited."""
    people = sorted(text.mentions - {by.id})
    if people:
        emit(
            session,
            "person.mentioned",
            now,
            user_ids=people,
            question_id=question_id,
            answer_id=answer_id,
            comment_id=comment_id,
            by_id=by.id,
        )
