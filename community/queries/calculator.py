"""The calculator's pages: the form as this site suggests it, the last results, and one of them."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, select

from app.accounts.models import User
from app.db import db
from app.errors import NotFound
from community.freshness.calculator import GIVEN_UP_AFTER
from community.freshness.simulation import fit, outcome
from community.freshness.simulation.handlers import SAMPLE, worlds
from community.freshness.simulation.outcome import NAMES, Outcome
from community.freshness.simulation.wish import Wish, from_json
from community.models import Simulation

LISTED = 10

SHARES = {
    "wrong_shown": "shown as current",
    "wrong_banner": "under a banner",
    "wrong_expired": "expired",
    "right_banner": "under a banner",
    "right_expired": "expired",
}
"""The columns of the table: three of what is wrong, two of what is right."""
WHERE = {"fresh": "and shown as current", "due": "and under a banner", "expired": "and expired"}
"""How a view finds an answer, after "right" or "wrong"."""


@dataclass(frozen=True, slots=True)
class Line:
    """A policy's result, as a page shows it: shares in per cent."""

    name: str
    shares: tuple[float, ...]
    """In the order of SHARES."""
    bar: tuple[tuple[str, bool, float], ...]
    """What a view finds, as (state, whether it is wrong, per cent), the worst first."""
    words: str
    """The bar in words."""
    work: float
    loss: float


@dataclass(frozen=True, slots=True)
class Result:
    """A question to the calculator, and what it answered if it has."""

    id: int
    asked_at: datetime
    asked_by: str
    wish: Wish
    computing: bool
    late: bool
    """It has waited for so long that nothing seems to compute it."""
    error: str
    lines: tuple[Line, ...]
    sampled: bool
    """Whether a sample of the answers was computed."""

    @property
    def worlds(self) -> int:
        """How many worlds the figures are the mean of."""
        return worlds(self.wish)

    @property
    def sample(self) -> int:
        """How many answers a sample has."""
        return SAMPLE


def suggestion(now: datetime) -> Wish:
    """What the form begins with: this site."""
    return fit.site(db.session(), now)


def results(now: datetime) -> tuple[Result, ...]:
    """The last ones, newest first."""
    rows = db.session.execute(_query().order_by(Simulation.id.desc()).limit(LISTED))
    return tuple(_result(row, now) for row in rows)


def result(simulation_id: int, now: datetime) -> Result:
    """One of them. NotFound where there is none."""
    row = db.session.execute(_query().where(Simulation.id == simulation_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such result.")
    return _result(row, now)


def _query() -> Select[Simulation, str]:
    return select(Simulation, User.name).join(User, User.id == Simulation.asked_by_id)


def _result(row: Row[Simulation, str], now: datetime) -> Result:
    asked, name = row
    wish = from_json(asked.wish)
    computing = asked.finished_at is None
    return Result(
        asked.id,
        asked.asked_at,
        name,
        wish,
        computing=computing,
        late=computing and now - asked.asked_at > GIVEN_UP_AFTER,
        error=asked.error,
        lines=tuple(_line(outcome.from_json(one)) for one in asked.outcomes),
        sampled=wish.answers > SAMPLE,
    )


def _line(one: Outcome) -> Line:
    bar = (
        ("fresh", True, 100 * one.wrong_shown),
        ("due", True, 100 * one.wrong_banner),
        ("expired", True, 100 * one.wrong_expired),
        ("expired", False, 100 * one.right_expired),
        ("due", False, 100 * one.right_banner),
        ("fresh", False, 100 * one.right),
    )
    words = ", ".join(
        f"{share:.1f} % {'wrong' if wrong else 'right'} {WHERE[state]}" for state, wrong, share in bar if round(share, 1)
    )
    shares = tuple(100 * getattr(one, name) for name in SHARES)
    return Line(NAMES[one.policy], shares, bar, f"{NAMES[one.policy]}: {words}", one.work, one.loss)
