"""What moderators did: every act, who, to what, why."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class AuditRecord(Base):
    """One act of moderation. Never edited."""

    __tablename__ = "audit_records"
    __table_args__ = (
        Index("ix_audit_records_at", "at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    action: Mapped[str]
    question_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    tag_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id"))
    reason: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime]
