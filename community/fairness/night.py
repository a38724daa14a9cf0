"""The nightly run: count what is new, look at who gave it, keep what is found; then the verifiers.

In slices, so that the outbox never waits long. Killed, it goes on where it was; a second run of a day does nothing.
"""

import time
from datetime import UTC, datetime

from sqlalchemy import delete, select, update

from app.db import db, insert_into, transaction
from community.fairness import careless, counting, findings, settings
from community.fairness.source import Here
from community.models import FairnessCursor, FairnessDue
from reputation.fairness.detect import detect

AT_ONCE = 100
"""People who are looked at together."""
SLICE_SECONDS = 3.0
NIGHT = "night"


def run_slice(now: datetime) -> bool:
    """A slice of today's run, for the schedule; whether the day is done."""
    return run(now, SLICE_SECONDS)


def run(now: datetime, seconds: float | None = None) -> bool:
    """Today's run, once a day (UTC); with `seconds` it ends after the part in which they are over. Returns whether it is done."""
    today = now.astimezone(UTC).date().toordinal()
    last = db.session.execute(select(FairnessCursor.last_id).where(FairnessCursor.name == NIGHT)).scalar()
    db.session.rollback()
    if last is not None and last >= today:
        return True
    until = None if seconds is None else time.monotonic() + seconds
    if not look(now, until):
        return False
    careless.review(now)
    with transaction() as session:
        session.execute(insert_into(session, FairnessCursor).values(name=NIGHT, last_id=today).on_conflict_do_nothing())
        session.execute(update(FairnessCursor).where(FairnessCursor.name == NIGHT).values(last_id=today))
    return True


def look(now: datetime, until: float | None = None) -> bool:
    """Count and look at everything new, whatever was done today already; whether nothing is left."""
    while counting.count(now):
        if until is not None and time.monotonic() >= until:
            return False
    while people := _due():
        _look_at(people, now)
        if until is not None and time.monotonic() >= until:
            return False
    return True


def _due() -> list[int]:
    found = list(db.session.scalars(select(FairnessDue.user_id).order_by(FairnessDue.user_id).limit(AT_ONCE)))
    db.session.rollback()
    return found


def _look_at(people: list[int], now: datetime) -> None:
    lines = settings.lines(db.session())
    found = detect(Here(db.session(), now), people, lines)
    db.session.rollback()
    for one in found:
        findings.keep(one, now, lines)
    with transaction() as session:
        session.execute(delete(FairnessDue).where(FairnessDue.user_id.in_(people)))
