"""What messages bring: they name what happened, the badges are found by reading the database again."""

from collections.abc import Sequence

from sqlalchemy import select

from app import clock
from app.db import db
from app.outbox import Payload
from community.badges import awards, reckoning
from community.models import Answer
from reputation.badges.rules import Heard, heard_by


def question_changed(payloads: Sequence[Payload]) -> None:
    """Votes, words of readers, what took whose place: all that shows on a question's page. Of many messages each question is
    looked at once."""
    awards.award(heard_by(Heard.CHANGED), {payload["question_id"] for payload in payloads})


def answer_accepted(payloads: Sequence[Payload]) -> None:
    """An answer was accepted."""
    awards.award(heard_by(Heard.ACCEPTED), _questions(payloads))


def answer_verified(payloads: Sequence[Payload]) -> None:
    """An answer was checked, and the minute is over in which that could be undone."""
    awards.award(heard_by(Heard.VERIFIED), _questions(payloads))


def finding_decided(payloads: Sequence[Payload]) -> None:
    """Votes or acceptances were taken back as arranged, or count again after an appeal."""
    for payload in payloads:
        reckoning.reckon_anew(payload["finding_id"], clock.utcnow())


def _questions(payloads: Sequence[Payload]) -> set[int]:
    answer_ids = {payload["answer_id"] for payload in payloads}
    found = set(db.session.scalars(select(Answer.question_id).where(Answer.id.in_(answer_ids))))
    db.session.rollback()
    return found
