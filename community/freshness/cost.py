"""What checks cost here: the minutes of one, and how many the verifiers do a day."""

import statistics
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from community.models import Assignment, Verification

MINUTES_A_CHECK = 4.0
"""What a check takes, as long as this site's own checks were not timed."""
TIMED = 200
"""The latest checks, whose median time is taken."""
PACE_DAYS = 30
"""The verifiers' usual pace is the mean of so many days."""


def minutes(session: Session) -> float | None:
    """The median of the latest checks that were timed from being given out to the verdict; None where none was."""
    timed = select(Assignment.taken_at, Assignment.done_at).where(Assignment.verification_id.is_not(None))
    latest = session.execute(timed.order_by(Assignment.id.desc()).limit(TIMED))
    took = [(row.done_at - row.taken_at) / timedelta(minutes=1) for row in latest if row.done_at is not None]
    return statistics.median(took) if took else None


def pace(session: Session, now: datetime) -> float:
    """Checks a day, of all verifiers, over the last PACE_DAYS."""
    since = now - timedelta(days=PACE_DAYS)
    checks = select(func.count()).select_from(Verification).where(Verification.at > since, Verification.undone_at.is_(None))
    return session.execute(checks).scalar_one() / PACE_DAYS
