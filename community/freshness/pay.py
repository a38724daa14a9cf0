"""What a check pays by itself: a little to the verifier, and to the author whose accepted answer is still right."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from community.freshness.finds import taken_back
from community.models import Answer, Question, Verification
from reputation import ledger
from reputation.ledger import Posting
from reputation.models import Entry
from reputation.points import DAILY_CONFIRMATIONS_PAID, KEPT_CURRENT_PAUSE


def for_the_check(session: Session, verification: Verification, answer: Answer, by: User, now: datetime) -> list[Posting]:
    """Little, and only for a few a day: who is paid per click soon stops looking. The verifier's row is held."""
    of_today = (Entry.user_id == by.id, Entry.reason == "still_right", Entry.at >= ledger.day_start(now), ~taken_back())
    today = session.execute(select(func.count()).where(*of_today)).scalar_one()
    if today >= DAILY_CONFIRMATIONS_PAID:
        return []
    return [
        Posting(
            by.id,
            "still_right",
            f"verification:{verification.id}:check",
            actor_id=by.id,
            question_id=answer.question_id,
            answer_id=answer.id,
        )
    ]


def kept_current(
    session: Session, answer: Answer, question: Question, verification: Verification, now: datetime
) -> list[Posting]:
    """To the author of an accepted answer, at most once in KEPT_CURRENT_PAUSE."""
    if question.accepted_answer_id != answer.id:
        return []
    recent = select(Entry.id).where(
        Entry.answer_id == answer.id, Entry.reason == "kept_current", Entry.at > now - KEPT_CURRENT_PAUSE, ~taken_back()
    )
    if session.execute(recent).first():
        return []
    return [
        Posting(
            answer.author_id,
            "kept_current",
            f"verification:{verification.id}:kept",
            actor_id=verification.verifier_id,
            question_id=question.id,
            answer_id=answer.id,
        )
    ]
