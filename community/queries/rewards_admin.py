"""The admin's pages of rewards: the switch, the price lists, the periods, and one period before and after it is closed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db
from community.queries.rewards import Rules, rules
from community.queries.shared import Person, person
from reputation import points
from reputation.rewards import closing, money, periods, plans
from reputation.rewards.models import RewardClaim, RewardExport, RewardPeriod, RewardPlan

_EXCLUDED = {"staff": "staff", "suspended": "suspended accounts", "no_account": "accounts nobody can sign in to"}
_STATES = {
    "open": "not chosen yet",
    "chosen": "chosen, waiting for a file",
    "exported": "with finance",
    "paid": "paid",
    "expired": "lapsed",
}


@dataclass(frozen=True, slots=True)
class PeriodRow:
    """A period in the list."""

    id: int
    name: str
    state: str
    words: str
    version: int


@dataclass(frozen=True, slots=True)
class AdminPage:
    """Where rewards stand."""

    is_on: bool
    rules: Rules | None
    """The newest price list."""
    versions: tuple[tuple[int, datetime, str], ...]
    """(version, declared at, by whom)"""
    periods: tuple[PeriodRow, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """What closing would give, as far as it is added up."""

    at: datetime
    is_done: bool
    facts: tuple[tuple[str, str], ...]
    excluded: tuple[tuple[str, int], ...]
    top: tuple[tuple[Person, int, str], ...]


@dataclass(frozen=True, slots=True)
class ExportRow:
    """A file for finance."""

    id: int
    at: datetime
    by: str
    claims: int
    total: str
    matched: str
    checksum: str


@dataclass(frozen=True, slots=True)
class PeriodPage:
    """One period."""

    id: int
    name: str
    state: str
    version: int
    can_close: bool
    closes_from: datetime
    written: int
    """The number of the last person whose statement is written, while it is being closed."""
    preview: Preview | None
    closed_at: datetime | None
    choose_until: datetime | None
    facts: tuple[tuple[str, str], ...]
    excluded: tuple[tuple[str, int], ...]
    checksum: str
    claims: tuple[tuple[str, int, str], ...]
    """(state in words, how many, how much)"""
    held: int
    waiting: int
    """Claims that the next file would take."""
    exports: tuple[ExportRow, ...]


def admin_page() -> AdminPage:
    """The overview. Six statements."""
    session = db.session()
    plan = plans.newest(session)
    versions = session.execute(
        select(RewardPlan.id, RewardPlan.declared_at, User.name)
        .join(User, User.id == RewardPlan.declared_by_id)
        .order_by(RewardPlan.id.desc())
    )
    found = session.scalars(select(RewardPeriod).order_by(RewardPeriod.starts_at.desc())).all()
    return AdminPage(
        is_on=plans.is_on(session),
        rules=rules(plan) if plan else None,
        versions=tuple((row.id, row.declared_at, row.name) for row in versions),
        periods=tuple(PeriodRow(one.id, periods.name(one), one.state, _state(one), one.plan_id) for one in found),
    )


def period_page(period_id: int, now: datetime) -> PeriodPage:
    """One period. Raises NotFound."""
    session = db.session()
    period = periods.find(session, period_id)
    plan = periods.plan_of(session, period)
    claims = session.execute(
        select(RewardClaim.state, RewardClaim.held_at.is_not(None).label("held"), func.count(), func.sum(RewardClaim.amount))
        .where(RewardClaim.period_id == period_id)
        .group_by(RewardClaim.state, RewardClaim.held_at.is_not(None))
    ).all()
    by_state = {state: [row for row in claims if row[0] == state] for state in _STATES}
    totals = period.totals or {}
    return PeriodPage(
        id=period.id,
        name=periods.name(period),
        state=period.state,
        version=plan.id,
        can_close=period.state == "running" and period.ends_at <= now - closing.SETTLES,
        closes_from=period.ends_at + closing.SETTLES,
        written=period.cursor,
        preview=_preview(session, period.preview, plan.currency) if period.preview else None,
        closed_at=period.closed_at,
        choose_until=period.choose_until,
        facts=_facts(totals, plan.currency) if totals else (),
        excluded=_excluded(totals),
        checksum=period.checksum or "",
        claims=tuple(
            (_STATES[state], sum(row[2] for row in rows), money.show(int(sum(row[3] for row in rows)), plan.currency))
            for state, rows in by_state.items()
            if rows
        ),
        held=sum(row[2] for row in claims if row.held),
        waiting=sum(row[2] for row in by_state["chosen"] if not row.held),
        exports=_exports(session, period_id, plan.currency),
    )


def values_of(plan: RewardPlan | None) -> dict[str, str]:
    """What the form for a new price list begins with: the newest one, or a modest first one."""
    if plan is None:
        usual = {"currency": "GBP", "per_hundred": "1.00", "full": "60.00", "stretch": "60.00", "minimum": "5.00"}
        more = {"below": "carried", "way_credit": "1", "match_percent": "0", "match_limit": "0.00", "choose_days": "60"}
        return {**usual, **more, "halves": "01-01 07-01", "charities": "", **{f"paid_{reason}": "1" for reason in points.PRICES}}
    amounts = {name: money.plain(getattr(plan, name), plan.currency) for name in ("per_hundred", "full", "stretch", "minimum")}
    return {
        **amounts,
        "currency": plan.currency,
        "match_limit": money.plain(plan.match_limit, plan.currency),
        "match_percent": str(plan.match_percent),
        "choose_days": str(plan.choose_days),
        "below": plan.below,
        "halves": " ".join(plan.halves),
        "charities": "\n".join(plan.charities),
        **{f"way_{way}": "1" for way in plan.ways},
        **{f"paid_{reason}": "1" for reason in points.PRICES if reason not in plan.unpaid},
        **{f"each_{reason}": money.plain(amount, plan.currency) for reason, amount in plan.each.items()},
    }


def newest_values() -> dict[str, str]:
    """As `values_of`, of the newest price list."""
    return values_of(plans.newest(db.session()))


def _state(period: RewardPeriod) -> str:
    if period.state == "closed" and period.closed_at:
        return f"closed on {period.closed_at:%-d %B %Y}"
    return "being closed" if period.state == "closing" else "running"


def _facts(sums: Mapping[str, Any], currency: str) -> tuple[tuple[str, str], ...]:
    amounts = (
        ("Earned in the period", "earned"),
        ("Corrections of earlier periods", "adjusted"),
        ("Carried in", "carried_in"),
        ("Can be taken", "payable"),
        ("Carried on", "carried_out"),
        ("Lapses, below the minimum", "lapsed"),
    )
    return (
        ("People with a statement", f"{sums['people']:,}"),
        ("People who can take something", f"{sums['claims']:,}"),
        *((words, money.show(sums[name], currency)) for words, name in amounts),
    )


def _excluded(sums: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    return tuple((_EXCLUDED[why], count) for why, count in sums.get("excluded", {}).items())


def _preview(session: Session, found: Mapping[str, Any], currency: str) -> Preview:
    ids = [row[0] for row in found["top"]]
    names = {
        row.id: row for row in session.execute(select(User.id, User.name, User.avatar_url, User.role).where(User.id.in_(ids)))
    }
    return Preview(
        at=datetime.fromisoformat(found["at"]),
        is_done=found["done"],
        facts=(*_facts(found, currency), ("Held by findings", f"{found['held']:,}")),
        excluded=_excluded(found),
        top=tuple(
            (person(one, names[one].name, names[one].avatar_url, names[one].role), gained, money.show(earned, currency))
            for one, gained, earned in found["top"]
        ),
    )


def _exports(session: Session, period_id: int, currency: str) -> tuple[ExportRow, ...]:
    kept = (
        RewardExport.id,
        RewardExport.at,
        RewardExport.claims,
        RewardExport.total,
        RewardExport.matched,
        RewardExport.checksum,
    )
    rows = session.execute(
        select(*kept, User.name)
        .join(User, User.id == RewardExport.by_id)
        .where(RewardExport.period_id == period_id)
        .order_by(RewardExport.id.desc())
    )
    return tuple(
        ExportRow(
            row.id, row.at, row.name, row.claims, money.show(row.total, currency), money.show(row.matched, currency), row.checksum
        )
        for row in rows
    )
