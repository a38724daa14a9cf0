"""The review queue: what verifiers should check next, most useful first.

In it: what is past its best-before date, what was reworked since, fresh answers that readers doubt or asked to have checked, and
fresh ones whose score is over FLOOR: an early check of what many read is worth more than a late one of what nobody reads. Not in
it: one's own, what one has judged in this round, archived and removed ones, closed questions, what was verified within PAUSE,
what somebody else holds, what one has skipped today; and for experts who are not staff, everything outside their tags.

It is read in steps, each in the order of an index, and only as far as is asked for: what was reworked; one's own tags by score;
the rest by score. Each walk along the scores is followed by gathering what it may have passed over: what lies deeper than WALK,
and answers without a belief yet (after an upgrade, until the first night), which come last, the most read first.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select, union
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from community.expertise.counting import trusted
from community.freshness import approval
from community.freshness import belief as model
from community.freshness.belief import PARAMETERS
from community.lifecycle import State
from community.models import Answer, AnswerBelief, Assignment, Expertise, Question, QuestionTag, Verification
from community.models.answer import DOUBTED
from reputation.ledger import day_start

READ_A_DAY = 10.0
FLOOR = model.score(READ_A_DAY, PARAMETERS.WARN, PARAMETERS.LAM0)
"""A fresh answer is offered early when a check of it is worth more than one of a barely due answer that is read READ_A_DAY times
a day."""
WALK = 20_000
"""How far down the scores is looked before what is due is gathered by its date instead."""
MOST_COUNTED = 99
"""How many waiting answers are counted; more are "more than" that."""

_LIVING = (State.FRESH, State.DUE, State.EXPIRED)


def next_ids(session: Session, by: User, now: datetime, limit: int) -> list[int]:
    """Ids of the first answers this person should check, in order."""
    return _read(session, _steps(by, now), limit)


def open_count(session: Session, by: User, now: datetime) -> int:
    """How many wait for this person, counted no further than MOST_COUNTED + 1."""
    return len(_read(session, _steps(by, now, in_order=False), MOST_COUNTED + 1))


def may_check(session: Session, by: User, now: datetime, answer_id: int) -> bool:
    """Whether the person could check this very answer now, waiting or not, and whoever holds it."""
    wanted = select(Answer.id).join(Question, Question.id == Answer.question_id)
    return session.execute(wanted.where(Answer.id == answer_id, *allowed(by, now))).first() is not None


def is_reviewer(by: User, now: datetime) -> bool:
    """Whether there is a queue for this person at all: staff, and experts in any tag."""
    return by.is_staff or _is_expert(by, now)


def allowed(by: User, now: datetime) -> list[ColumnElement[bool]]:
    """Conditions on an answer and its question: it is there, it is not theirs, they have not judged it, it is in their field."""
    check = aliased(Verification)
    judged = exists().where(
        check.answer_id == Answer.id,
        check.verifier_id == by.id,
        check.round == Answer.round,
        check.undone_at.is_(None),
    )
    conditions = [
        Answer.removed_at.is_(None),
        Answer.archived_at.is_(None),
        Question.removed_at.is_(None),
        Question.closed_at.is_(None),
        Answer.author_id != by.id,
        ~judged,
    ]
    return conditions if by.is_staff else [*conditions, _mine(by, now)]


def free(by: User, now: datetime) -> list[ColumnElement[bool]]:
    """Conditions on an answer: nobody else holds it, and this person has not skipped it today."""
    held = (
        select(Assignment.answer_id)
        .join(User, User.id == Assignment.verifier_id)
        .where(
            Assignment.done_at.is_(None),
            Assignment.purpose != "known",
            Assignment.verifier_id != by.id,
            Assignment.until_at > now,
            or_(User.suspended_until.is_(None), User.suspended_until <= now),
        )
    )
    skipped = select(Assignment.answer_id).where(
        Assignment.verifier_id == by.id, Assignment.taken_at >= day_start(now), Assignment.outcome == "skipped"
    )
    return [Answer.id.not_in(held), Answer.id.not_in(skipped)]


def rested(now: datetime) -> ColumnElement[bool]:
    """It was not verified within PAUSE; but a reworked text and a repair that waits for a second person need not rest."""
    check = aliased(Verification)
    proposed = exists().where(
        check.answer_id == Answer.id,
        check.round == Answer.round,
        check.verdict == "repaired",
        check.undone_at.is_(None),
    )
    lately = now - timedelta(days=PARAMETERS.PAUSE)
    return or_(Answer.verified_at.is_(None), Answer.verified_at <= lately, approval.waits(now), proposed)


def needs_check(now: datetime) -> ColumnElement[bool]:
    """Its date is over, or readers doubt it."""
    return or_(Answer.best_before_at <= now, DOUBTED)


def walk(by: User, now: datetime, *, mine: bool) -> Select[int]:
    """The best WALK scores in their order, of those that wait; `mine`: in one's own tags."""
    ranked = select(AnswerBelief.score).order_by(AnswerBelief.score.desc(), AnswerBelief.answer_id.desc())
    deepest = func.coalesce(ranked.offset(WALK).limit(1).scalar_subquery(), -1.0)
    query = (
        select(Answer.id)
        .select_from(AnswerBelief)
        .join(Answer, Answer.id == AnswerBelief.answer_id)
        .join(Question, Question.id == Answer.question_id)
        .where(AnswerBelief.score > deepest, or_(AnswerBelief.score > FLOOR, needs_check(now)))
        .where(*allowed(by, now), *free(by, now), rested(now))
        .order_by(AnswerBelief.score.desc(), AnswerBelief.answer_id.desc())
    )
    return query.where(_mine(by, now)) if mine else query


