"""Questions, and what people say of one without writing: "I have this too", following, how easy it was."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, TextClause, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from community.models.tag import UNKNOWN_CHANGE_RATE
from community.models.text import Imported, Removable, Written

_WAITING_SINCE = text("coalesce(current_until, created_at)")


def _open(name: str, *columns: str | TextClause, where: str = "") -> Index:
    """An index of the questions that can be answered, as a list of them reads it (`community.queries.list_statements`)."""
    condition = text(f"closed_at IS NULL AND removed_at IS NULL{where}")
    return Index(name, *columns, sqlite_where=condition, postgresql_where=condition)


class Question(Written, Removable, Imported, Base):
    """A question. The `lead_…` and `current_until` columns are kept by `community.lead.refresh`, so that lists read one row."""

    __tablename__ = "questions"
    __table_args__ = (
        Index("ix_questions_newest", "created_at", "id"),
        Index("ix_questions_active", "activity_at", "id"),
        Index("ix_questions_views", "views", "id"),
        Index("ix_questions_author", "author_id", "created_at", "id"),
        _open("ix_questions_needs", _WAITING_SINCE, "id"),
        _open("ix_questions_stale", _WAITING_SINCE, "id", where=" AND answer_count > 0"),
        _open("ix_questions_unanswered", "created_at", "id", where=" AND answer_count = 0"),
        _open("ix_questions_due", "lead_best_before_at", "id", where=" AND lead_state <> 'expired'"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str]
    product: Mapped[str] = mapped_column(default="")
    release: Mapped[str] = mapped_column(default="")
    activity_at: Mapped[datetime]
    score: Mapped[int] = mapped_column(default=0)
    views: Mapped[int] = mapped_column(default=0)
    answer_count: Mapped[int] = mapped_column(default=0)
    """Answers that are not removed."""
    me_too_count: Mapped[int] = mapped_column(default=0)
    follower_count: Mapped[int] = mapped_column(default=0)
    revision_count: Mapped[int] = mapped_column(default=1)
    edited_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))

    interval_days: Mapped[int]
    """The strictest longest interval of its tags, in days; with plain tags alone, the interval itself."""
    freshness: Mapped[str] = mapped_column(default="belief", server_default="belief")
    """What sets its answers' dates (`community.tags.strictest`)."""
    permanent_until: Mapped[datetime | None]
    """Until when its answers are neither due nor expired by themselves, where all its tags are run so for a time."""
    change_rate: Mapped[float] = mapped_column(default=UNKNOWN_CHANGE_RATE, server_default=str(UNKNOWN_CHANGE_RATE))
    """How fast its answers go wrong, per day: the fastest of its tags."""
    grace_days: Mapped[int]
    verifiers_needed: Mapped[int] = mapped_column(default=1)

    accepted_answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id", use_alter=True))
    accepted_at: Mapped[datetime | None]

    lead_answer_id: Mapped[int | None] = mapped_column(ForeignKey("answers.id", use_alter=True))
    """What a reader should see first: the accepted answer while it lives, else the best living one, else the last to expire."""
    lead_fresh_from: Mapped[datetime | None]
    lead_best_before_at: Mapped[datetime | None]
    lead_expires_at: Mapped[datetime | None]
    lead_state: Mapped[str] = mapped_column(default="", server_default="")
    """What the lead was when it was chosen: where the clock has moved it on since, another answer may lead. "" without one."""
    current_until: Mapped[datetime | None]
    """When the last of its living answers expires; None without a living answer."""

    seen_at: Mapped[datetime | None]
    seen_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """Who of the staff acknowledged it first."""
    reminded_at: Mapped[datetime | None]
    """When the asker was reminded to accept; once per question."""

    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_reason: Mapped[str | None]
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("questions.id"), index=True)

    related: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    """Ids of related questions, written by search: [{"id": 3}, …]."""


class Acceptance(Base):
    """ "This solved it": who said so of which answer, and when; withdrawn ones stay. At most one stands per question."""

    __tablename__ = "acceptances"
    __table_args__ = (
        Index(
            "uq_acceptances_question_id",
            "question_id",
            unique=True,
            sqlite_where=text("withdrawn_at IS NULL"),
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"))
    answer_id: Mapped[int] = mapped_column(ForeignKey("answers.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    """None: known from an import only."""
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    withdrawn_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    discounted_at: Mapped[datetime | None]
    """When it was found to be arranged: the answer stays accepted, but it pays nothing since (`community.fairness`)."""


class QuestionTag(Base):
    """Which tags a question has, in the order they were typed."""

    __tablename__ = "question_tags"
    __table_args__ = (Index("ix_question_tags_tag_id", "tag_id", "question_id"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0)
    added_by_id: Mapped[int | None]
    """Who put it on the question by an edit, and when; None for what stood there from the beginning. Whoever adds the tag they
    are trusted in is not trusted there for a while (`community.expertise.counting`)."""
    added_at: Mapped[datetime | None]


class MeToo(Base):
    """ "I have this problem too": one per person and question."""

    __tablename__ = "me_toos"

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    release: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime]


class Follow(Base):
    """A person wants to hear what happens to a question."""

    __tablename__ = "follows"
    __table_args__ = (Index("ix_follows_user_id", "user_id", "question_id"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True)
    at: Mapped[datetime]


class Effort(Base):
    """The asker's answer to "how easy was it?", 1 (hard) to 5 (easy)."""

    __tablename__ = "efforts"
    __table_args__ = (CheckConstraint("score BETWEEN 1 AND 5", name="score"),)

    question_id: Mapped[int] = mapped_column(ForeignKey("questions.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    score: Mapped[int]
    at: Mapped[datetime]
