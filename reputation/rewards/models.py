"""The tables of rewards. Money is in minor units of the plan's currency.

What was declared or settled (plans, statements, adjustments, payments) is never changed: the database refuses it.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base

AUTO = {"sqlite_autoincrement": True}


class RewardSwitch(Base):
    """Rewards were switched on or off; the last row says how it stands, none: off."""

    __tablename__ = "reward_switches"
    __table_args__ = (AUTO,)

    id: Mapped[int] = mapped_column(primary_key=True)
    is_on: Mapped[bool]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]


class RewardPlan(Base):
    """A declared version of the price list. It holds for periods that begin after it; a period keeps the one it began with."""

    __tablename__ = "reward_plans"
    __table_args__ = (CheckConstraint("below IN ('carried', 'lapses')", name="below"), AUTO)

    id: Mapped[int] = mapped_column(primary_key=True)
    """Its version."""
    currency: Mapped[str]
    per_hundred: Mapped[int] = mapped_column(BigInteger)
    """What a hundred points are worth."""
    each: Mapped[dict[str, int]] = mapped_column(JSON)
    """What a contribution brings beside its points, by reason."""
    unpaid: Mapped[list[str]] = mapped_column(JSON)
    """Reasons whose points bring no money."""
    full: Mapped[int] = mapped_column(BigInteger)
    stretch: Mapped[int] = mapped_column(BigInteger)
    minimum: Mapped[int] = mapped_column(BigInteger)
    """The least that is paid out."""
    below: Mapped[str]
    """What becomes of less than that: "carried" to the next period, or it "lapses"."""
    ways: Mapped[list[str]] = mapped_column(JSON)
    """How it can be taken: "credit", "cash", "donation"."""
    charities: Mapped[list[str]] = mapped_column(JSON)
    match_percent: Mapped[int]
    """What the company adds to a donation."""
    match_limit: Mapped[int] = mapped_column(BigInteger)
    """The most it adds for one statement; 0: no limit."""
    choose_days: Mapped[int]
    """How long a member has to choose once a period is closed."""
    halves: Mapped[list[str]] = mapped_column(JSON)
    """The days on which the half-years begin, as "01-01"."""
    declared_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    declared_at: Mapped[datetime]


class RewardPeriod(Base):
    """A half-year. `running` → `closing` (statements are being written) → `closed`."""

    __tablename__ = "reward_periods"
    __table_args__ = (CheckConstraint("state IN ('running', 'closing', 'closed')", name="state"), AUTO)

    id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column(ForeignKey("reward_plans.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """Its last day, in the site's time zone."""
    starts_at: Mapped[datetime] = mapped_column(unique=True)
    ends_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="running")
    cutoff_at: Mapped[datetime | None]
    """Entries of the ledger from here on count as corrections in the next period."""
    through_id: Mapped[int | None]
    """The last entry of the ledger that is looked at; what is entered later with an earlier date pays nothing here."""
    cursor: Mapped[int] = mapped_column(default=0)
    """The last person whose statement is written."""
    began_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    choose_until: Mapped[datetime | None]
    totals: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    checksum: Mapped[str | None]
    """SHA-256 over the statements, as they were written."""
    preview: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    """What closing would give; being computed until it says `done`."""


