"""What the outbox tells the boards."""

from collections.abc import Sequence

from sqlalchemy import select

from app import clock
from app.db import db
from app.outbox import Payload
from community.boards import active
from community.models import Answer


def questions_changed(payloads: Sequence[Payload]) -> None:
    """Something about these questions or their answers has changed: what their answers give may have, too."""
    ids = {int(payload["question_id"]) for payload in payloads}
    of_these = select(Answer.id).where(Answer.question_id.in_(ids)).order_by(Answer.id)
    answer_ids = db.session.scalars(of_these).all()
    db.session.rollback()
    for start in range(0, len(answer_ids), active.SLICE):
        active.settle(answer_ids[start : start + active.SLICE], clock.utcnow())
