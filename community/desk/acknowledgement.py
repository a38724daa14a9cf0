"""Staff say "we have seen this", so that the asker knows where it stands."""

from datetime import datetime

from sqlalchemy import update

from app.accounts.models import User
from app.db import transaction
from app.outbox import emit
from community import policy, reach
from community.models import Question


def acknowledge(question_id: int, *, by: User, now: datetime) -> bool:
    """Say that the question was seen; the first one counts. Returns whether this was the first."""
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "acknowledge", reach.subject_of(question, question), now)
        first = session.execute(
            update(Question)
            .where(Question.id == question_id, Question.seen_at.is_(None))
            .values(seen_at=now, seen_by_id=by.id)
            .returning(Question.id)
        ).first()
        if first is not None:
            emit(session, "question.seen", now, question_id=question_id, by_id=by.id)
            reach.changed(session, question, now)
        return first is not None
