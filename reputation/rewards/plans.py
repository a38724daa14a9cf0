"""The switch and the price lists: declared, versioned, never changed."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Invalid
from reputation import points
from reputation.rewards import money
from reputation.rewards.models import RewardPlan, RewardSwitch
from reputation.rewards.taper import Terms

WAYS = {"credit": "credit on your account with us", "cash": "cash", "donation": "a donation"}
"""How a reward can be taken."""
FIRST_WARNING = timedelta(days=14)
SECOND_WARNING = timedelta(days=3)
"""How long before the end of the choice the two warnings go out."""
SHORTEST_CHOICE, LONGEST_CHOICE = 21, 365
"""Days a member has to choose; the shortest leaves room for both warnings."""
MOST_CHARITIES = 20
LONGEST_NAME = 120
LARGEST_PRICE = 10**7
"""The most that a hundred points or one contribution can be worth, in minor units."""
MOST_MATCHED = 1000
"""The most that the company can add to a donation, per cent."""
SHORTEST_HALF = 28
"""Days between two beginnings of half-years."""

DAYS_OF_A_YEAR = 365

_DAY = re.compile(r"[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Draft:
    """A price list as somebody typed it: amounts in minor units."""

    currency: str
    per_hundred: int
    full: int
    stretch: int
    minimum: int
    below: str = "carried"
    each: Mapping[str, int] | None = None
    unpaid: Collection[str] = ()
    ways: Collection[str] = ("credit", "cash", "donation")
    charities: Collection[str] = ()
    match_percent: int = 0
    match_limit: int = 0
    choose_days: int = 60
    halves: Collection[str] = ("01-01", "07-01")


def is_on(session: Session) -> bool:
    """Whether rewards are switched on."""
    return bool(session.scalar(select(RewardSwitch.is_on).order_by(RewardSwitch.id.desc()).limit(1)))


def on_since(session: Session) -> datetime | None:
    """When they were switched on last; None while they are off."""
    last = session.execute(select(RewardSwitch.is_on, RewardSwitch.at).order_by(RewardSwitch.id.desc()).limit(1)).first()
    return last.at if last is not None and last.is_on else None


def switch(on: bool, *, by: User, now: datetime) -> None:
    """Switch rewards on or off. Raises Conflict where they stand so already, and where there is no price list to switch on."""
    with transaction() as session:
        if on == is_on(session):
            raise Conflict(f"Rewards are switched {'on' if on else 'off'} already.")
        if on and newest(session) is None:
            raise Conflict("Declare a price list first; without one there is nothing to switch on.")
        session.add(RewardSwitch(is_on=on, by_id=by.id, at=now))


def newest(session: Session) -> RewardPlan | None:
    """The price list declared last."""
    return session.scalars(select(RewardPlan).order_by(RewardPlan.id.desc()).limit(1)).first()


def terms_of(plan: RewardPlan) -> Terms:
    """What a price list says about money, for the taper."""
    return Terms(plan.currency, plan.per_hundred, plan.full, plan.stretch, plan.each, frozenset(plan.unpaid))


def declare(draft: Draft, *, by: User, now: datetime) -> int:
    """Declare a price list; returns its version. It holds for the periods that begin from now on, or the first one.

    Refuses (Invalid) an unknown currency, or another than before, amounts that are negative or out of range, a taper that is a
    cliff, reasons that are not on the ledger's list, nothing to take it as, donations to nobody, a choice that is too short for
    its warnings, and half-years that are none.
    """
    with transaction() as session:
        before = newest(session)
        wrong = _wrong(draft, before.currency if before else None)
        if wrong:
            raise Invalid(wrong)
        plan = RewardPlan(
            currency=draft.currency,
            per_hundred=draft.per_hundred,
            each={reason: amount for reason, amount in (draft.each or {}).items() if amount},
            unpaid=sorted(draft.unpaid),
            full=draft.full,
            stretch=draft.stretch,
            minimum=draft.minimum,
            below=draft.below,
            ways=[way for way in WAYS if way in draft.ways],
            charities=list(dict.fromkeys(name.strip() for name in draft.charities if name.strip())),
            match_percent=draft.match_percent,
            match_limit=draft.match_limit,
            choose_days=draft.choose_days,
            halves=sorted(set(draft.halves)),
            declared_by_id=by.id,
            declared_at=now,
        )
        session.add(plan)
        session.flush()
        return plan.id


def _wrong(draft: Draft, currency: str | None) -> dict[str, str]:
    """What is wrong with a price list, by field."""
    wrong = {}
    if draft.currency not in money.CURRENCIES:
        wrong["currency"] = "Give the three letters of a currency, as GBP or EUR."
    elif currency is not None and draft.currency != currency:
        wrong["currency"] = f"Balances are carried on in {currency}, so it stays the currency."
    if draft.below not in ("carried", "lapses"):
        wrong["below"] = "Choose what becomes of less than the minimum."
    if not 0 <= draft.match_percent <= MOST_MATCHED:
        wrong["match_percent"] = f"Give a whole number of per cent from 0 to {MOST_MATCHED}."
    if not SHORTEST_CHOICE <= draft.choose_days <= LONGEST_CHOICE:
        wrong["choose_days"] = f"Give from {SHORTEST_CHOICE} to {LONGEST_CHOICE} days."
    if not _are_halves(draft.halves):
        wrong["halves"] = "Give two days of the year at least four weeks apart, as 01-01 and 07-01."
    return wrong | _wrong_amounts(draft) | _wrong_ways(draft)


def _wrong_amounts(draft: Draft) -> dict[str, str]:
    wrong = {}
    each = {f"each_{reason}": amount for reason, amount in (draft.each or {}).items()}
    for name, amount in {"per_hundred": draft.per_hundred, **each}.items():
        if not 0 <= amount <= LARGEST_PRICE:
            wrong[name] = "This price is too large, or below nothing."
    for name, amount in (("full", draft.full), ("minimum", draft.minimum), ("match_limit", draft.match_limit)):
        if not 0 <= amount <= money.LARGEST:
            wrong[name] = "This amount is too large, or below nothing."
    if not 1 <= draft.stretch <= money.LARGEST:
        wrong["stretch"] = "Without any stretch there would be a cliff: what is earned beyond would pay nothing."
    if unknown := {*draft.unpaid, *(draft.each or {})} - points.PRICES.keys():
        wrong["unpaid"] = f"The ledger knows nothing of {', '.join(sorted(unknown))}."
    return wrong


def _wrong_ways(draft: Draft) -> dict[str, str]:
    wrong = {}
    if not set(draft.ways) or not set(draft.ways) <= WAYS.keys():
        wrong["ways"] = "Choose at least one way to take it."
    if "donation" in draft.ways and not any(name.strip() for name in draft.charities):
        wrong["charities"] = "Name at least one organisation that donations go to."
    elif len(draft.charities) > MOST_CHARITIES or any(len(name) > LONGEST_NAME for name in draft.charities):
        wrong["charities"] = f"At most {MOST_CHARITIES} organisations, each in at most {LONGEST_NAME} characters."
    return wrong


def _are_halves(halves: Collection[str]) -> bool:
    days = []
    for text in halves:
        try:
            # A common year: 29 February is no day of each.
            days.append(date.fromisoformat(f"2001-{text}").toordinal())
        except ValueError:
            return False
    if len(days) != 2 or not all(_DAY.fullmatch(text) for text in halves):  # noqa: PLR2004 - the half-years of a year
        return False
    return SHORTEST_HALF <= abs(days[0] - days[1]) <= DAYS_OF_A_YEAR - SHORTEST_HALF
