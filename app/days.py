"""Days of the site's time zone: 23 or 25 hours long when summer time begins or ends."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["SETTINGS"].time_zone)


def day_of(moment: datetime) -> date:
    """The day that a moment belongs to."""
    return moment.astimezone(_zone()).date()


def day_start(now: datetime) -> datetime:
    """When the day of `now` began, as a moment in UTC."""
    return start_of(day_of(now))


def start_of(day: date) -> datetime:
    """When a day begins, as a moment in UTC. Where the clocks skip midnight: the first moment of the day there is."""
    return datetime(day.year, day.month, day.day, tzinfo=_zone()).astimezone(UTC)


def day_end(now: datetime) -> datetime:
    """When the day of `now` ends."""
    return start_of(day_of(now) + timedelta(days=1))
