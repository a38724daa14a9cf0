"""Flags: a reader asks moderators to look at a post."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

_OF_QUESTION = text("answer_id IS NULL AND comment_id IS NULL")
_OF_ANSWER = text("answer_id IS NOT NULL AND comment_id IS NULL")
_OPEN = text("outcome IS NULL")


class Flag(Base):
    """One person's flag on a question, an answer (`answer_id`) or a comment (`comment_id`); one per person and post."""

    __tablename__ = "flags"
    __table_args__ = (
        CheckConstraint("kind IN ('spam', 'rude', 'attention')", name="kind"),
        CheckConstraint("outcome IN ('confirmed', 'declined', 'overturned')", name="outcome"),
        Index(
            "uq_flags_by_id_question_id",
            "by_id",
            "question_id",
            unique=True,
            sqlite_where=_OF_QUESTION,
            postgresql_where=_OF_QUESTION,
        ),
        Index(
            "uq_flags_by_id_answer_id",
            "by_id",
            "answer_id",
            unique=True,
            sqlite_where=_OF_ANSWER,
            postgresql_where=_OF_ANSWER,
        ),
        Index("uq_flags_by_id_comment_id", "by_id", "comment_id", unique=True),
        Index("ix_flags_question_id", "question_id"),
        Index("ix_flags_by_id_at", "by_id", "at"),
        Index("ix_flags_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    """The page it is on."""
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    comment_id: Mapped[int | None] = mapped_column(ForeignKey("comments.id"))
    """Of a comment, `answer_id` is None whatever it is under."""
    kind: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    outcome: Mapped[str | None]
    """None while it waits. "overturned": it was confirmed, and the post came back."""
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None: enough people in good standing agreed."""
    decided_at: Mapped[datetime | None]
