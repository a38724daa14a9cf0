"""A clock that stands where a test puts it."""

from datetime import datetime, timedelta


class Clock:
    """Stands still at `now` until it is moved."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def utcnow(self) -> datetime:
        return self.now

    def forward(self, **duration: float) -> datetime:
        """Move by a duration as `timedelta` takes it, `forward(days=90)`; returns the new moment."""
        self.now += timedelta(**duration)
        return self.now
