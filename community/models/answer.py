"""Answers and the trail of their life: verifications, signals, transitions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, false, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from community.models.text import Imported, Removable, Written

DOUBTED = text("broken_count > 0 OR check_count > 0")
"""Readers say that it no longer works, or ask to have it checked."""


class Answer(Written, Removable, Imported, Base):
    """An answer. It stores deadlines; what it is today is computed from them by `community.lifecycle.state_at`."""

    __tablename__ = "answers"
    __table_args__ = (
        CheckConstraint("state IN ('fresh', 'due', 'expired', 'archived')", name="state"),
        Index("ix_answers_author", "author_id", "created_at", "id"),
        Index("ix_answers_question_id", "question_id", "id"),
        Index("ix_answers_state_best_before_at", "state", "best_before_at", "removed_at"),
        Index("ix_answers_state_expires_at", "state", "expires_at"),
        Index(
            "ix_answers_successor_id",
            "successor_id",
            sqlite_where=text("successor_id IS NOT NULL"),
            postgresql_where=text("successor_id IS NOT NULL"),
        ),
        Index(
            "ix_answers_reworked_at",
            "reworked_at",
            sqlite_where=text("reworked_at IS NOT NULL"),
            postgresql_where=text("reworked_at IS NOT NULL"),
        ),
        Index("ix_answers_doubted", "id", sqlite_where=DOUBTED, postgresql_where=DOUBTED),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    score: Mapped[int] = mapped_column(default=0)
    official: Mapped[bool] = mapped_column(default=False)
    """The company stands behind it."""
    revision_count: Mapped[int] = mapped_column(default=1)
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    state: Mapped[str] = mapped_column(default="fresh")
    """The state last written down; the pages compare the dates below with now instead."""
    fresh_from: Mapped[datetime]
    """When its present life began: posted, accepted or verified. The ring is full then."""
    best_before_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    archived_at: Mapped[datetime | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id"))
    state_reason: Mapped[str] = mapped_column(default="")
    """Why it is in its written state, in words for a reader."""

    reworked_at: Mapped[datetime | None]
    """When its text was last changed for good while it was past its date (`community.freshness.approval`)."""

    verified_at: Mapped[datetime | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    verified_on: Mapped[str] = mapped_column(default="")
    """The product release it was last checked on."""
    round: Mapped[int] = mapped_column(default=0)
    """How many times it was verified; signals belong to a round."""
    works_count: Mapped[int] = mapped_column(default=0)
    """All who ever said it works for them."""
    broken_count: Mapped[int] = mapped_column(default=0)
    """Those who say it no longer works, in this round."""
    check_count: Mapped[int] = mapped_column(default=0)
    """Those who asked to have it checked, in this round."""


class Verification(Base):
    """A named person checked an answer: on which release, with what evidence, with what result."""

    __tablename__ = "verifications"
    __table_args__ = (
        CheckConstraint("verdict IN ('right', 'repaired', 'wrong', 'unsure')", name="verdict"),
        Index("ix_verifications_at", "at", "verifier_id"),
        Index("ix_verifications_answer_id", "answer_id", "id"),
        Index("ix_verifications_verifier_id_at", "verifier_id", "at"),
        Index(
            "uq_verifications_answer_id_verifier_id_round",
            "answer_id",
            "verifier_id",
            "round",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"))
    verifier_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    verdict: Mapped[str]
    round: Mapped[int]
    """The answer's round it was given in; one verdict per verifier and round."""
    release: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    """When the verifier took it back, within its first minute; it counts for nothing since."""


class Signal(Base):
    """A reader's word on an answer between verifications; one standing word per person (or network mark) and round."""

    __tablename__ = "signals"
    __table_args__ = (
        CheckConstraint("kind IN ('works', 'broken', 'check')", name="kind"),
        CheckConstraint(
            "(CASE WHEN user_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN network_mark IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN link_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="who",
        ),
        Index("uq_signals_answer_id_round_user_id", "answer_id", "round", "user_id", unique=True),
        Index("uq_signals_answer_id_round_network_mark", "answer_id", "round", "network_mark", unique=True),
        Index("uq_signals_answer_id_round_link_id", "answer_id", "round", "link_id", unique=True),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"))
    round: Mapped[int]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)
    network_mark: Mapped[str | None]
    """A salted, expiring hash of the network address of somebody who is not signed in."""
    link_id: Mapped[int | None] = mapped_column(ForeignKey("links.id"))
    """The dead link that speaks, where nobody does."""
    kind: Mapped[str]
    release: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    weight: Mapped[float] = mapped_column(default=0.0, server_default="0")
    """What it counted for in the belief when it was said; 0 to 1."""
    untried: Mapped[bool] = mapped_column(default=False, server_default=false())
    """It was said by a visitor, or by an account that was new or had no confirmed mail address then: one of a crowd, maybe."""
    aside_at: Mapped[datetime | None]
    """When a moderator put it aside: as a report it counts for nothing since."""
    at: Mapped[datetime]


class Transition(Base):
    """One step of an answer's life: from, to, by which event, who or the clock, why, on which release, when. Never edited."""

    __tablename__ = "transitions"
    __table_args__ = (
        Index("ix_transitions_answer_id", "answer_id", "id"),
        Index("ix_transitions_at", "at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"))
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    event: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    release: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]
