"""The review queue: what verifiers should check next, most read first."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from community.models import Answer, Expertise, Question, QuestionTag, Verification


def waiting(by: User, now: datetime) -> Select[int]:
    """Ids of the answers this person should check, in order: their expert tags first, then by the views that rest on them.

    In it: what is past its best-before date, and fresh answers that readers say no longer work or asked to have checked. Not in
    it: one's own, what one has judged in this round, archived and removed ones, closed questions; and for experts who are not
    staff, everything outside their tags.
    """
    return _checkable(by, now).where(needs_check(now))


def _checkable(by: User, now: datetime) -> Select[int]:
    """As `waiting`, whether a check is due or not."""
    mine = exists().where(
        Expertise.user_id == by.id,
        Expertise.expires_at > now,
        Expertise.tag_id == QuestionTag.tag_id,
        QuestionTag.question_id == Question.id,
    )
    judged = exists().where(
        Verification.answer_id == Answer.id, Verification.verifier_id == by.id, Verification.round == Answer.round
    )
    query = (
        select(Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(
            Answer.removed_at.is_(None),
            Answer.archived_at.is_(None),
            Question.removed_at.is_(None),
            Question.closed_at.is_(None),
            Answer.author_id != by.id,
            ~judged,
        )
        .order_by(
            case((mine, 0), else_=1),
            case((Answer.expires_at > now, 0), else_=1),
            Question.views.desc(),
            Answer.id,
        )
    )
    return query if by.is_staff else query.where(mine)


def needs_check(now: datetime) -> ColumnElement[bool]:
    """What makes an answer worth a check: its date is over, or readers doubt it."""
    doubted = or_(Answer.broken_count > 0, Answer.check_count > 0)
    return or_(Answer.best_before_at <= now, doubted)


def next_ids(session: Session, by: User, now: datetime, limit: int, skip: Sequence[int] = ()) -> list[int]:
    """The first of the queue, without those the person has skipped just now."""
    query = waiting(by, now)
    if skip:
        query = query.where(Answer.id.not_in(skip))
    return list(session.scalars(query.limit(limit)))


def may_check(session: Session, by: User, now: datetime, answer_id: int) -> bool:
    """Whether the person could check this very answer now, waiting or not."""
    return session.execute(_checkable(by, now).where(Answer.id == answer_id)).first() is not None


def length(session: Session, by: User, now: datetime) -> int:
    """How many answers wait for this person."""
    return session.execute(select(func.count()).select_from(waiting(by, now).order_by(None).subquery())).scalar_one()


def is_reviewer(by: User, now: datetime) -> bool:
    """Whether there is a queue for this person at all: staff, and experts in any tag."""
    return by.is_staff or (by.expert_until is not None and by.expert_until > now)
