"""The audit of the books themselves: totals, boards, chains, prices and caps. What they were paid for is `reputation.grounds`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy import Select, func, or_, select, tuple_, update
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from app.pages import person_key, touch
from reputation import chains, points
from reputation.boards import keeping
from reputation.cap import CAPPED
from reputation.models import Entry

SHOWN = 20
"""How many examples of each kind of finding are kept."""
SLICE = 5000
"""Entries that are read at a time."""


@dataclass
class Findings:
    """What the audit found. Empty lists: the books are in order."""

    entries: int = 0
    people: int = 0
    wrong_totals: list[tuple[int, int, int]] = field(default_factory=list)
    """(person, cached total, what the ledger says)"""
    wrong_boards: list[tuple[keeping.Key, int, int]] = field(default_factory=list)
    """((person, period, tag), what the board says, what the ledger says)"""
    wrong_reversals: list[int] = field(default_factory=list)
    """Ids of entries that cannot follow the one before them: reversals that do not undo it exactly, and the like."""
    unknown_reasons: list[int] = field(default_factory=list)
    """Ids of entries whose reason is not on the price list."""
    wrong_prices: list[int] = field(default_factory=list)
    """Ids of first entries that do not pay the price list's points (counted and withheld together)."""
    over_cap: list[tuple[int, date, int]] = field(default_factory=list)
    """(person, day, points from votes that count) where these are more than a day allows."""

    @property
    def clean(self) -> bool:
        wrong = (self.wrong_totals, self.wrong_boards, self.wrong_reversals, self.unknown_reasons, self.wrong_prices)
        return not any(wrong) and not self.over_cap


def audit(session: Session) -> Findings:
    """Compare everything; reads only. Its statements do not depend on the number of people; the ledger is read in slices."""
    found = Findings(
        entries=session.execute(select(func.count()).select_from(Entry)).scalar_one(),
        people=session.execute(select(func.count()).select_from(User)).scalar_one(),
    )
    found.wrong_totals = [
        (user_id, cached, points.STARTING_REPUTATION + int(ledger))
        for user_id, cached, ledger in session.execute(_totals().limit(SHOWN))
    ]
    found.wrong_boards = keeping.wrong(session)[:SHOWN]
    found.wrong_reversals = _crooked(session)
    alone = Entry.reverses_id.is_(None)
    strange = select(Entry.id).where(
        or_(Entry.reason.not_in((*points.PRICES, *points.FOLLOWING)), alone == Entry.reason.in_(points.FOLLOWING))
    )
    found.unknown_reasons = list(session.scalars(strange.limit(SHOWN)))
    off = or_(*((Entry.reason == name) & (Entry.delta + Entry.withheld != price.points) for name, price in points.PRICES.items()))
    found.wrong_prices = list(session.scalars(select(Entry.id).where(off).limit(SHOWN)))
    found.over_cap = [(row[0], row[1], int(row[2])) for row in session.execute(over_cap().limit(SHOWN))]
    return found


def over_cap() -> Select[int, date, int]:
    """(person, day, points from votes) for every day on which more counts than may."""
    origin = aliased(Entry)
    counted = func.sum(Entry.delta)
    return (
        select(Entry.user_id, Entry.day, counted)
        .outerjoin(origin, origin.id == Entry.origin_id)
        .where(func.coalesce(origin.reason, Entry.reason).in_(CAPPED))
        .group_by(Entry.user_id, Entry.day)
        .having(counted > points.DAILY_CAP)
        .order_by(Entry.user_id, Entry.day)
    )


def recompute_totals(session: Session) -> int:
    """Set every cached total that is off to what the ledger says; the ledger itself is never touched. Returns how many were off.

    Must run inside a transaction.
    """
    off = session.execute(_totals()).all()
    for user_id, _cached, ledger in off:
        session.execute(update(User).where(User.id == user_id).values(reputation=points.STARTING_REPUTATION + int(ledger)))
        touch(session, person_key(user_id))
    return len(off)


def _totals() -> Select[int, int, int]:
    """(person, cached total, sum of their entries) for everybody whose two do not agree."""
    sums = select(Entry.user_id.label("user_id"), func.sum(Entry.delta).label("total")).group_by(Entry.user_id).subquery()
    total = func.coalesce(sums.c.total, 0)
    return (
        select(User.id, User.reputation, total)
        .outerjoin(sums, sums.c.user_id == User.id)
        .where(User.reputation != points.STARTING_REPUTATION + total)
        .order_by(User.id)
    )


def _crooked(session: Session) -> list[int]:
    """Ids of the first entry of each chain that cannot follow as it does."""
    entry = Entry.__table__.c
    loose = select(entry.id).where((entry.reverses_id.is_(None)) != (entry.origin_id.is_(None)))
    found = list(session.scalars(loose.limit(SHOWN)))
    for origin_id, followers in groupby(_followers(session), key=lambda row: row.origin_id):
        if len(found) >= SHOWN:
            break
        rows = list(followers)
        wrong = chains.fault(_Origin(origin_id, rows[0]), rows)
        if wrong is not None:
            found.append(wrong.id)
    return found


class _Origin:
    """The first entry of a chain, from the columns that its followers' rows bring along."""

    def __init__(self, origin_id: int, row: Any) -> None:  # noqa: ANN401 - a row of the query's own columns
        self.id, self.origin_id, self.reverses_id = origin_id, None, None
        self.user_id, self.delta, self.withheld = row.first_user_id, row.first_delta, row.first_withheld
        self.reason, self.tag_ids, self.day = row.first_reason, row.first_tag_ids, row.first_day


def _followers(session: Session) -> Iterator[Any]:
    """Every entry that follows another, chain by chain, with the first one of its chain."""
    entry, origin = Entry.__table__.c, Entry.__table__.alias("origin")
    shared = ("user_id", "delta", "withheld", "reason", "tag_ids", "day")
    rows = (
        select(
            *(entry[name] for name in ("id", "origin_id", "reverses_id", *shared)),
            *(origin.c[name].label(f"first_{name}") for name in shared),
        )
        .join(origin, origin.c.id == entry.origin_id)
        .where(entry.origin_id.is_not(None))
        .order_by(entry.origin_id, entry.id)
        .limit(SLICE)
    )
    found: Sequence[Any] = session.execute(rows).all()
    while found:
        yield from found
        if len(found) < SLICE:
            return
        behind = tuple_(entry.origin_id, entry.id) > (found[-1].origin_id, found[-1].id)
        found = session.execute(rows.where(entry.origin_id >= found[-1].origin_id, behind)).all()
