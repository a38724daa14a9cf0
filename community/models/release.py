"""Releases: a product or tariff changed, and everything tagged with it becomes more doubtful."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Release(Base):
    """A release that staff announced: from `on_day` it weighs on the answers under its tags that were not checked since."""

    __tablename__ = "releases"
    __table_args__ = (
        CheckConstraint("impact IN ('small', 'medium', 'large')", name="impact"),
        CheckConstraint("kappa > 0 AND kappa < 1", name="kappa"),
        Index("ix_releases_applied_at", "applied_at", "on_day"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    """As people say it: "router firmware 4.2"."""
    name_key: Mapped[str] = mapped_column(unique=True)
    """The name without case and outer spaces: a release is announced once."""
    note: Mapped[str] = mapped_column(default="")
    on_day: Mapped[date]
    impact: Mapped[str]
    kappa: Mapped[float]
    """The chance that it makes a right answer wrong, as estimated when it was announced."""
    spread_days: Mapped[int] = mapped_column(default=7)
    """Over how many days the answers it makes due at once are spread."""
    announced_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    announced_at: Mapped[datetime]
    cursor: Mapped[int] = mapped_column(default=0)
    """The last answer it was applied to; killed, it goes on from there."""
    applied_at: Mapped[datetime | None]
    """When it had been applied to all of them."""
    cancelled_at: Mapped[datetime | None]
    weighed: Mapped[int] = mapped_column(default=0)
    """How many answers it was applied to."""
    checked: Mapped[int] = mapped_column(default=0)
    """How many of them were verified since, as last counted."""
    gone_wrong: Mapped[int] = mapped_column(default=0)
    """How many of those were found wrong."""
    counted_at: Mapped[datetime | None]
    """When the two were last counted."""


class ReleaseTag(Base):
    """What a release concerns."""

    __tablename__ = "release_tags"

    release_id: Mapped[int] = mapped_column(ForeignKey("releases.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True, index=True)
