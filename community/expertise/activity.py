"""Use keeps expertise, and brings back what lapsed for want of it.

An answer or a check under the tag counts as use. While expertise stands, use moves its end to `standing.LASTS` from then. What
lapsed within RETURNS_WITHIN comes back with the first use; later, it takes points again or a moderator. What a moderator ended is
no row any more, so nothing brings it back.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import transaction
from app.outbox import EMITTED_AT, Payload
from community.expertise.counting import SELF_ADDED_WAITS, counts
from community.expertise.standing import LASTS, shown
from community.models import Answer, Expertise, Question, QuestionTag, Verification

RETURNS_WITHIN = timedelta(days=365)
"""How long after it lapsed expertise comes back with use."""
STEP = timedelta(days=1)
"""The least by which use moves the end, so that a busy day writes a row once."""


def answered(payloads: Sequence[Payload]) -> None:
    """Listens to answers being posted."""
    for payload in payloads:
        with transaction() as session:
            author = select(Answer.author_id).where(Answer.id == payload["answer_id"])
            user_id = session.execute(author).scalar()
            if user_id is not None:
                _used(session, user_id, payload["answer_id"], payload[EMITTED_AT])


def verified(payloads: Sequence[Payload]) -> None:
    """Listens to checks, once they cannot be taken back any more."""
    for payload in payloads:
        with transaction() as session:
            check = select(Verification.verifier_id).where(
                Verification.id == payload["verification_id"], Verification.undone_at.is_(None)
            )
            user_id = session.execute(check).scalar()
            if user_id is not None:
                _used(session, user_id, payload["answer_id"], payload[EMITTED_AT])


def _used(session: Session, user_id: int, answer_id: int, at: datetime) -> None:
    """Move the ends of the person's expertise in the answer's tags; where the post is gone, nothing moves."""
    under = (
        select(QuestionTag.tag_id)
        .join(Question, Question.id == QuestionTag.question_id)
        .join(Answer, Answer.question_id == Question.id)
        .where(Answer.id == answer_id, Answer.removed_at.is_(None), Question.removed_at.is_(None))
        .where(counts(user_id, at - SELF_ADDED_WAITS))
    )
    moved = session.execute(
        update(Expertise)
        .where(Expertise.user_id == user_id, Expertise.tag_id.in_(under))
        .where(Expertise.expires_at > at - RETURNS_WITHIN, Expertise.expires_at < at + LASTS - STEP)
        .values(expires_at=at + LASTS)
        .returning(Expertise.tag_id)
        .execution_options(synchronize_session=False)
    ).all()
    if moved:
        shown(session, user_id)
