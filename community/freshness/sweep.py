"""The sweep: writes down what the clock has done. Pages are right without it; it tells search, people and the history."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import db, transaction
from app.outbox import emit
from community import lead, reach
from community.freshness import life
from community.lifecycle import State
from community.models import Answer, Question

BATCH = 200
"""How many answers one transaction moves."""


@dataclass(frozen=True)
class Swept:
    """How many answers became due, and how many expired."""

    due: int = 0
    expired: int = 0


def sweep(now: datetime, batch: int = BATCH) -> Swept:
    """Move every answer whose date has come. Its cost follows those, not all answers; killed, the next one goes on; two at once
    or twice in a row move each answer once."""
    due = expired = 0
    while True:
        ids = _waiting(now, batch)
        if not ids:
            return Swept(due, expired)
        for question_id, answer_ids in _by_question(ids).items():
            became_due, became_expired = sweep_question(question_id, answer_ids, now)
            due, expired = due + became_due, expired + became_expired


def _waiting(now: datetime, batch: int) -> list[int]:
    """Ids of answers whose written state is behind. Two index ranges, read apart so that each stays a range."""
    late = select(Answer.id).where(Answer.state == State.FRESH, Answer.best_before_at <= now).limit(batch)
    over = select(Answer.id).where(Answer.state == State.DUE, Answer.expires_at <= now).limit(batch)
    ids = [*db.session.scalars(late), *db.session.scalars(over)]
    db.session.rollback()
    return ids


def _by_question(answer_ids: list[int]) -> dict[int, list[int]]:
    rows = db.session.execute(select(Answer.question_id, Answer.id).where(Answer.id.in_(answer_ids))).all()
    db.session.rollback()
    groups: dict[int, list[int]] = {}
    for question_id, answer_id in rows:
        groups.setdefault(question_id, []).append(answer_id)
    return groups


def sweep_question(question_id: int, answer_ids: list[int], now: datetime) -> tuple[int, int]:
    """Move these answers of one question as far as the clock has come; returns how many became due, and how many expired."""
    with transaction() as session:
        question = reach.question(session, question_id, removed=True)
        answers = session.scalars(select(Answer).where(Answer.id.in_(answer_ids)).execution_options(populate_existing=True)).all()
        moved = [(answer, answer.state, life.catch_up(session, answer, now)) for answer in answers]
        due = [answer for answer, before, after in moved if before != after == State.DUE]
        expired = [answer for answer, before, after in moved if before != after == State.EXPIRED]
        _tell(session, question, due, expired, now)
        return len(due), len(expired)


def _tell(session: Session, question: Question, due: list[Answer], expired: list[Answer], now: datetime) -> None:
    if not (due or expired):
        return
    lead.refresh(session, question, now)
    for answer in due:
        emit(session, "answer.due", now, answer_id=answer.id)
    for answer in expired:
        emit(session, "answer.expired", now, answer_id=answer.id)
    reach.changed(session, question, now)
