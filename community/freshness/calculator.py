"""Asking the calculator from a page. The question is kept; the worker has it computed, in a process of its own."""

from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.accounts.models import User
from app.db import transaction
from app.errors import TooMany
from app.outbox import emit
from community import policy
from community.freshness.simulation.wish import Wish
from community.models import Simulation

MOST_WAITING = 2
"""So many may wait for their result: the worker that computes them has nothing else done meanwhile."""
GIVEN_UP_AFTER = timedelta(minutes=10)
"""What has waited for so long waits no more, as far as that limit and the page are concerned."""


def ask(wish: Wish, *, by: User, now: datetime) -> int:
    """Have a world computed; returns the number its result will have. Raises TooMany while two wait."""
    with transaction() as session:
        policy.require(by, "moderate", None, now)
        waiting = session.scalar(
            select(func.count()).where(Simulation.finished_at.is_(None), Simulation.asked_at > now - GIVEN_UP_AFTER)
        )
        if waiting is not None and waiting >= MOST_WAITING:
            raise TooMany("Two results are still being computed. Ask again when they are there.", retry_after=60)
        asked = Simulation(asked_by_id=by.id, asked_at=now, wish=wish.as_json(), outcomes=[])
        session.add(asked)
        session.flush()
        emit(session, "simulation.asked", now, simulation_id=asked.id)
        return asked.id
