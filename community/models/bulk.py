"""Changes that a moderator makes to many answers at once, done in batches."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class BulkChange(Base):
    """What somebody decided about many answers, and how far it is done."""

    __tablename__ = "bulk_changes"
    __table_args__ = (
        CheckConstraint("act IN ('check', 'archive', 'transfer')", name="act"),
        Index("ix_bulk_changes_done_at", "done_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    act: Mapped[str]
    wanted: Mapped[dict[str, Any]] = mapped_column(JSON)
    """Which answers: ids of a tag, an author and an announced release, a product release's text, a state."""
    words: Mapped[str]
    """The same for people."""
    reason: Mapped[str] = mapped_column(default="")
    spread_days: Mapped[int] = mapped_column(default=0)
    to_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    answers: Mapped[int]
    """How many it was to be about, as seen before."""
    changed: Mapped[int] = mapped_column(default=0)
    cursor: Mapped[int] = mapped_column(default=0)
    """The last answer it has come to; killed, it goes on from there."""
    done_at: Mapped[datetime | None]
