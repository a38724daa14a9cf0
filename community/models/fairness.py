"""Fairness: what is counted for it, what was found, what became of that, and the lines."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Tally(Base):
    """How many votes (or acceptances) one person gave another in a week, or came under a tag; deleted when it leaves the window.

    `kind`: "up", "down" or "accept" (left gave right); with ":to" (left was given), ":tag" (under the tag left, to right; 0:
    to anybody), ":all" (everything). What is not said is 0.
    """

    __tablename__ = "vote_tallies"
    __table_args__ = (
        Index("ix_vote_tallies_kind_right_id", "kind", "right_id", "left_id"),
        Index("ix_vote_tallies_week", "week"),
    )

    kind: Mapped[str] = mapped_column(primary_key=True)
    left_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    right_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    week: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Since the first week of 1970."""
    count: Mapped[int]
    views: Mapped[int] = mapped_column(default=0)
    """Of "accept:all": the views of the questions, as they were when it was counted."""


class FairnessCursor(Base):
    """How far the nightly count has come."""

    __tablename__ = "fairness_cursors"

    name: Mapped[str] = mapped_column(primary_key=True)
    last_id: Mapped[int]


class FairnessDue(Base):
    """Somebody who gave something new since they were last looked at."""

    __tablename__ = "fairness_due"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)


class NetworkMark(Base):
    """From which network an account came, hashed with a salt of this site; deleted after 30 days."""

    __tablename__ = "network_marks"
    __table_args__ = (Index("ix_network_marks_mark", "mark"), Index("ix_network_marks_at", "at"))

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class Finding(Base):
    """Something that looks arranged, and what became of it."""

    __tablename__ = "findings"
    __table_args__ = (
        CheckConstraint("status IN ('open', 'reversed', 'dismissed', 'restored')", name="status"),
        Index("ix_findings_status", "status", "id"),
        Index("ix_findings_key", "key"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """A name in `reputation.fairness.lines.KINDS`."""
    key: Mapped[str]
    """The same for the same people and kind; at most one of a key is open."""
    score: Mapped[float]
    reason: Mapped[str]
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(default="open")
    """open: a moderator decides; reversed: it does not count; dismissed: it does; restored: an appeal was won."""
    found_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None with a `decided_at`: it was over the high line."""
    decided_reason: Mapped[str] = mapped_column(default="")
    appealed_at: Mapped[datetime | None]
    appealed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    appeal: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    """When the appeal was decided."""
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answer: Mapped[str] = mapped_column(default="")


class FindingPerson(Base):
    """Whom a finding is about: who gave, and who was given."""

    __tablename__ = "finding_people"
    __table_args__ = (
        CheckConstraint("part IN ('by', 'to')", name="part"),
        Index("ix_finding_people_user_id", "user_id", "finding_id"),
    )

    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    part: Mapped[str] = mapped_column(primary_key=True)


class FindingAct(Base):
    """A vote or an acceptance of a finding, and whether this finding took it back."""

    __tablename__ = "finding_acts"
    __table_args__ = (
        CheckConstraint("(vote_id IS NULL) <> (acceptance_id IS NULL)", name="one"),
        Index("ix_finding_acts_finding_id", "finding_id"),
        Index("ix_finding_acts_vote_id", "vote_id"),
        Index("ix_finding_acts_acceptance_id", "acceptance_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(ForeignKey("findings.id"))
    vote_id: Mapped[int | None] = mapped_column(ForeignKey("votes.id"))
    acceptance_id: Mapped[int | None] = mapped_column(ForeignKey("acceptances.id"))
    reversed_at: Mapped[datetime | None]
    restored_at: Mapped[datetime | None]


class FairnessLine(Base):
    """A site's own lines for one kind; where there is no row, the usual ones hold."""

    __tablename__ = "fairness_lines"

    kind: Mapped[str] = mapped_column(primary_key=True)
    low: Mapped[float]
    high: Mapped[float]
