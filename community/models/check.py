"""The verifiers' work: who holds which answer, why they were given it, and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class Assignment(Base):
    """An answer given to a verifier to check: a lease until `until_at`, then a record. At most one is open per answer."""

    __tablename__ = "assignments"
    __table_args__ = (
        CheckConstraint("purpose IN ('value', 'chosen', 'audit', 'second', 'known')", name="purpose"),
        Index(
            "uq_assignments_answer_id",
            "answer_id",
            unique=True,
            sqlite_where=text("done_at IS NULL AND purpose <> 'known'"),
            postgresql_where=text("done_at IS NULL AND purpose <> 'known'"),
        ),
        Index(
            "uq_assignments_verifier_id",
            "verifier_id",
            unique=True,
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_assignments_verifier_id_taken_at", "verifier_id", "taken_at"),
        Index("ix_assignments_purpose_done_at", "purpose", "done_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"))
    verifier_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    purpose: Mapped[str]
    """Why: its value, the verifier's own choice, the blind audit, a blind second check, or an item whose truth is known. Never
    shown to the verifier before the verdict."""
    taken_at: Mapped[datetime]
    until_at: Mapped[datetime]
    """Until when it is theirs alone; renewed while they work."""
    done_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    """A verdict, "skipped", "archived", or "left" when the lease ran out or was given back."""
    verification_id: Mapped[int | None] = mapped_column(ForeignKey("verifications.id"))
    basis_id: Mapped[int | None] = mapped_column(ForeignKey("verifications.id"))
    """For a second check and an item whose truth is known: the earlier verification that it goes by. The verifier is shown what
    stood before that."""
    revision_id: Mapped[int | None] = mapped_column(ForeignKey("revisions.id"))
    """The text that was shown, for an item whose truth is known."""
    truth: Mapped[str | None]
    """What is known of it: "right" or "wrong". Of a blind second check: what the first verifier said."""
    missed: Mapped[bool | None]
    """Whose verdict was judged by it: whether they missed. For "second" it is the first verifier (`judged_id`)."""
    judged_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"), index=True)


class Verifier(Base):
    """A verifier's own settings."""

    __tablename__ = "verifiers"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    daily_target: Mapped[int] = mapped_column(default=10)
    digested_at: Mapped[datetime | None]
    """When the last digest went out."""
    warned_at: Mapped[datetime | None]
    """Since when too many of their checks miss, so that each counts for less; they were told."""
    paused_at: Mapped[datetime | None]
    """Since when they may not verify, for the same reason."""
    cleared_at: Mapped[datetime | None]
    """When a moderator let them begin anew: what was judged before counts no more."""


class Undo(Base):
    """What stood before a verification, for the minute in which it can be undone."""

    __tablename__ = "undos"

    verification_id: Mapped[int] = mapped_column(ForeignKey("verifications.id"), primary_key=True, autoincrement=False)
    until_at: Mapped[datetime]
    before: Mapped[dict[str, Any]] = mapped_column(JSON)
