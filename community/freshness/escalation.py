"""An answer that many read stays past its date and nobody looks: its author is asked, then its tags' experts, then all staff.

A day's run, in batches, the most valuable first and never more than AT_MOST, so that a neglected site is not flooded. Its history
says who was asked. The author gets an entry in the inbox; experts and staff read it in their next digest. A verification starts
it over, and so does a return to fresh.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.db import db, transaction
from app.outbox import emit
from community import reach
from community.expertise.counting import trusted
from community.freshness import evidence
from community.freshness.evidence import Happening
from community.models import Answer, AnswerBelief, Expertise, Question, QuestionTag

NOBODY, AUTHOR, EXPERTS, STAFF = range(4)
"""Who has been asked: `AnswerBelief.escalated`."""
PATIENCE = timedelta(days=14)
"""How long an answer is past its date before its author is asked, and how long each of them has before the next."""
VIEWS_A_DAY = 1.0
"""What fewer people read waits its turn in the queue."""
AT_MOST = 200
"""Answers that one run takes a step further."""
BATCH = 50
WORDS = {
    AUTHOR: "its author was asked to look at it",
    EXPERTS: "the experts in its tags were asked to look at it",
    STAFF: "all staff were asked to look at it",
}
"""For an answer's history."""


def escalate(now: datetime, batch: int = BATCH) -> int:
    """Take every neglected answer one step further; returns how many. Run twice, or by two at once, nobody is asked twice."""
    wanted = (
        select(Answer.id)
        .join(AnswerBelief, AnswerBelief.answer_id == Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(*_neglected(now))
        .order_by(AnswerBelief.score.desc(), Answer.id)
        .limit(AT_MOST)
    )
    ids = db.session.scalars(wanted).all()
    db.session.rollback()
    return sum(_escalate(ids[start : start + batch], now) for start in range(0, len(ids), batch))


def _neglected(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Past its date for long, read by many, and whoever was asked last has had their time. What was asked in an earlier spell
    past its date does not count."""
    asked_since = and_(AnswerBelief.escalated_at.is_not(None), AnswerBelief.escalated_at >= Answer.best_before_at)
    waited = and_(AnswerBelief.escalated < STAFF, AnswerBelief.escalated_at <= now - PATIENCE)
    return (
        Answer.state.in_(("due", "expired")),
        Answer.best_before_at <= now - PATIENCE,
        AnswerBelief.views_per_day >= VIEWS_A_DAY,
        or_(~asked_since, AnswerBelief.escalated_at.is_(None), waited),
        Answer.archived_at.is_(None),
        Answer.removed_at.is_(None),
        Question.removed_at.is_(None),
        Question.closed_at.is_(None),
    )


def _escalate(answer_ids: Sequence[int], now: datetime) -> int:
    with transaction() as session:
        questions = reach.questions_of(session, answer_ids)
        still = (
            select(Answer, AnswerBelief)
            .join(AnswerBelief, AnswerBelief.answer_id == Answer.id)
            .join(Question, Question.id == Answer.question_id)
            .where(Answer.id.in_(answer_ids), *_neglected(now))
            .order_by(Answer.id)
            .with_for_update(of=AnswerBelief)
            .execution_options(populate_existing=True)
        )
        found = session.execute(still).all()
        reachable = _reachable(session, [answer.author_id for answer, _ in found], now)
        experts = _with_experts(session, [answer.question_id for answer, _ in found], now)
        for answer, row in found:
            step = _next(answer, row, answer.author_id in reachable, answer.question_id in experts)
            row.escalated, row.escalated_at = step, now
            evidence.tell(session, answer, row, Happening("escalated", WORDS[step]), now)
            emit(session, "answer.escalated", now, answer_id=answer.id, round=answer.round, step=step)
            reach.changed(session, questions[answer.question_id], now, lists=False)
        return len(found)


def _next(answer: Answer, row: AnswerBelief, author: bool, experts: bool) -> int:
    """Who is asked next; who is not there is passed over."""
    asked = row.escalated if row.escalated_at is not None and row.escalated_at >= answer.best_before_at else NOBODY
    if asked == NOBODY and author:
        return AUTHOR
    return EXPERTS if asked < EXPERTS and experts else STAFF


def _reachable(session: Session, user_ids: Sequence[int], now: datetime) -> set[int]:
    """Those who can sign in and write."""
    free = or_(User.suspended_until.is_(None), User.suspended_until <= now)
    here = select(User.id).where(User.id.in_(user_ids), User.password_hash.is_not(None), free)
    return set(session.scalars(here))


def _with_experts(session: Session, question_ids: Sequence[int], now: datetime) -> set[int]:
    """Questions under whose tags somebody is an expert now."""
    under = and_(Expertise.tag_id == QuestionTag.tag_id, Expertise.expires_at > now)
    found = select(QuestionTag.question_id).where(QuestionTag.question_id.in_(question_ids)).join(Expertise, under)
    return set(session.scalars(found.distinct()))


def to(by: User, since: datetime, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Which answers were brought before this person since a moment, and wait still; for their digest. Answers, their beliefs and
    their questions joined."""
    mine = exists().where(*trusted(by.id, now), QuestionTag.question_id == Answer.question_id)
    concerns = and_(AnswerBelief.escalated >= EXPERTS, mine)
    if by.role != Role.CUSTOMER:
        concerns = or_(concerns, AnswerBelief.escalated == STAFF)
    return (
        AnswerBelief.escalated_at > since,
        AnswerBelief.escalated_at >= Answer.best_before_at,
        concerns,
        Answer.author_id != by.id,
        Answer.archived_at.is_(None),
        Answer.removed_at.is_(None),
        Question.removed_at.is_(None),
        Question.closed_at.is_(None),
    )
