"""The only reader of the wall clock."""

from datetime import UTC, datetime


def utcnow() -> datetime:
    """The present moment, aware, in UTC. Call it as `clock.utcnow()` so that a test can put another clock in its place."""
    return datetime.now(UTC)
