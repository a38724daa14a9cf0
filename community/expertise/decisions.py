"""What moderators say to a suggestion that somebody be trusted in a tag."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, NotFound
from app.outbox import emit
from community import policy, texts
from community.expertise import standing
from community.models import ExpertiseSuggestion
from community.moderation import audit
from reputation import ledger


def confirm(suggestion_id: int, *, by: User, now: datetime) -> None:
    """Make the person an expert. Raises Conflict when it is decided already, NotFound for nothing."""
    with transaction() as session:
        policy.require(by, "grant_expertise", None, now)
        about = select(ExpertiseSuggestion.user_id).where(ExpertiseSuggestion.id == suggestion_id)
        ledger.lock_people(session, session.scalars(about).all())
        found = _decide(session, suggestion_id, "confirmed", "", by, now)
        standing.give(session, found.user_id, found.tag_id, by.id, now)
        audit.record(session, by, "expertise.granted", now, user_id=found.user_id, tag_id=found.tag_id, points=found.points)
        emit(session, "expertise.granted", now, suggestion_id=suggestion_id)


def reject(suggestion_id: int, *, reason: str, by: User, now: datetime) -> None:
    """Refuse it; the person is not suggested for this tag again for `suggesting.REJECTED_FOR`. Raises Invalid without a reason,
    Conflict when it is decided already, NotFound for nothing. Only moderators see the reason."""
    with transaction() as session:
        policy.require(by, "grant_expertise", None, now)
        words = texts.note(reason, "reason", "The reason", required=True)
        found = _decide(session, suggestion_id, "rejected", words, by, now)
        audit.record(session, by, "expertise.refused", now, reason=words, user_id=found.user_id, tag_id=found.tag_id)


def _decide(session: Session, suggestion_id: int, outcome: str, reason: str, by: User, now: datetime) -> ExpertiseSuggestion:
    """Of several who decide at once, one does."""
    decided = session.scalars(
        update(ExpertiseSuggestion)
        .where(ExpertiseSuggestion.id == suggestion_id, ExpertiseSuggestion.outcome.is_(None))
        .values(outcome=outcome, decided_by_id=by.id, decided_at=now, reason=reason)
        .returning(ExpertiseSuggestion)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if decided is None:
        if session.get(ExpertiseSuggestion, suggestion_id) is None:
            raise NotFound("There is no such suggestion.")
        raise Conflict("Somebody has decided this already.")
    return decided


def withdraw(session: Session, user_id: int, tag_id: int, by: User, now: datetime) -> None:
    """Inside a verb: a moderator has ended the expertise, so the person is not suggested for it again."""
    session.execute(
        update(ExpertiseSuggestion)
        .where(ExpertiseSuggestion.user_id == user_id, ExpertiseSuggestion.tag_id == tag_id)
        .where(ExpertiseSuggestion.outcome.is_(None))
        .values(outcome="withdrawn", decided_by_id=by.id, decided_at=now)
    )
    session.add(
        ExpertiseSuggestion(
            user_id=user_id,
            tag_id=tag_id,
            points=0,
            judged=0,
            right=0,
            at=now,
            outcome="withdrawn",
            decided_by_id=by.id,
            decided_at=now,
        )
    )


def welcome(session: Session, user_id: int, tag_id: int) -> None:
    """Inside a verb: a moderator appoints the person after all, so an earlier end counts for nothing."""
    session.execute(
        update(ExpertiseSuggestion)
        .where(ExpertiseSuggestion.user_id == user_id, ExpertiseSuggestion.tag_id == tag_id)
        .where(ExpertiseSuggestion.outcome == "withdrawn")
        .values(outcome="rejected")
    )
    session.execute(
        update(ExpertiseSuggestion)
        .where(ExpertiseSuggestion.user_id == user_id, ExpertiseSuggestion.tag_id == tag_id)
        .where(ExpertiseSuggestion.outcome.is_(None))
        .values(outcome="confirmed")
    )
