"""Who listens for freshness (`app/jobs.py`)."""

from collections.abc import Sequence

from app import clock
from app.outbox import Payload
from community.freshness import policies


def policy_changed(payloads: Sequence[Payload]) -> None:
    """Let answers follow what their tag has come to ask, from now on: a message that was kept for days must not make dates of
    then. When it is killed the same message comes again, and what has followed is passed over."""
    now = clock.utcnow()
    for told in payloads:
        policies.follow_on(told, now)
