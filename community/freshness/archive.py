"""Archiving an answer by a decision, with or without a successor, and bringing it back."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Invalid, NotFound
from app.outbox import emit
from community import lead, policy, reach, texts
from community.freshness import assignments, evidence, life, verifiers
from community.freshness.evidence import Happening
from community.lifecycle import Event
from community.models import Answer
from community.moderation import audit


def archive(answer_id: int, *, reason: str, successor_id: int | None = None, by: User, now: datetime) -> None:
    """Archive an answer: it collapses, leaves search, and keeps its address and points. With a successor readers are sent on.

    The author and moderators may; verifiers only with a successor. Refuses a successor that is the answer itself, is removed or
    archived, or leads back to it. Archiving again with another successor changes where readers are sent.
    """
    with transaction() as session:
        if successor_id is not None:
            # Answers of two questions that take each other's place at once would each find no circle.
            reach.alone(session, "successors")
        answer, question = reach.answer(session, answer_id)
        expert = reach.is_expert(session, by, question.id, now)
        action = "archive" if successor_id is None else "supersede"
        paused = verifiers.is_paused(session, by.id)
        policy.require(by, action, reach.subject_of(answer, question, expert=expert, paused=paused), now)
        clean = texts.note(reason, "reason", "The reason", required=successor_id is None)
        if successor_id is None and answer.archived_at is not None:
            return
        if successor_id is not None:
            _refuse_wrong_successor(session, answer, successor_id)
        event = Event.ARCHIVED if successor_id is None else Event.SUPERSEDED
        words = clean or "another answer took its place"
        life.move(session, answer, event, by.id, words, now)
        answer.archived_at = now
        answer.successor_id = successor_id
        audit.record(session, by, "answer.archived", now, reason=words, answer_id=answer.id, question_id=question.id)
        question.activity_at = max(question.activity_at, now)
        lead.refresh(session, question, now)
        emit(session, "answer.archived", now, answer_id=answer.id, by_id=by.id)
        reach.changed(session, question, now)


def archive_in_check(answer_id: int, *, reason: str, successor_id: int | None = None, by: User, now: datetime) -> None:
    """Archive an answer from its check, by the same rules, and be done with the item. Of one whose truth is known nothing is
    archived: what an archiving would be refused for is refused, and else nothing happens."""
    with transaction() as session:
        given = assignments.given(session, answer_id, by, now)
        if given is not None and given.purpose == "known":
            _refuse_known(session, answer_id, reason, successor_id, by, now)
        else:
            archive(answer_id, reason=reason, successor_id=successor_id, by=by, now=now)
            assignments.decided(session, answer_id, by, now)
        if given is not None:
            given.done_at, given.outcome = now, "archived"


def _refuse_known(session: Session, answer_id: int, reason: str, successor_id: int | None, by: User, now: datetime) -> None:
    answer, question = reach.answer(session, answer_id)
    expert = reach.is_expert(session, by, question.id, now)
    action = "archive" if successor_id is None else "supersede"
    paused = verifiers.is_paused(session, by.id)
    policy.require(by, action, reach.subject_of(answer, question, expert=expert, paused=paused), now)
    texts.note(reason, "reason", "The reason", required=successor_id is None)
    if successor_id is not None:
        _refuse_wrong_successor(session, answer, successor_id)


def restore(answer_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Bring an archived answer back. It is due, as nobody has checked it meanwhile. Raises NotFound when not archived."""
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "restore_answer", reach.subject_of(answer, question), now)
        if answer.archived_at is None:
            raise NotFound("This answer is not archived.")
        words = texts.note(reason, "reason", "The reason") or f"brought back by {by.name}"
        life.move(session, answer, Event.RESTORED, by.id, words, now)
        answer.archived_at = answer.successor_id = None
        answer.best_before_at = min(answer.best_before_at, now)
        answer.expires_at = now + timedelta(days=question.grace_days)
        evidence.restored(session, answer, question, Happening("restored", words, by.id), now)
        audit.record(session, by, "answer.restored", now, reason=words, answer_id=answer.id, question_id=question.id)
        question.activity_at = max(question.activity_at, now)
        lead.refresh(session, question, now)
        reach.changed(session, question, now)


def _refuse_wrong_successor(session: Session, answer: Answer, successor_id: int) -> None:
    successor = session.get(Answer, successor_id)
    if successor is None or successor.removed_at is not None:
        raise Invalid({"successor": "There is no such answer to send readers to."})
    if successor.archived_at is not None:
        raise Invalid({"successor": "That answer is archived itself; send readers to one that is not."})
    seen = {answer.id}
    following: int | None = successor.id
    while following is not None:
        if following in seen:
            raise Invalid({"successor": "That answer leads back to this one, so readers would go in circles."})
        seen.add(following)
        following = session.execute(select(Answer.successor_id).where(Answer.id == following)).scalar()
