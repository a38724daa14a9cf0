"""Tags: what a question is about, and how long answers about it stay current."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

UNKNOWN_CHANGE_RATE = 1 / 540
"""How fast answers go wrong, per day, where nothing is known yet: LAM0 of `community.freshness.belief`."""


class Tag(Base):
    """A tag and its freshness policy. None in a policy column means the site's default (`community.tags`)."""

    __tablename__ = "tags"
    __table_args__ = (
        CheckConstraint("interval_days BETWEEN 1 AND 730", name="interval_days"),
        CheckConstraint("grace_days BETWEEN 0 AND 3650", name="grace_days"),
        CheckConstraint("verifiers_needed BETWEEN 1 AND 5", name="verifiers_needed"),
        CheckConstraint("freshness IN ('belief', 'plain', 'permanent')", name="freshness"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str] = mapped_column(default="")
    interval_days: Mapped[int | None]
    grace_days: Mapped[int | None]
    verifiers_needed: Mapped[int | None]
    freshness: Mapped[str] = mapped_column(default="belief", server_default="belief")
    """What sets the dates under it: the belief; a plain interval; or nothing for a time ("permanent", to measure by)."""
    permanent_until: Mapped[datetime | None]
    gone_wrong: Mapped[float] = mapped_column(default=0.0, server_default="0")
    """K: answers under it that verifications found gone wrong by age."""
    right_days: Mapped[float] = mapped_column(default=0.0, server_default="0")
    """E: days that answers under it were right."""
    change_rate: Mapped[float] = mapped_column(default=UNKNOWN_CHANGE_RATE, server_default=str(UNKNOWN_CHANGE_RATE))
    """lam: how fast they go wrong, per day, as last learned."""
    learned_at: Mapped[datetime | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id"))
    """The tag that took its questions over; its name leads there."""
    question_count: Mapped[int] = mapped_column(default=0, index=True)
    created_at: Mapped[datetime]


class Expertise(Base):
    """A person is trusted to verify under a tag, until a day."""

    __tablename__ = "expertise"
    __table_args__ = (Index("ix_expertise_expires_at", "expires_at"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True, index=True)
    granted_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    granted_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """When it lapses without activity in the tag; activity moves it (`community.expertise.activity`)."""


class ExpertiseSuggestion(Base):
    """Somebody qualifies as an expert in a tag: points there, and words about answers that checks found right. At most one is
    open per person and tag."""

    __tablename__ = "expertise_suggestions"
    __table_args__ = (
        CheckConstraint("outcome IN ('confirmed', 'rejected', 'automatic', 'withdrawn')", name="outcome"),
        Index(
            "uq_expertise_suggestions_user_id_tag_id",
            "user_id",
            "tag_id",
            unique=True,
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
        Index("ix_expertise_suggestions_tag_id", "tag_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"))
    points: Mapped[int]
    """Earned with answers under the tag, when it was suggested."""
    judged: Mapped[int]
    """How many of the person's words about answers checks have judged."""
    right: Mapped[int]
    """How many of those were right."""
    at: Mapped[datetime]
    outcome: Mapped[str | None]
    """None while it waits. "withdrawn" is a moderator's word that the person is not to be suggested for the tag again."""
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
