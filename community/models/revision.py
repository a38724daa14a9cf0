"""Revisions: every version of a text is kept."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Revision(Base):
    """One version of a question's or an answer's text. Number 1 is what was first posted."""

    __tablename__ = "revisions"
    __table_args__ = (
        CheckConstraint("(question_id IS NULL) <> (answer_id IS NULL)", name="subject"),
        Index("uq_revisions_question_id_number", "question_id", "number", unique=True),
        Index("uq_revisions_answer_id_number", "answer_id", "number", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    number: Mapped[int]
    title: Mapped[str | None]
    body_source: Mapped[str]
    body_format: Mapped[str] = mapped_column(default="markdown")
    tags: Mapped[str] = mapped_column(default="")
    """Tag names, a space between them."""
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    summary: Mapped[str] = mapped_column(default="")
    """What the editor says was changed, and why."""
    at: Mapped[datetime]
