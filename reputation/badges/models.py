"""The book of badges, runs over history, and the site's own ranks."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class BadgeAward(Base):
    """A badge that somebody earned on an occasion, once. One that was taken back stays, and says so."""

    __tablename__ = "badge_awards"
    __table_args__ = (
        Index("uq_badge_awards_user_id_badge_occasion", "user_id", "badge", "occasion", unique=True),
        Index("ix_badge_awards_user_id_at", "user_id", "at", "id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    badge: Mapped[str]
    """A name in `reputation.badges.rules.RULES`; one that is there no more is not shown."""
    occasion: Mapped[str] = mapped_column(default="")
    """What it was for, as "answer:7"; "" for a badge that is earned once in a life."""
    at: Mapped[datetime]
    """When the deed was done that brought it."""
    question_id: Mapped[int | None]
    answer_id: Mapped[int | None]
    """What it is about, for links; no foreign keys, since this floor does not know the tables above."""
    about: Mapped[str] = mapped_column(default="", server_default="")
    """What it is about where that is no post: a tag's name."""
    taken_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None: a nightly finding."""
    taken_reason: Mapped[str | None]


class BadgeHolder(Base):
    """How often a person has a badge; no row for never. Kept with the awards, so that pages count nothing."""

    __tablename__ = "badge_holders"
    __table_args__ = (Index("ix_badge_holders_badge_last_at", "badge", "last_at", "user_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    badge: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    last_at: Mapped[datetime]


class BadgeTally(Base):
    """How many people have a badge."""

    __tablename__ = "badge_tallies"

    badge: Mapped[str] = mapped_column(primary_key=True)
    people: Mapped[int]


class BadgeRun(Base):
    """Rules run over everything that happened so far, person by person; killed, it goes on from `cursor`."""

    __tablename__ = "badge_runs"
    __table_args__ = ({"sqlite_autoincrement": True},)

    id: Mapped[int] = mapped_column(primary_key=True)
    badges: Mapped[list[str]] = mapped_column(JSON)
    quiet: Mapped[bool]
    """Nobody is told."""
    cursor: Mapped[int] = mapped_column(default=0)
    """The last person it has seen to."""
    awarded: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RankName(Base):
    """A rank that the site named itself. Without any, `reputation.badges.ranks.DEFAULTS` hold."""

    __tablename__ = "ranks"

    points: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From how many points on; the lowest integer for the first."""
    name: Mapped[str]
