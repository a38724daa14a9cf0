"""Numbers that a button shows after it was pressed."""

from dataclasses import dataclass

from sqlalchemy import select

from app.db import db
from app.errors import NotFound
from community.models import Answer, Question


@dataclass(frozen=True)
class Signals:
    """What readers say of an answer."""

    works: int
    broken: int


def signals_of(answer_id: int) -> Signals:
    """How many say it works, and how many that it no longer does. Raises NotFound."""
    row = db.session.execute(select(Answer.works_count, Answer.broken_count).where(Answer.id == answer_id)).first()
    if row is None:
        raise NotFound("There is no such answer.")
    return Signals(row.works_count, row.broken_count)


def followers_of(question_id: int) -> int:
    """How many follow a question. Raises NotFound."""
    count = db.session.execute(select(Question.follower_count).where(Question.id == question_id)).scalar()
    if count is None:
        raise NotFound("There is no such question.")
    return count
