"""Links in current answers, and whether they still lead somewhere."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Link(Base):
    """One address that answers link to, and how its checks went."""

    __tablename__ = "links"
    __table_args__ = (
        Index("ix_links_next_check_at", "next_check_at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(unique=True)
    host: Mapped[str]
    next_check_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    """Failed checks in a row."""
    failing_since: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(default="")
    """What the last check found, in words; "" when it was fine."""
    dead_at: Mapped[datetime | None]
    """When it was counted as dead."""


class AnswerLink(Base):
    """Which answers link where."""

    __tablename__ = "answer_links"

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("links.id"), primary_key=True, index=True)
