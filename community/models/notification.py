"""The inbox."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Notification(Base):
    """Something a person should know. `cause` makes it arrive once however often its message is delivered."""

    __tablename__ = "notifications"
    __table_args__ = (
        Index("uq_notifications_user_id_cause", "user_id", "cause", unique=True),
        Index("ix_notifications_user_id_id", "user_id", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    """answered, commented, mentioned, accepted, verified, expired, …: a name in `community.notifications.inbox.KINDS`."""
    cause: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    question_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    text: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
