"""Answers follow what their tags have come to ask: in batches, each question once, nothing late at once.

A tag's row is changed first, by the verb that decides it; its questions follow here, a batch in a transaction. A question that
says already what its tags ask has followed, so a walk that was killed is finished by walking again: the message the verb leaves
does that (`app/jobs.py`), and goes on until nothing is behind.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.db import db, transaction
from app.outbox import Payload, emit
from community import lead, lifecycle, reach, tags
from community.freshness import beliefs, dates, life
from community.freshness.belief import Belief
from community.freshness.dates import SPREAD_DAYS, Standing
from community.lifecycle import Deadlines, State
from community.models import Answer, AnswerBelief, BeliefEvent, Question, QuestionTag, Tag
from community.tags import Policy

BATCH = 100
"""Questions that follow in one transaction."""
PAGE = 2000
"""Questions that one statement looks at."""
Page = tuple[list[Any], Mapping[int, list[Tag]]]
"""Questions (rows of what their tags have made of them), and the tags of each."""
SLICE = 2000
"""Questions that one message makes follow before it leaves another for the rest."""


@dataclass(frozen=True)
class Cause:
    """Who changed a policy, and over how many days what it makes late is spread."""

    actor_id: int | None
    spread_days: int = SPREAD_DAYS
    reason: str = "its tags ask for other dates now"


def wanted(belief: Belief, policy: dates.Policy, standing: Standing, number: int, now: datetime) -> Deadlines:
    """The dates an answer would have under the policy, before anything is spread. A plain interval counts from when it was last
    vouched for; otherwise the belief decides."""
    if policy.freshness == "plain":
        return lifecycle.deadlines(standing.fresh_from, policy.interval_days, policy.grace_days)
    was = lifecycle.state_at(standing.best_before, standing.expires, None, now)
    return dates.settle(belief, policy, standing, was, now, number)


def moved(belief: Belief, policy: dates.Policy, standing: Standing, number: int, spread_days: int, now: datetime) -> Deadlines:
    """The dates the answer gets. What is late stays late, and only a verification brings it back; what would be late at once is
    spread over `spread_days` by the answer's number, or keeps its own date where that comes sooner."""
    was = lifecycle.state_at(standing.best_before, standing.expires, None, now)
    if was == State.EXPIRED:
        return Deadlines(standing.best_before, standing.expires)
    due, over = (was == State.DUE), wanted(belief, policy, standing, number, now)
    soon, late = now + timedelta(days=spread_days), dates.spread(number, spread_days, now)
    best_before, expires = over.best_before, over.expires
    if due:
        best_before = standing.best_before
    elif best_before <= now:
        best_before = standing.best_before if standing.best_before <= soon else late
        expires = best_before + timedelta(days=policy.grace_days)
    if expires <= now:
        expires = standing.expires if standing.expires <= soon else late
    return Deadlines(best_before, max(expires, best_before))


def follow(tag_id: int, cause: Cause, now: datetime, *, after: int = 0, most: int = SLICE) -> int | None:
    """Let the questions under the tag that are behind follow it, about `most` of them, those after a number; returns the number
    it came to, None when it came to the end."""
    done = 0
    for last, behind in _behind(tag_id, after):
        for start in range(0, len(behind), BATCH):
            if done >= most:
                return behind[start] - 1
            done += follow_questions(behind[start : start + BATCH], cause, now)
        if done >= most:
            return last
    return None


def follow_on(told: Payload, now: datetime) -> None:
    """Go on with what a verb has begun, a slice at a time, so that other messages need not wait for a large tag."""
    tag_id, cause = told["tag_id"], Cause(told["by_id"], told["spread_days"], told["reason"])
    last = follow(tag_id, cause, now, after=told["after"])
    if last is not None:
        with transaction() as session:
            tell(session, tag_id, cause, now, after=last)


def tell(session: Session, tag_id: int, cause: Cause, now: datetime, *, after: int = 0) -> None:
    """Leave the message that makes the questions under the tag follow it, those after a number."""
    told = {"tag_id": tag_id, "by_id": cause.actor_id, "spread_days": cause.spread_days, "reason": cause.reason, "after": after}
    emit(session, "tag.policy_changed", now, **told)


def asks(question: Any, policy: Policy) -> bool:  # noqa: ANN401 - a question, or a row of its columns
    """Whether the question's row says already what the policy asks. Its rate is the nights' business."""
    mine = (question.freshness, question.interval_days, question.grace_days, question.verifiers_needed)
    theirs = (policy.freshness, policy.interval_days, policy.grace_days, policy.verifiers_needed)
    return bool(mine == theirs and question.permanent_until == policy.permanent_until)


