"""The periods that boards are kept for: weeks from Monday, months, and all time. Pure: it is given days of the site's zone."""

import re
from datetime import date, timedelta

ALL = "all"
CURRENT = "current"
"""Not a period of days: what answers that are current today have earned (`community.boards.active`)."""

_WEEK, _MONTH = re.compile(r"week:(\d{4}-\d\d-\d\d)"), re.compile(r"month:(\d{4}-\d\d)")


def week(day: date) -> str:
    """The week a day belongs to, named after its Monday."""
    return f"week:{(day - timedelta(days=day.weekday())).isoformat()}"


def month(day: date) -> str:
    """The month a day belongs to."""
    return f"month:{day:%Y-%m}"


def of(day: date) -> tuple[str, str, str]:
    """Every period that the points of a day count in."""
    return ALL, month(day), week(day)


def first_day(period: str) -> date | None:
    """The first day of a week or a month; None for what is neither, or is not written as `week` and `month` write it."""
    if hit := _WEEK.fullmatch(period):
        text, named = hit[1], week
    elif hit := _MONTH.fullmatch(period):
        text, named = f"{hit[1]}-01", month
    else:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if named(found) == period else None


def before(period: str) -> str:
    """The week before a week, the month before a month. ValueError for anything else."""
    first = first_day(period)
    if first is None:
        raise ValueError(f"{period} is neither a week nor a month")
    return (week if period.startswith("week:") else month)(first - timedelta(days=1))


def after(period: str) -> str:
    """The week after a week, the month after a month. ValueError for anything else."""
    first = first_day(period)
    if first is None:
        raise ValueError(f"{period} is neither a week nor a month")
    return week(first + timedelta(days=7)) if period.startswith("week:") else month(first + timedelta(days=31))
