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
from community.freshness.simulation.wish import from_json
from community.models import Simulation

SAMPLE = 4_000
"""A larger site is shown by a sample of so many answers, with work and readers in proportion."""
FEWEST_WORLDS, MOST_WORLDS = 2, 6
"""A result is the mean of so many worlds: more where they are small, and chance is large."""
SECONDS = 40.0
"""What it may take: less than the outbox lends a message for, so that no other worker begins it anew."""


def compute_asked(payloads: Sequence[Payload]) -> None:
    """Compute what was asked and is not answered yet. One that cannot be computed keeps the reason, and is not tried again."""
    for payload in payloads:
        asked = db.session.get(Simulation, payload["simulation_id"])
        wish = asked.wish if asked is not None and asked.finished_at is None else None
        db.session.rollback()  # no transaction stays open while another process computes
        if wish is not None:
            _answer(payload["simulation_id"], **_computed(wish))


def worlds(answers: int) -> int:
    """How many worlds a question about so many answers is computed in."""
    return min(max(FEWEST_WORLDS, SAMPLE // max(1, answers)), MOST_WORLDS)


def _computed(wish: dict[str, Any]) -> dict[str, Any]:
    try:
        world = fit.sample(from_json(wish), SAMPLE)
        found = compute(world, runs=worlds(world.answers), seconds=SECONDS)
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
