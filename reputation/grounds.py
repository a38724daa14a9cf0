"""The audit of what was paid for: every cause exists or is reversed, none is paid twice, and what has to be paid is paid.

The ledger names causes and knows none of them; the floor above says which stand (`reputation.facts.Checker`). A difference is
repaired by new entries only.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import db, transaction
from reputation import audit, cap, chains, ledger, points
from reputation.boards import keeping
from reputation.chains import MOVED
from reputation.facts import Checkers, Paid, kind_of
from reputation.models import Entry
from reputation.posting import Posting

SLICE = 10_000
"""Entries that are looked at together."""
PART = 500
"""Causes that one statement asks for, and that one transaction repairs."""
SHOWN = audit.SHOWN
NAMING = 3
"""So many parts of a cause name what it is; what follows says how often it was paid and taken back."""


T = TypeVar("T")


@dataclass
class Grounds:
    """What was found. Empty: everything that was paid stands on something, and once."""

    groundless: list[Paid] = field(default_factory=list)
    """Paid and not reversed, though the cause is not there, was taken back, or its post is removed."""
    unknown: dict[str, int] = field(default_factory=dict)
    """Kinds of causes that nobody knows → how many of them stand."""
    twice: list[Paid] = field(default_factory=list)
    """Paid though the same cause is paid by another entry."""
    unpaid: list[Posting] = field(default_factory=list)
    """Never paid, though it has to be."""

    @property
    def clean(self) -> bool:
        return not (self.groundless or self.unknown or self.twice or self.unpaid)


def check(session: Session, checkers: Checkers) -> Grounds:
    """Compare the ledger with what it was paid for, both ways; reads only. Cost: linear in the entries, in slices."""
    found = Grounds()
    for paid in _standing(session):
        roots = _roots(session, paid)
        by_kind: dict[str, list[Paid]] = defaultdict(list)
        for one in roots.values():
            by_kind[kind_of(one.cause)].append(one)
        stand: set[str] = set()
        for kind, those in by_kind.items():
            checker = checkers.get(kind)
            if checker is None:
                found.unknown[kind] = found.unknown.get(kind, 0) + len(those)
                stand.update(one.cause for one in those)
            else:
                stand |= checker.standing(session, those)
        found.groundless += [one for one in paid if roots[one.entry_id].cause not in stand]
        found.twice += _twice(session, paid, roots)
    for checker in checkers.values():
        for owed in checker.owed(session):
            found.unpaid += _never_paid(session, owed)
    return found


def _standing(session: Session) -> Iterator[list[Paid]]:
    """Every first entry whose chain stands, in slices."""
    entry = Entry.__table__.c
    last = 0
    while True:
        rows = session.execute(
            select(entry.id, entry.cause, entry.user_id, entry.question_id, entry.answer_id)
            .where(entry.id > last, entry.origin_id.is_(None))
            .order_by(entry.id)
            .limit(SLICE)
        ).all()
        if not rows:
            return
        first, last = rows[0].id, rows[-1].id
        reversed_now = _reversed(session, first, last)
        yield [Paid(*row) for row in rows if row.id not in reversed_now]


def _reversed(session: Session, first: int, last: int) -> set[int]:
    """Of the chains that begin between two ids, those whose last entry is a reversal."""
    tips: dict[int, str] = {}
    followers = select(Entry.origin_id, Entry.reason).where(Entry.origin_id.between(first, last)).order_by(Entry.id)
    for origin_id, reason in session.execute(followers):
        tips[origin_id or 0] = reason
    return {origin_id for origin_id, reason in tips.items() if reason == points.REVERSAL}


def _roots(session: Session, paid: Sequence[Paid]) -> dict[int, Paid]:
    """What each was paid for in the end: for what was moved from another account, the cause it had there."""
    roots = {one.entry_id: one for one in paid}
    while moved := {entry_id: int(one.parts[1]) for entry_id, one in roots.items() if kind_of(one.cause) == MOVED}:
        before = {row.entry_id: row for row in _by_id(session, moved.values())}
        for entry_id, origin_id in moved.items():
            if origin_id in before:
                roots[entry_id] = before[origin_id]
            else:
                roots[entry_id] = Paid(entry_id, "nothing", 0, None, None)
    return roots


def _by_id(session: Session, ids: Iterable[int]) -> Iterator[Paid]:
    for some in batched(sorted(set(ids)), PART):
        columns = (Entry.id, Entry.cause, Entry.user_id, Entry.question_id, Entry.answer_id)
        yield from (Paid(*row) for row in session.execute(select(*columns).where(Entry.id.in_(some))))


def _twice(session: Session, paid: Sequence[Paid], roots: dict[int, Paid]) -> list[Paid]:
    """Those whose cause another standing entry was paid for: under its first name, or on the account it was moved from."""
    named: dict[str, Paid] = {}
    for one in paid:
        root = roots[one.entry_id]
        parts = root.parts
        if root is not one:
            named[root.cause] = one
        if len(parts) > NAMING and parts[-1].isdigit() and kind_of(root.cause) != "import":
            base = ":".join(parts[:NAMING])
            for name in (base, *(f"{base}:{time}" for time in range(2, int(parts[-1])))):
                named[name] = one
    found = []
    for some in batched(named, PART):
        same = session.scalars(select(Entry).where(Entry.cause.in_(some))).all()
        found += [named[chain.origin.cause] for chain in chains.load(session, same) if chain.stands]
    return found


def _never_paid(session: Session, owed: Sequence[Posting]) -> list[Posting]:
    wanted = {posting.cause: posting for posting in owed}
    for some in batched(list(wanted), PART):
        for cause in session.scalars(select(Entry.cause).where(Entry.cause.in_(some))):
            del wanted[cause]
    return list(wanted.values())


@dataclass(frozen=True)
class Repaired:
    """How many of each were put right."""

    totals: int = 0
    boards: int = 0
    reversed: int = 0
    paid: int = 0
    withheld: int = 0


def repair(checkers: Checkers, now: datetime) -> Repaired:
    """Put right what can be put right without a person's judgement, in small transactions: what is groundless or paid twice is
    reversed, what was never paid is paid today, what counts over a cap is withheld, all by new entries; cached totals and boards
    are set to what the ledger says. Entries that cannot be are left for a person. Running it again changes nothing more."""
    found = check(db.session(), checkers)
    db.session.rollback()
    undone = paid = withheld = 0
    for some in batched({one.cause: one for one in (*found.groundless, *found.twice)}, PART):
        with transaction() as session:
            undone += len(ledger.reverse(session, some, None, now))
    for postings in batched(found.unpaid, PART):
        with transaction() as session:
            paid += len(ledger.post(session, postings, now))
    over = db.session.execute(audit.over_cap()).all()
    db.session.rollback()
    for user_id, day, _ in over:
        with transaction() as session:
            ledger.lock_people(session, [user_id])
            withheld += len(ledger.enter(session, cap.withholdings(session, user_id, day, now)))
    with transaction() as session:
        totals = audit.recompute_totals(session)
    boards = 0
    people = sorted({key[0] for key, _, _ in keeping.wrong(db.session())})
    db.session.rollback()
    for user_id in people:
        with transaction() as session:
            ledger.lock_people(session, [user_id])
            boards += keeping.remake(session, user_id)
    return Repaired(totals, boards, undone, paid, withheld)


def batched(whole: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """The same in tuples of `size`."""
    left = iter(whole)
    while some := tuple(islice(left, size)):
        yield some
