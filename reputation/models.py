"""The ledger's one table."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.engine.default import DefaultExecutionContext
from sqlalchemy.orm import Mapped, mapped_column

from app.days import day_of
from app.db import Base

_FOLLOWS = text("origin_id IS NOT NULL")


def _day(context: DefaultExecutionContext) -> date:
    """The day of the entry's own moment, where nobody says which day it belongs to."""
    return day_of(context.get_current_parameters()["at"])  # type: ignore[no-untyped-call]  # SQLAlchemy's own


class Entry(Base):
    """One immutable movement of reputation. The database refuses UPDATE and DELETE; a correction is a new entry.

    What follows from one cause is a chain: the first entry pays, and each one after it names the one before it in `reverses_id`
    and the first in `origin_id`. The sums over a chain are what stands of it (`reputation.chains`).
    """

    __tablename__ = "ledger_entries"
    __table_args__ = (
        Index("ix_ledger_entries_user_id_at", "user_id", "at", "id"),
        Index("ix_ledger_entries_user_id_day", "user_id", "day"),
        Index("ix_ledger_entries_answer_id", "answer_id"),
        Index("ix_ledger_entries_question_id", "question_id"),
        Index("ix_ledger_entries_origin_id", "origin_id", sqlite_where=_FOLLOWS, postgresql_where=_FOLLOWS),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    delta: Mapped[int]
    """Points that count, after the daily cap."""
    withheld: Mapped[int] = mapped_column(default=0)
    """Points that the daily cap swallowed."""
    reason: Mapped[str]
    """A name in `reputation.points.PRICES`, or of an entry that follows another (`points.FOLLOWING`)."""
    cause: Mapped[str] = mapped_column(unique=True)
    """What brought it about, as "vote:17:author"; each cause is paid at most once."""
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("ledger_entries.id"), unique=True)
    """The entry before it in its chain, which it undoes, gives back or moves between counted and withheld."""
    origin_id: Mapped[int | None]
    """The first entry of its chain; None where it is the first itself."""
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who acted; None for the clock and for imported votes."""
    question_id: Mapped[int | None]
    answer_id: Mapped[int | None]
    """What it is about, for links; no foreign keys, since this floor does not know the tables above."""
    tag_ids: Mapped[str] = mapped_column(default="", server_default="")
    """The tags its question had when it was paid, "3,17"; later entries of the chain have the same."""
    day: Mapped[date] = mapped_column(Date, default=_day, server_default=text("'1970-01-01'"))
    """The day of the site's time zone that its points belong to: that of the first entry of its chain."""
    at: Mapped[datetime]
