"""The tables of possible duplicates: pairs, what was looked at, and who left which pair to others."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

_OPEN = text("state = 'open'")


class DuplicatePair(Base):
    """Two questions that may be the same. One row for both, for ever: what was decided once is never proposed again."""

    __tablename__ = "duplicate_pairs"
    __table_args__ = (
        UniqueConstraint("older_id", "newer_id"),
        CheckConstraint("state IN ('open', 'older closed', 'newer closed', 'not the same')", name="state"),
        Index("ix_duplicate_pairs_newer_id", "newer_id"),
        Index("ix_duplicate_pairs_open", "likeness", "id", sqlite_where=_OPEN, postgresql_where=_OPEN),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    older_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    newer_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"))
    likeness: Mapped[float]
    """0 to 1: the cosine of their vectors, or the share of words their titles have in common."""
    by_meaning: Mapped[bool]
    """By their vectors; False: by the words of their titles."""
    found_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="open")
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class DuplicateLook(Base):
    """A question was compared with the others while it had this text."""

    __tablename__ = "duplicate_looks"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str]


class DuplicateSkip(Base):
    """Somebody left a pair to others; it is not shown to them for a while."""

    __tablename__ = "duplicate_skips"

    pair_id: Mapped[int] = mapped_column(ForeignKey("duplicate_pairs.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    at: Mapped[datetime]
