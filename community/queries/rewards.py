"""A member's own rewards: what the running period brings, what waits to be chosen, what came before, how it is counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db
from app.errors import NotFound
from reputation import points
from reputation.rewards import holds, money, periods, plans, reckoning, taper
from reputation.rewards.earnings import ByReason, Cut
from reputation.rewards.models import (
    RewardAdjustment,
    RewardClaim,
    RewardPayment,
    RewardPeriod,
    RewardPlan,
    RewardStatement,
)
from reputation.rewards.taper import FINE, Tally, Terms

EXAMPLES = (1, 2, 4, 8, 16)
"""How many times what is paid in full the table of the taper goes."""
MOST_PERIODS = 20
"""Past periods that the page shows."""


@dataclass(frozen=True, slots=True)
class Line:
    """What one reason brought."""

    words: str
    count: int
    points: int
    extra: str
    """What it brings beside its points; "" nothing."""
    is_paid: bool
    """Whether its points bring money."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one more contribution would bring."""

    words: str
    points: int
    brings: str


@dataclass(frozen=True, slots=True)
class Running:
    """A period that is not closed yet."""

    name: str
    last_day: date
    is_over: bool
    """Its last day has passed; it waits to be closed."""
    lines: tuple[Line, ...]
    points: int
    withheld: int
    """Points that the daily cap kept back."""
    worth: str
    is_tapered: bool
    earned: str
    corrections: tuple[tuple[str, str], ...]
    """(the period that is corrected, by how much)"""
    carried_in: str
    total: str
    missing: str
    """What is missing to the minimum; "" nothing."""
    excluded: str
    is_held: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A reward that can be taken, or was."""

    id: int
    period: str
    amount: str
    state: str
    """As the claim has it; "gone" where corrections have left nothing."""
    way: str
    words: str
    """The way in words."""
    charity: str
    matched: str
    until: datetime
    is_held: bool
    ways: tuple[tuple[str, str, str], ...]
    """(value, words, hint) of each way to take it; empty when it cannot be chosen any more."""
    charities: tuple[str, ...]
    paid_on: date | None
    reference: str


@dataclass(frozen=True, slots=True)
class Past:
    """A closed period."""

    name: str
    points: int
    earned: str
    corrections: tuple[tuple[str, str], ...]
    carried_in: str
    total: str
    carried_out: str
    """What went on to the next period; "" nothing."""
    lapsed: str
    excluded: str
    claim: Claim | None
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """The price list that the running period goes by, in words."""

    version: int
    declared_at: datetime
    hundred: str
    lines: tuple[tuple[str, int, str, bool], ...]
    """(reason in words, points, what it brings beside them, whether its points bring money)"""
    full: str
    examples: tuple[tuple[str, str], ...]
    """(what contributions are worth, what of it is paid)"""
    minimum: str
    is_carried: bool
    ways: tuple[str, ...]
    match_percent: int
    match_limit: str
    choose_days: int
    first_warning: int
    second_warning: int


@dataclass(frozen=True, slots=True)
class RewardsPage:
    """Everything of one member."""

    running: tuple[Running, ...]
    claims: tuple[Claim, ...]
    past: tuple[Past, ...]
    rules: Rules | None


def rewards_page(by: User, now: datetime) -> RewardsPage:
    """One's own rewards. Raises NotFound while rewards are switched off. It costs what one's entries of the period cost."""
    session = db.session()
    if not plans.is_on(session):
        raise NotFound("There is no such page.")
    waiting = session.execute(
        select(RewardPeriod, RewardPlan)
        .join(RewardPlan, RewardPlan.id == RewardPeriod.plan_id)
        .where(RewardPeriod.state != "closed")
        .order_by(RewardPeriod.starts_at)
    ).all()
    names = _names(session)
    past = _past(session, by, names, now)
    cut = reckoning.present(session, now)
    running = tuple(_running(session, by, period, cut, names, now) for period, _ in waiting)
    open_claims = tuple(one.claim for one in past if one.claim is not None and one.claim.ways)
    return RewardsPage(running, open_claims, past, rules(waiting[-1][1]) if waiting else None)


def rules(plan: RewardPlan) -> Rules:
    """A price list in words."""
    terms, currency = plans.terms_of(plan), plan.currency
    full = terms.full or terms.stretch
    return Rules(
        version=plan.id,
        declared_at=plan.declared_at,
        hundred=money.show(terms.per_hundred, currency),
        lines=tuple(
            (
                price.words,
                price.points,
                money.show(terms.each[reason], currency) if terms.each.get(reason) else "",
                reason not in terms.unpaid,
            )
            for reason, price in points.PRICES.items()
        ),
        full=money.show(terms.full, currency),
        examples=tuple(
            (money.show(full * times, currency), money.show(taper.tapered(FINE * full * times, terms) // FINE, currency))
            for times in EXAMPLES
        ),
        minimum=money.show(plan.minimum, currency) if plan.minimum else "",
        is_carried=plan.below == "carried",
        ways=tuple(plans.WAYS[way] for way in plan.ways),
        match_percent=plan.match_percent if "donation" in plan.ways else 0,
        match_limit=money.show(plan.match_limit, currency) if plan.match_limit else "",
        choose_days=plan.choose_days,
        first_warning=plans.FIRST_WARNING.days,
        second_warning=plans.SECOND_WARNING.days,
    )


def _running(session: Session, by: User, period: RewardPeriod, cut: Cut, names: dict[int, str], now: datetime) -> Running:
    books = reckoning.open_books(session, period, cut)
    terms, currency = books.terms, books.plan.currency
    excluded = reckoning.standing(session, [by.id], now)[by.id]
    found = reckoning.reckon(session, books, {by.id: excluded})
    one = found[0] if found else reckoning.settle(by.id, {}, terms, books.plan, excluded, (), 0)
    missing = max(0, books.plan.minimum - one.total)
    return Running(
        name=periods.name(period),
        last_day=period.ends_on,
        is_over=period.ends_at <= now,
        lines=lines(one.tallies, terms),
        points=one.points,
        withheld=sum(tally.withheld for tally in one.tallies.values()),
        worth=money.show(one.worth // FINE, currency),
        is_tapered=one.worth > FINE * terms.full,
        earned=money.show(one.earned, currency),
        corrections=tuple((names[each.about_period_id], money.show(each.amount, currency)) for each in one.corrections),
        carried_in=money.show(one.carried_in, currency) if one.carried_in else "",
        total=money.show(one.total, currency),
        missing=money.show(missing, currency) if missing and not excluded else "",
        excluded=reckoning.EXCLUDED.get(excluded, ""),
        is_held=by.id in holds.held([by.id]),
        steps=() if excluded or period.ends_at <= now else _steps(one.tallies, terms),
    )


def lines(tallies: ByReason, terms: Terms) -> tuple[Line, ...]:
    """What each reason brought, in the order of the price list."""
    known = [reason for reason in points.PRICES if reason in tallies]
    return tuple(
        Line(
            words=_words(reason),
            count=tallies[reason].count,
            points=tallies[reason].points,
            extra=_extra(tallies[reason], terms, reason),
            is_paid=reason not in terms.unpaid,
        )
        for reason in [*known, *(reason for reason in tallies if reason not in points.PRICES)]
        if tallies[reason].count or tallies[reason].points or tallies[reason].withheld
    )


def _words(reason: str) -> str:
    price = points.PRICES.get(reason)
    return price.words if price else reason.replace("_", " ")


def _extra(tally: Tally, terms: Terms, reason: str) -> str:
    each = terms.each.get(reason, 0)
    return money.show(each * max(0, tally.count), terms.currency) if each else ""


def _steps(tallies: ByReason, terms: Terms) -> tuple[Step, ...]:
    """What one more of each contribution would bring now; the one that brings most first."""
    found = [
        (taper.one_more(tallies, terms, reason, price.points), Step(price.words, price.points, ""))
        for reason, price in points.PRICES.items()
        if price.points > 0
    ]
    ranked = sorted((row for row in found if row[0] > 0), key=lambda row: -row[0])
    return tuple(Step(step.words, step.points, money.show_hundredths(gain, terms.currency)) for gain, step in ranked)


def _names(session: Session) -> dict[int, str]:
    return {period.id: periods.name(period) for period in session.scalars(select(RewardPeriod))}


def _past(session: Session, by: User, names: dict[int, str], now: datetime) -> tuple[Past, ...]:
    """One's own statements, and those of accounts that were merged into one's own with something to take."""
    taken_over = session.scalars(select(RewardClaim.statement_id).where(RewardClaim.user_id == by.id)).all()
    rows = session.execute(
        select(RewardStatement, RewardPlan, RewardClaim, RewardPayment)
        .join(RewardPeriod, RewardPeriod.id == RewardStatement.period_id)
        .join(RewardPlan, RewardPlan.id == RewardPeriod.plan_id)
        .outerjoin(RewardClaim, RewardClaim.statement_id == RewardStatement.id)
        .outerjoin(RewardPayment, RewardPayment.statement_id == RewardStatement.id)
        .where(or_(RewardStatement.user_id == by.id, RewardStatement.id.in_(taken_over)), RewardPeriod.state == "closed")
        .order_by(RewardPeriod.starts_at.desc(), RewardStatement.id)
        .limit(MOST_PERIODS)
        .execution_options(populate_existing=True)
    ).all()
    numbers = [row[0].id for row in rows]
    adjustments = session.scalars(
        select(RewardAdjustment).where(RewardAdjustment.statement_id.in_(numbers)).order_by(RewardAdjustment.id)
    ).all()
    return tuple(_one_past(*row, adjustments, names, now) for row in rows)


def _one_past(
    statement: RewardStatement,
    plan: RewardPlan,
    claim: RewardClaim | None,
    payment: RewardPayment | None,
    adjustments: Sequence[RewardAdjustment],
    names: dict[int, str],
    now: datetime,
) -> Past:
    currency = plan.currency
    mine = [one for one in adjustments if one.statement_id == statement.id]
    tallies = {reason: Tally(*numbers) for reason, numbers in statement.tallies.items()}
    total = statement.total + sum(one.amount for one in mine if one.kind == "release")
    return Past(
        name=names[statement.period_id],
        points=statement.points,
        earned=money.show(statement.earned, currency),
        corrections=tuple((names[one.about_period_id], money.show(one.amount, currency)) for one in mine),
        carried_in=money.show(statement.carried_in, currency) if statement.carried_in else "",
        total=money.show(total, currency),
        carried_out=money.show(statement.carried_out, currency) if statement.carried_out else "",
        lapsed=money.show(statement.lapsed, currency) if statement.lapsed else "",
        excluded=reckoning.EXCLUDED.get(statement.excluded, ""),
        claim=_claim(claim, plan, payment, names, now) if claim is not None else None,
        lines=lines(tallies, plans.terms_of(plan)),
    )


def _claim(claim: RewardClaim, plan: RewardPlan, payment: RewardPayment | None, names: dict[int, str], now: datetime) -> Claim:
    currency = plan.currency
    can_choose = claim.state in ("open", "chosen") and claim.choose_until > now
    return Claim(
        id=claim.statement_id,
        period=names[claim.period_id],
        amount=money.show(claim.amount, currency),
        state=claim.state if claim.amount else "gone",
        way=claim.way,
        words=plans.WAYS.get(claim.way, ""),
        charity=claim.charity,
        matched=money.show(claim.matched, currency) if claim.matched else "",
        until=claim.choose_until,
        is_held=claim.held_at is not None,
        ways=tuple((way, plans.WAYS[way][:1].upper() + plans.WAYS[way][1:], _hint(way, claim, plan)) for way in plan.ways)
        if can_choose
        else (),
        charities=tuple(plan.charities),
        paid_on=payment.paid_on if payment is not None else None,
        reference=payment.reference if payment is not None else "",
    )


def _hint(way: str, claim: RewardClaim, plan: RewardPlan) -> str:
    amount = money.show(claim.amount, plan.currency)
    added = taper.matched(claim.amount, plan.match_percent, plan.match_limit)
    if way == "donation" and added:
        return f"{amount}, and we add {money.show(added, plan.currency)}"
    return {"credit": f"{amount} off your next bills", "cash": f"{amount} to the account your bills are paid from"}.get(
        way, amount
    )
