"""The sweep: writes down what the clock has done. Pages are right without it; it tells search, people and the history."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import db, transaction
from community import lead, reach
from community.freshness import life
from community.lifecycle import State
from community.models import Answer, Question

BATCH = 100
"""How many answers one transaction moves."""
AHEAD = timedelta(hours=1)
"""Machines whose clocks differ by less do not take back each other's work."""


@dataclass(frozen=True)
class Swept:
    """How many answers became due, and how many expired."""

    due: int = 0
    expired: int = 0


def sweep(now: datetime, batch: int = BATCH) -> Swept:
    """Move every answer whose date has come. Its cost follows those, not all answers; killed, the next one goes on; two at once
    or twice in a row move each answer once."""
    while ids := _ahead(now, batch):
        _turn_back(ids, now)
    due = expired = 0
    while ids := _waiting(now, batch):
        became_due, became_expired = sweep_answers(ids, now)
        due, expired = due + became_due, expired + became_expired
    return Swept(due, expired)


def _waiting(now: datetime, batch: int) -> list[int]:
    """Ids of answers whose written state is behind. Two index ranges, read apart so that each stays a range."""
    late = select(Answer.id).where(Answer.state == State.FRESH, Answer.best_before_at <= now).limit(batch)
    over = select(Answer.id).where(Answer.state == State.DUE, Answer.expires_at <= now).limit(batch)
    ids = [*db.session.scalars(late), *db.session.scalars(over)]
    db.session.rollback()
    return ids


def _ahead(now: datetime, batch: int) -> list[int]:
    """Ids of answers whose written state is ahead of their dates: the clock went forward, and has been set right since."""
    later = now + AHEAD
    due = select(Answer.id).where(Answer.state == State.DUE, Answer.best_before_at > later).limit(batch)
    expired = select(Answer.id).where(Answer.state == State.EXPIRED, Answer.expires_at > later).limit(batch)
    ids = [*db.session.scalars(due), *db.session.scalars(expired)]
    db.session.rollback()
    return ids


def _turn_back(answer_ids: Sequence[int], now: datetime) -> None:
    with transaction() as session:
        questions, answers = _held(session, answer_ids)
        for answer in answers:
            life.turn_back(session, answer, now)
        lead.refresh_all(session, questions, now)
        for question in questions:
            reach.changed(session, question, now)


def sweep_answers(answer_ids: Sequence[int], now: datetime) -> tuple[int, int]:
    """Move these answers as far as the clock has come, in one transaction; returns how many became due, and how many expired.

    Their questions are held, in the order of their ids.
    """
    with transaction() as session:
        questions, answers = _held(session, answer_ids)
        moved = [(answer, answer.state, life.catch_up(session, answer, now)) for answer in answers]
        due = [answer for answer, before, after in moved if before != after == State.DUE]
        expired = [answer for answer, before, after in moved if before != after == State.EXPIRED]
        _tell(session, questions, due, expired, now)
        return len(due), len(expired)


def _held(session: Session, answer_ids: Sequence[int]) -> tuple[Sequence[Question], Sequence[Answer]]:
    questions = list(reach.questions_of(session, answer_ids).values())
    answers = session.scalars(
        select(Answer).where(Answer.id.in_(answer_ids)).order_by(Answer.id).execution_options(populate_existing=True)
    ).all()
    return questions, answers


def _tell(
    session: Session, questions: Sequence[Question], due: Sequence[Answer], expired: Sequence[Answer], now: datetime
) -> None:
    concerned = {answer.question_id for answer in (*due, *expired)}
    changed = [question for question in questions if question.id in concerned]
    lead.refresh_all(session, changed, now)
    for question in changed:
        reach.changed(session, question, now)
