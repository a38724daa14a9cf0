"""Closing a question, as a duplicate or for another reason, and opening it again."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Invalid, NotFound
from app.outbox import emit
from community import policy, reach, texts
from community.models import Question
from community.moderation import audit

REASONS = {
    "duplicate": "It has been asked before",
    "solved-elsewhere": "The matter is settled outside this forum",
    "unclear": "It cannot be answered as it stands",
    "off-topic": "It is not about our products and services",
    "private": "It needs private data, so support handles it in person",
}
"""Why a question can be closed: name → what readers are told."""


def close(question_id: int, *, reason: str, note: str = "", duplicate_of: int | None = None, by: User, now: datetime) -> None:
    """Close a question: it stays readable and takes no more answers. A duplicate names the question readers are sent to.

    Refuses (Invalid) an unknown reason, and a duplicate of itself, of nothing, or in a circle. Closing twice changes nothing.
    """
    with transaction() as session:
        if reason == "duplicate":
            # Several that close each other's questions at once would each find no circle.
            reach.alone(session, "duplicates")
        question = reach.question(session, question_id)
        policy.require(by, "close", reach.subject_of(question, question), now)
        if reason not in REASONS:
            raise Invalid({"reason": "Choose why it is closed."})
        if reason == "duplicate":
            _refuse_wrong_target(session, question_id, duplicate_of)
        if question.closed_at is not None:
            return
        words = texts.note(note, "note", "The note")
        question.closed_at, question.closed_by_id = now, by.id
        question.closed_reason = f"{REASONS[reason]}. {words}".strip() if words else f"{REASONS[reason]}."
        question.duplicate_of_id = duplicate_of if reason == "duplicate" else None
        audit.record(session, by, "question.closed", now, reason=question.closed_reason, question_id=question_id)
        emit(session, "question.closed", now, question_id=question_id, by_id=by.id)
        reach.changed(session, question, now)


def reopen(question_id: int, *, by: User, now: datetime) -> None:
    """Open a closed question again. Raises NotFound when it is not closed."""
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "close", reach.subject_of(question, question), now)
        if question.closed_at is None:
            raise NotFound("This question is not closed.")
        question.closed_at = question.closed_by_id = question.closed_reason = question.duplicate_of_id = None
        question.activity_at = max(question.activity_at, now)
        audit.record(session, by, "question.reopened", now, question_id=question_id)
        reach.changed(session, question, now)


def _refuse_wrong_target(session: Session, question_id: int, target_id: int | None) -> None:
    target = session.get(Question, target_id) if target_id else None
    if target is None or target.removed_at is not None:
        raise Invalid(
            {"duplicate_of": "There is no such question. Give the address or the number of the one that was asked before."}
        )
    seen = {question_id}
    following: int | None = target.id
    while following is not None:
        if following in seen:
            raise Invalid({"duplicate_of": "That question leads back to this one, so readers would go in circles."})
        seen.add(following)
        following = session.execute(select(Question.duplicate_of_id).where(Question.id == following)).scalar()
