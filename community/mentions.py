"""Telling people that somebody named them."""

from datetime import datetime, timedelta

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
    verification_id: int | None = None,
    delay: timedelta = timedelta(),
) -> None:
    """Emit a message for those the text names, except its writer. Each is told once per post, however often it is edited. What
    was written in a verification is told after `delay`, and not at all when that is undone meanwhile."""
    people = sorted(text.mentions - {by.id})
    about = {"verification_id": verification_id} if verification_id is not None else {}
    if people:
        emit(
            session,
            "person.mentioned",
            now,
            delay,
            user_ids=people,
            question_id=question_id,
            answer_id=answer_id,
            comment_id=comment_id,
            by_id=by.id,
            **about,
        )
