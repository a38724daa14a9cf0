"""The audit of moderation: who did what, to what, why."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import User
from community.models import AuditRecord


def record(
    session: Session,
    by: User | None,
    action: str,
    now: datetime,
    *,
    reason: str = "",
    question_id: int | None = None,
    answer_id: int | None = None,
    comment_id: int | None = None,
    user_id: int | None = None,
    tag_id: int | None = None,
    **details: Any,  # noqa: ANN401 - plain JSON values
) -> None:
    """Write one act down, inside the verb that does it. `by` None: the command line."""
    session.add(
        AuditRecord(
            actor_id=by.id if by else None,
            action=action,
            question_id=question_id,
            answer_id=answer_id,
            comment_id=comment_id,
            user_id=user_id,
            tag_id=tag_id,
            reason=reason,
            details=details,
            at=now,
        )
    )