def gather(by: User, now: datetime, *, mine: bool) -> Select[int]:
    """All that wait, found by their dates, by readers' doubts or by their tags rather than by their score."""
    if mine:
        asked = (
            select(QuestionTag.question_id).join(Expertise, Expertise.tag_id == QuestionTag.tag_id).where(*trusted(by.id, now))
        )
        found = and_(Answer.question_id.in_(asked), or_(AnswerBelief.score > FLOOR, needs_check(now)))
    else:
        late = select(Answer.id).where(Answer.state.in_(_LIVING), Answer.best_before_at <= now)
        found = Answer.id.in_(union(late, select(Answer.id).where(DOUBTED)))
    return (
        select(Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .outerjoin(AnswerBelief, AnswerBelief.answer_id == Answer.id)
        .where(found, *allowed(by, now), *free(by, now), rested(now))
        .order_by(func.coalesce(AnswerBelief.score, -1.0).desc(), Question.views.desc(), Answer.id)
    )


def _reworked(by: User, now: datetime) -> Select[int]:
    """What was reworked past its date, the longest waiting first."""
    return (
        select(Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(approval.waits(now), *allowed(by, now), *free(by, now))
        .order_by(Answer.reworked_at, Answer.id)
    )


def _steps(by: User, now: datetime, *, in_order: bool = True) -> Iterator[Select[int]]:
    yield _reworked(by, now)
    if _is_expert(by, now) and (in_order or not by.is_staff):
        yield walk(by, now, mine=True)
        yield gather(by, now, mine=True)
    if by.is_staff:
        yield walk(by, now, mine=False)
        yield gather(by, now, mine=False)


def _read(session: Session, steps: Iterator[Select[int]], limit: int) -> list[int]:
    found: list[int] = []
    for step in steps:
        if len(found) >= limit:
            break
        more = step.where(Answer.id.not_in(found)) if found else step
        found += session.scalars(more.limit(limit - len(found)))
    return found


def _is_expert(by: User, now: datetime) -> bool:
    return by.expert_until is not None and by.expert_until > now


def _mine(by: User, now: datetime) -> ColumnElement[bool]:
    return exists().where(*trusted(by.id, now), QuestionTag.question_id == Question.id)
