"""What came of showing similar questions, over some days: for staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import Row, case, func, select

from app.db import db
from search.deflection.models import AskDay, AskVisit
from search.deflection.settle import COUNTS

SPANS = (30, 90, 365)
"""Days that can be looked back."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Visits of the form, settled."""

    shown: int = 0
    shown_unasked: int = 0
    opened: int = 0
    opened_unasked: int = 0
    solved: int = 0
    solved_unasked: int = 0
    checked: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the page: so many of the visits, and after so many of those nothing was asked."""

    words: str
    visits: int
    of: int
    """Of so many visits in all."""
    unasked: int

    @property
    def share(self) -> float | None:
        """Of all visits, in per cent; None where there are none."""
        return 100 * self.visits / self.of if self.of else None

    @property
    def rate(self) -> float | None:
        """After which nothing was asked, in per cent of this step's visits."""
        return 100 * self.unasked / self.visits if self.visits else None


@dataclass(frozen=True, slots=True)
class DeflectionPage:
    """What the page shows."""

    span: int
    total: Counts
    days: tuple[tuple[date, Counts], ...]
    """The latest first, without days on which nothing was shown."""
    waiting: int
    """Visits whose time is not over yet."""

    @property
    def steps(self) -> Sequence[Step]:
        """Who only saw the titles, who opened one, and who said that it solved it."""
        t = self.total
        return (
            Step("Similar questions were shown", t.shown, t.shown, t.shown_unasked),
            Step("… and none was opened", t.shown - t.opened, t.shown, t.shown_unasked - t.opened_unasked),
            Step("… and one was opened", t.opened, t.shown, t.opened_unasked),
            Step("… and the person said that it solved it", t.solved, t.shown, t.solved_unasked),
        )


def deflection_page(span: int, now: datetime) -> DeflectionPage:
    """The settled visits of the last `span` days."""
    first = now.astimezone(UTC).date() - timedelta(days=span - 1)
    rows = db.session.execute(
        select(AskDay.day, *(getattr(AskDay, name) for name in COUNTS)).where(AskDay.day >= first).order_by(AskDay.day.desc())
    ).all()
    waiting = db.session.scalar(select(func.count(case((AskVisit.asked.is_(None), 1))))) or 0
    days = tuple((row.day, _counts(row)) for row in rows)
    total = Counts(*(sum(getattr(counts, name) for _, counts in days) for name in COUNTS))
    return DeflectionPage(span, total, days, waiting)


def _counts(row: Row[tuple[date, int, int, int, int, int, int, int]]) -> Counts:
    return Counts(*(getattr(row, name) for name in COUNTS))
