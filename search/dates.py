"""The days people type after `before:` and `after:`: the beginning of a year, a month or a day, or of one so long ago."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta, tzinfo

EARLIEST = 1970
"""Nothing was asked before; a time further back begins then."""
LATEST = 2999

_DATE = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?", re.ASCII)
_AGO = re.compile(r"(\d{1,4})([dwmy])", re.ASCII | re.IGNORECASE)
_DAYS = {"d": 1, "w": 7}
_MONTHS = {"m": 1, "y": 12}


def beginning(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    """The moment at which what `text` says begins in `zone`; None when it says no day.

    "2026", "2026-05" and "2026-05-17" begin with their first day. "30d", "2w", "12m" and "1y" begin with the day so long
    before that of `now`; where that month has no such day, with its last one.
    """
    date = _DATE.fullmatch(text)
    if date:
        return _midnight(int(date[1]), int(date[2] or 1), int(date[3] or 1), zone)
    ago = _AGO.fullmatch(text)
    return _ago(int(ago[1]), ago[2].lower(), now.astimezone(zone), zone) if ago else None


def _ago(count: int, unit: str, today: datetime, zone: tzinfo) -> datetime | None:
    if unit in _DAYS:
        then = today - timedelta(days=count * _DAYS[unit])
        year, month, day = then.year, then.month, then.day
    else:
        year, month = divmod(today.year * 12 + today.month - 1 - count * _MONTHS[unit], 12)
        month += 1
        day = min(today.day, monthrange(max(year, EARLIEST), month)[1])
    return _midnight(year, month, day, zone) if year >= EARLIEST else _midnight(EARLIEST, 1, 1, zone)


def _midnight(year: int, month: int, day: int, zone: tzinfo) -> datetime | None:
    if not EARLIEST <= year <= LATEST:
        return None
    try:
        return datetime(year, month, day, tzinfo=zone).astimezone(UTC)
    except ValueError:  # the thirtieth of February
        return None
