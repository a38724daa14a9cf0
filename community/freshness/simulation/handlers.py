"""The worker's part of the calculator: one process per question, bounded in size and time."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import update

from app import clock
from app.db import db, transaction
from app.errors import DomainError
from app.outbox import Payload
from community.freshness.simulation import fit
from community.freshness.simulation.computing import compute
from community.freshness.simulation.wish import Wish, from_json
from community.models import Simulation

SAMPLE = 4_000
"""A larger site is shown by a sample of so many answers, with work and readers in proportion."""
MOST_WORLDS = 6
"""A result is the mean of up to so many worlds."""
MOST_DAYS = 2920
"""Days that are computed for a policy in all its worlds; one of a full sample counts twice."""
SECONDS = 28.0
"""What it may take: two of them less than the outbox lends messages for, so that no other worker begins them anew."""


def compute_asked(payloads: Sequence[Payload]) -> None:
    """Compute what was asked and is not answered yet. One that cannot be computed keeps the reason, and is not tried again."""
    for payload in payloads:
        asked = db.session.get(Simulation, payload["simulation_id"])
        wish = asked.wish if asked is not None and asked.finished_at is None else None
        db.session.rollback()  # no transaction stays open while another process computes
        if wish is not None:
            _answer(payload["simulation_id"], **_computed(wish))


def worlds(wish: Wish) -> int:
    """How many worlds a question is computed in: the more the smaller they are, for chance is larger in those."""
    size = 1 + min(wish.answers, SAMPLE) / SAMPLE
    return min(max(1, int(MOST_DAYS / (wish.days * size))), MOST_WORLDS)


def _computed(wish: dict[str, Any]) -> dict[str, Any]:
    try:
        world = fit.sample(from_json(wish), SAMPLE)
        found = compute(world, runs=worlds(world), seconds=SECONDS)
    except DomainError as error:
        return {"error": error.message}
    return {"outcomes": [one.as_json() for one in found]}


def _answer(simulation_id: int, **result: Any) -> None:  # noqa: ANN401 - the columns of a result
    with transaction() as session:
        session.execute(
            update(Simulation)
            .where(Simulation.id == simulation_id, Simulation.finished_at.is_(None))
            .values(finished_at=clock.utcnow(), **result)
        )
