"""The tables of what came of showing similar questions to people who were about to ask."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class AskVisit(Base):
    """One visit of the form one asks with, during which similar questions were shown. Nothing of what was typed is kept. `id` is
    known to nobody but that browser. The row is removed after KEPT (`search.deflection.settle`); its counts stay in `AskDay`."""

    __tablename__ = "ask_visits"
    __table_args__ = (Index("ix_ask_visits_shown_at", "shown_at", "id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    shown_at: Mapped[datetime]
    """When the first similar question was shown."""
    opened_at: Mapped[datetime | None]
    opened_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"))
    """The first one that was opened."""
    checked_at: Mapped[datetime | None]
    """When the person asked to have an answer checked instead."""
    solved_at: Mapped[datetime | None]
    """When the person said "this solved it" on what was opened."""
    asked: Mapped[bool | None]
    """Whether the person asked within WITHIN of `shown_at`; None until that time is over."""


class AskDay(Base):
    """The visits of one day (UTC, by `shown_at`) that are settled, counted. `…_unasked`: of those the ones after which nothing
    was asked within WITHIN."""

    __tablename__ = "ask_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    shown: Mapped[int] = mapped_column(default=0)
    shown_unasked: Mapped[int] = mapped_column(default=0)
    opened: Mapped[int] = mapped_column(default=0)
    opened_unasked: Mapped[int] = mapped_column(default=0)
    solved: Mapped[int] = mapped_column(default=0)
    solved_unasked: Mapped[int] = mapped_column(default=0)
    checked: Mapped[int] = mapped_column(default=0)
