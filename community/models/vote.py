"""Votes."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Vote(Base):
    """One vote. A withdrawn one stays with its date; at most one standing vote per person and post."""

    __tablename__ = "votes"
    __table_args__ = (
        CheckConstraint("value IN (-1, 1)", name="value"),
        CheckConstraint("(question_id IS NULL) <> (answer_id IS NULL)", name="subject"),
        Index(
            "uq_votes_voter_id_question_id",
            "voter_id",
            "question_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(
            "uq_votes_voter_id_answer_id",
            "voter_id",
            "answer_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index("ix_votes_voter_id_at", "voter_id", "at"),
        Index("ix_votes_author_id_at", "author_id", "at"),
        Index("ix_votes_question_id", "question_id"),
        Index("ix_votes_answer_id", "answer_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    voter_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    """Whose post it was; kept for the caps per pair."""
    question_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    value: Mapped[int]
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    discounted_at: Mapped[datetime | None]
    """When it was found to be arranged: it stands, but counts for nothing since (`community.fairness`)."""