def pages(session: Session, tag_id: int, after: int = 0) -> Iterator[Page]:
    """The questions under the tag, a page at a time."""
    last = after
    while True:
        rows = list(
            session.execute(
                select(
                    Question.id,
                    Question.freshness,
                    Question.interval_days,
                    Question.grace_days,
                    Question.verifiers_needed,
                    Question.permanent_until,
                )
                .join(QuestionTag, QuestionTag.question_id == Question.id)
                .where(QuestionTag.tag_id == tag_id, QuestionTag.question_id > last)
                .order_by(QuestionTag.question_id)
                .limit(PAGE)
            )
        )
        if not rows:
            return
        last = rows[-1].id
        yield rows, _tags_of(session, [row.id for row in rows])


def _behind(tag_id: int, after: int) -> Iterator[tuple[int, list[int]]]:
    """Pages of the questions under the tag: the last number of each, and those of it that are behind."""
    for rows, tagged in pages(db.session(), tag_id, after):
        behind = [row.id for row in rows if not asks(row, tags.strictest(tagged[row.id]))]
        db.session.rollback()
        yield rows[-1].id, behind


def _tags_of(session: Session, question_ids: Sequence[int]) -> Mapping[int, list[Tag]]:
    found: dict[int, list[Tag]] = {question_id: [] for question_id in question_ids}
    linked = select(QuestionTag.question_id, Tag).join(Tag, Tag.id == QuestionTag.tag_id)
    for question_id, tag in session.execute(
        linked.where(QuestionTag.question_id.in_(question_ids)), execution_options={"populate_existing": True}
    ):
        found[question_id].append(tag)
    return found


def follow_questions(question_ids: Sequence[int], cause: Cause, now: datetime) -> int:
    """These questions take what their tags ask, and their answers' dates follow, in one transaction; returns how many were
    behind. The questions are held, in the order of their ids; then the beliefs."""
    with transaction() as session:
        held = session.scalars(
            select(Question)
            .where(Question.id.in_(question_ids))
            .order_by(Question.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).all()
        tagged = _tags_of(session, question_ids)
        behind = {question.id: question for question in held if not asks(question, tags.strictest(tagged[question.id]))}
        for question in behind.values():
            tags.apply(question, tags.strictest(tagged[question.id]))
        answers = session.scalars(
            select(Answer)
            .where(Answer.question_id.in_(list(behind)))
            .order_by(Answer.id)
            .execution_options(populate_existing=True)
        ).all()
        rows = _beliefs(session, answers, behind, now)
        moves = [_follow_one(session, answer, behind[answer.question_id], rows[answer.id], cause, now) for answer in answers]
        events = [event for event in moves if event is not None]
        if events:
            session.execute(insert(BeliefEvent), events)
        lead.refresh_all(session, list(behind.values()), now)
        reach.changed_all(session, list(behind.values()), now)
        return len(behind)


def _beliefs(
    session: Session, answers: Sequence[Answer], questions: Mapping[int, Question], now: datetime
) -> Mapping[int, AnswerBelief]:
    """The answers' beliefs, held, with every day counted; those that have none yet get their first."""
    kept = session.scalars(
        select(AnswerBelief)
        .where(AnswerBelief.answer_id.in_([answer.id for answer in answers]))
        .order_by(AnswerBelief.answer_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    rows = {row.answer_id: row for row in kept}
    for answer in answers:
        question = questions[answer.question_id]
        if answer.id not in rows:
            rows[answer.id] = beliefs.of(session, answer, question, now)
        beliefs.step_to(rows[answer.id], answer, question, beliefs.day_of(now))
    return rows


def _follow_one(
    session: Session, answer: Answer, question: Question, row: AnswerBelief, cause: Cause, now: datetime
) -> dict[str, Any] | None:
    """Move one answer's dates; returns the event to be written, None where they stay."""
    event = None
    if answer.archived_at is None:
        before = (answer.best_before_at, answer.expires_at)
        life.catch_up(session, answer, now)
        standing = Standing(answer.fresh_from, answer.best_before_at, answer.expires_at)
        after = moved(beliefs.read(row), question, standing, answer.id, cause.spread_days, now)
        if before != (after.best_before, after.expires):
            life.follow_evidence(session, answer, after, cause.reason, now, actor_id=cause.actor_id)
            event = {
                "answer_id": answer.id,
                "at": now,
                "kind": "policy",
                "before": row.pi,
                "after": row.pi,
                "best_before_at": answer.best_before_at,
                "reason": cause.reason,
                "actor_id": cause.actor_id,
            }
    beliefs.rank(row, answer, question, now)
    return event
