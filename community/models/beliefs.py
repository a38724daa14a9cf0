"""What is believed of answers, and what moved it."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class AnswerBelief(Base):
    """The belief about one answer, as `community.freshness.belief` has it, and what the queue and the audit order by."""

    __tablename__ = "beliefs"
    __table_args__ = (
        Index("ix_beliefs_score", "score", "answer_id"),
        Index("ix_beliefs_draw", "draw"),
        Index("ix_beliefs_crowd", "crowd"),
    )

    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), primary_key=True, autoincrement=False)
    day: Mapped[date]
    """Up to the beginning of which day (UTC) time has been counted."""
    pi: Mapped[float]
    pa: Mapped[float]
    k: Mapped[float] = mapped_column(default=0.0)
    t: Mapped[float] = mapped_column(default=0.0)
    f: Mapped[float] = mapped_column(default=0.0)
    hb: Mapped[float] = mapped_column(default=0.0)
    hr: Mapped[float] = mapped_column(default=0.0)
    before_signals: Mapped[float]
    """`pi` before anything readers said on that day: their sums decide, whatever their order."""
    bad: Mapped[float] = mapped_column(default=0.0)
    """The weights of that day's reports; withdrawn ones of earlier days count against it."""
    ok: Mapped[float] = mapped_column(default=0.0)
    """The weights of that day's confirmations."""
    views_per_day: Mapped[float] = mapped_column(default=0.0)
    views_counted: Mapped[int] = mapped_column(default=0)
    """The question's views up to then."""
    score: Mapped[float] = mapped_column(default=0.0)
    """What a check is worth today."""
    draw: Mapped[float | None]
    """The blind audit takes the lowest: exponential by views, drawn anew each day. None: not current, or read by nobody."""
    crowd: Mapped[int] = mapped_column(default=0)
    """Reports of this round that came from new accounts or from nobody's account: what a brigade looks like."""
    aside_at: Mapped[datetime | None]
    """Since when moderators put this round's reports of that kind aside, those that come later too."""
    escalated: Mapped[int] = mapped_column(default=0)
    """Who has been called in this round: 0 nobody, 1 the author, 2 the tags' experts, 3 all staff."""
    escalated_at: Mapped[datetime | None]


class BeliefEvent(Base):
    """One thing that moved the belief about an answer: what, when, by how much. Never edited; time's part lies between them."""

    __tablename__ = "belief_events"
    __table_args__ = (
        Index("ix_belief_events_answer_id", "answer_id", "id"),
        Index("ix_belief_events_release_id", "release_id", "answer_id"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"))
    at: Mapped[datetime]
    kind: Mapped[str]
    """One of `community.freshness.beliefs.KINDS`."""
    before: Mapped[float]
    after: Mapped[float]
    best_before_at: Mapped[datetime]
    """The answer's best-before date after it."""
    reason: Mapped[str] = mapped_column(default="")
    """In words for a reader, where the kind alone does not tell."""
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    release_id: Mapped[int | None] = mapped_column(ForeignKey("releases.id"))
    verification_id: Mapped[int | None] = mapped_column(ForeignKey("verifications.id"))


class SignalRecord(Base):
    """How often a person's word on answers was right, as verifications found."""

    __tablename__ = "signal_records"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    right: Mapped[int] = mapped_column(default=0)
    wrong: Mapped[int] = mapped_column(default=0)


class ViewDay(Base):
    """Views of question pages on one day (UTC), by what the reader found there."""

    __tablename__ = "view_days"
    __table_args__ = (CheckConstraint("found IN ('fresh', 'due', 'expired', 'none')", name="found"),)

    day: Mapped[date] = mapped_column(primary_key=True)
    found: Mapped[str] = mapped_column(primary_key=True)
    """What the question's lead answer was; "none": no answer."""
    arm: Mapped[str] = mapped_column(primary_key=True)
    """The freshness of the question's tags: "belief", "plain" or "permanent"."""
    views: Mapped[int] = mapped_column(default=0)


class Night(Base):
    """One day's run over all answers: how far it has come, and when it was done."""

    __tablename__ = "nights"

    day: Mapped[date] = mapped_column(primary_key=True)
    started_at: Mapped[datetime]
    cursor: Mapped[int] = mapped_column(default=0)
    """The last answer it has counted the day for; killed, the run goes on from there."""
    finished_at: Mapped[datetime | None]
