"""What lists need to know of a question's answers, kept in the question's own row."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import Session

from community.lifecycle import State, state_at
from community.models import Answer, Question

_RANK = {State.FRESH: 0, State.DUE: 1, State.EXPIRED: 2, State.ARCHIVED: 3}

# The dates and counts only: a thread of a hundred long answers must not be read whole to count them.
_STANDING = (
    select(
        Answer.question_id,
        Answer.id,
        Answer.score,
        Answer.official,
        Answer.fresh_from,
        Answer.best_before_at,
        Answer.expires_at,
        Answer.archived_at,
    )
    .where(Answer.question_id.in_(bindparam("question_ids", expanding=True)), Answer.removed_at.is_(None))
    .order_by(Answer.id)
)


def refresh(session: Session, question: Question, now: datetime) -> None:
    """Compute the question's `answer_count`, `lead_…` and `current_until` from its answers.

    The lead is the accepted answer while it is current; else the one in the best state, official before others, then by votes,
    then the older. Called at the end of every verb that changes an answer, with the question's row held.
    """
    refresh_all(session, [question], now)


def refresh_all(session: Session, questions: Sequence[Question], now: datetime) -> None:
    """The same for several questions, all of them held, in one statement."""
    session.flush()
    found: dict[int, list[Row[*tuple[Any, ...]]]] = {question.id: [] for question in questions}
    for row in session.execute(_STANDING, {"question_ids": list(found)}):
        found[row.question_id].append(row)
    for question in questions:
        _keep(question, found[question.id], now)


def _keep(question: Question, answers: Iterable[Row[*tuple[Any, ...]]], now: datetime) -> None:
    standing = list(answers)
    question.answer_count = len(standing)
    living = [answer for answer in standing if answer.archived_at is None]
    question.current_until = max((answer.expires_at for answer in living), default=None)

    def rank(answer: Row[*tuple[Any, ...]]) -> tuple[bool, int, bool, int, int]:
        state = state_at(answer.best_before_at, answer.expires_at, answer.archived_at, now)
        pinned = answer.id == question.accepted_answer_id and state in (State.FRESH, State.DUE)
        return (not pinned, _RANK[state], not answer.official, -answer.score, answer.id)

    lead = min(living, key=rank, default=None)
    question.lead_answer_id = lead.id if lead else None
    question.lead_fresh_from = lead.fresh_from if lead else None
    question.lead_best_before_at = lead.best_before_at if lead else None
    question.lead_expires_at = lead.expires_at if lead else None
    question.lead_state = state_at(lead.best_before_at, lead.expires_at, None, now) if lead else ""
