"""A site's own lines. They are nobody's business but the admins': who knows them stays under them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Invalid
from community import policy
from community.models import FairnessLine
from community.moderation import audit
from reputation.fairness.lines import DEFAULT, Line, Lines

HIGHEST = 100.0


def lines(session: Session) -> Lines:
    """The lines that hold."""
    own = {row.kind: Line(row.low, row.high) for row in session.scalars(select(FairnessLine))}
    return {**DEFAULT, **own}


def set_lines(wanted: Mapping[str, Line], *, by: User, now: datetime) -> None:
    """Set the lines of some kinds; what has been found and decided stays. Admins only, audited without the numbers.

    Raises Invalid (a field for each kind) for an unknown kind, and where 0 < low <= high <= HIGHEST does not hold.
    """
    with transaction() as session:
        policy.require(by, "set_fairness", None, now)
        wrong = {
            kind: f"Give two numbers over 0 and up to {HIGHEST:.0f}, the lower one first."
            for kind, line in wanted.items()
            if kind not in DEFAULT or not 0 < line.low <= line.high <= HIGHEST
        }
        if wrong:
            raise Invalid(wrong)
        session.execute(delete(FairnessLine).where(FairnessLine.kind.in_(wanted)))
        session.add_all(FairnessLine(kind=kind, low=line.low, high=line.high) for kind, line in sorted(wanted.items()))
        audit.record(session, by, "fairness.lines_changed", now, kinds=sorted(wanted))
