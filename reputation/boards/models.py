"""The boards' one table."""

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

_GAINED = text("points > 0")


class Standing(Base):
    """What a person has gained in a period, under one tag or all: the sum of their entries' points that belong to its days."""

    __tablename__ = "standings"
    __table_args__ = (
        Index("ix_standings_board", "tag_id", "period", "points", "user_id", sqlite_where=_GAINED, postgresql_where=_GAINED),
    )

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    period: Mapped[str] = mapped_column(primary_key=True)
    """As `reputation.boards.periods` writes them: "all", "month:2026-11", "week:2026-11-16", "current"."""
    tag_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 for all tags together; no foreign key, since this floor does not know the tables above."""
    points: Mapped[int]
