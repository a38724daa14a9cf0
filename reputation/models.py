"""The ledger's one table."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Entry(Base):
    """One immutable movement of reputation. The database refuses UPDATE and DELETE; a correction is a new entry."""

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ix_ledger_entries_user_id_at", "user_id", "at", "id"),
        Index("ix_ledger_entries_answer_id", "answer_id"),
        Index("ix_ledger_entries_question_id", "question_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    delta: Mapped[int]
    """Points that count, after the daily cap."""
    withheld: Mapped[int] = mapped_column(default=0)
    """Points that the daily cap swallowed."""
    reason: Mapped[str]
    """A name in `reputation.points.PRICES`, "reversal" or "reinstatement"."""
    cause: Mapped[str] = mapped_column(unique=True)
    """What brought it about, as "vote:17:author"; each cause is paid at most once."""
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"), unique=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who acted; None for the clock and for imported votes."""
    question_id: Mapped[int | None]
    answer_id: Mapped[int | None]
    """What it is about, for links; no foreign keys, since this floor does not know the tables above."""
    at: Mapped[datetime]