class RewardStatement(Base):
    """What one person's period came to. total = earned + adjusted + carried_in, and goes to a claim, onward, or lapses."""

    __tablename__ = "reward_statements"
    __table_args__ = (
        UniqueConstraint("period_id", "user_id"),
        Index("ix_reward_statements_user_id", "user_id", "period_id"),
        CheckConstraint("excluded IN ('', 'staff', 'suspended', 'no_account')", name="excluded"),
        AUTO,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("reward_periods.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    points: Mapped[int] = mapped_column(BigInteger)
    """Those that count for money."""
    tallies: Mapped[dict[str, list[int]]] = mapped_column(JSON)
    """Reason → [points, how often, withheld by the daily cap]."""
    worth: Mapped[int] = mapped_column(BigInteger)
    """Before the taper, in hundredths of the minor unit."""
    earned: Mapped[int] = mapped_column(BigInteger)
    adjusted: Mapped[int] = mapped_column(BigInteger)
    """Corrections of earlier periods; `RewardAdjustment` has each."""
    carried_in: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)
    carried_out: Mapped[int] = mapped_column(BigInteger)
    lapsed: Mapped[int] = mapped_column(BigInteger)
    excluded: Mapped[str]
    """Why nothing was earned; "" where something could be."""


class RewardAdjustment(Base):
    """A correction of a closed period, after entries of it were reversed or reinstated; in the next period's statement, or when a
    statement that was held is released."""

    __tablename__ = "reward_adjustments"
    __table_args__ = (
        Index("ix_reward_adjustments_user_id", "user_id", "about_period_id"),
        Index("ix_reward_adjustments_statement_id", "statement_id"),
        CheckConstraint("kind IN ('closing', 'release')", name="kind"),
        AUTO,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("reward_statements.id"))
    about_period_id: Mapped[int] = mapped_column(ForeignKey("reward_periods.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    kind: Mapped[str]
    points: Mapped[int] = mapped_column(BigInteger)
    """The period's points now, less those it was settled with."""
    amount: Mapped[int] = mapped_column(BigInteger)
    cutoff_at: Mapped[datetime]
    through_id: Mapped[int]
    """Up to where the ledger was read."""
    at: Mapped[datetime]


class RewardClaim(Base):
    """What a member can take: `open` → `chosen` → `exported` → `paid`; or `expired`, when nobody chose in time."""

    __tablename__ = "reward_claims"
    __table_args__ = (
        Index("ix_reward_claims_user_id", "user_id", "statement_id"),
        Index("ix_reward_claims_period_id", "period_id", "state"),
        Index("ix_reward_claims_choose_until", "state", "told", "choose_until"),
        Index("ix_reward_claims_export_id", "export_id"),
        CheckConstraint("state IN ('open', 'chosen', 'exported', 'paid', 'expired')", name="state"),
        CheckConstraint("way IN ('', 'credit', 'cash', 'donation')", name="way"),
        CheckConstraint("amount >= 0 AND matched >= 0", name="amount"),
    )

    statement_id: Mapped[int] = mapped_column(ForeignKey("reward_statements.id"), primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("reward_periods.id"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    amount: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(default="open")
    way: Mapped[str] = mapped_column(default="")
    charity: Mapped[str] = mapped_column(default="")
    matched: Mapped[int] = mapped_column(BigInteger, default=0)
    """What the company adds, to a donation."""
    chosen_at: Mapped[datetime | None]
    choose_until: Mapped[datetime]
    held_at: Mapped[datetime | None]
    """Since when a finding about the person waits for a decision; nothing is taken, paid or lost meanwhile."""
    told: Mapped[int] = mapped_column(default=0)
    """How many notices went out: that it is there, and two warnings."""
    told_at: Mapped[datetime | None]
    export_id: Mapped[int | None] = mapped_column(ForeignKey("reward_exports.id"))


class RewardExport(Base):
    """A file for finance, kept as it was."""

    __tablename__ = "reward_exports"
    __table_args__ = (Index("ix_reward_exports_period_id", "period_id"), AUTO)

    id: Mapped[int] = mapped_column(primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("reward_periods.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    claims: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    matched: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[str]
    checksum: Mapped[str]
    """SHA-256 of the file before the line that says it."""


class RewardPayment(Base):
    """Finance says that a claim was paid."""

    __tablename__ = "reward_payments"

    statement_id: Mapped[int] = mapped_column(ForeignKey("reward_claims.statement_id"), primary_key=True)
    amount: Mapped[int] = mapped_column(BigInteger)
    paid_on: Mapped[date]
    reference: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
