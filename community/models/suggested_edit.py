"""Changes that somebody suggests who may not make them without review."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

_OPEN = text("outcome IS NULL")
_OPEN_QUESTION = text("outcome IS NULL AND answer_id IS NULL")


class SuggestedEdit(Base):
    """A whole new text for a question (then `answer_id` is None) or one of its answers. At most one is open per person and
    post."""

    __tablename__ = "suggested_edits"
    __table_args__ = (
        CheckConstraint("outcome IN ('approved', 'rejected', 'withdrawn', 'replaced')", name="outcome"),
        Index(
            "uq_suggested_edits_author_id_question_id",
            "author_id",
            "question_id",
            unique=True,
            sqlite_where=_OPEN_QUESTION,
            postgresql_where=_OPEN_QUESTION,
        ),
        Index(
            "uq_suggested_edits_author_id_answer_id",
            "author_id",
            "answer_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index("ix_suggested_edits_author_id_at", "author_id", "at"),
        Index("ix_suggested_edits_question_id", "question_id"),
        Index("ix_suggested_edits_open", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    revision: Mapped[int]
    """The number of the version that it changes; with any other one standing, it cannot be approved as it is."""
    title: Mapped[str] = mapped_column(default="")
    body_source: Mapped[str]
    tags: Mapped[str] = mapped_column(default="")
    """Title and tags are a question's; an answer has neither."""
    summary: Mapped[str] = mapped_column(default="")
    """What the suggester says was changed, and why."""
    at: Mapped[datetime]
    outcome: Mapped[str | None]
    """None while it waits. "replaced": its author suggested something newer for the same post."""
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
