"""A person's points at a glance: month by month, by tag, and what the daily cap does today."""

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, literal, select, union_all

from app.days import day_end, day_of
from app.db import db
from community.models import Tag
from community.queries import pager
from community.queries.addresses import tag_url
from reputation import cap, points
from reputation.boards import periods
from reputation.boards.models import Standing

MONTHS = 24
"""How many months the chart shows; the earlier ones are in its first total."""
MOST_TAGS = 12

_standings, _tags = Standing.__table__.c, Tag.__table__.c


@dataclass(frozen=True, slots=True)
class Month:
    """A month: what came, and what there was at its end."""

    first: date
    gained: int
    total: int
    height: float
    """Of the total, in per cent of the largest shown; 0 below zero."""


@dataclass(frozen=True, slots=True)
class TagPoints:
    """What somebody has gained under a tag."""

    name: str
    url: str
    board: str
    points: int


@dataclass(frozen=True, slots=True)
class Points:
    """What stands above the list of entries."""

    months: tuple[Month, ...]
    tags: tuple[TagPoints, ...]
    counted_today: int
    """From votes."""
    withheld_today: int
    daily_cap: int
    day_ends: datetime


def points_of(user_id: int, now: datetime) -> Points:
    """Two statements; rows of the boards and of today's entries."""
    found = db.session.connection().execute(_both(), {"id": user_id}).all()
    months = {row.period: row.points for row in found if row.name == ""}
    counted, withheld = cap.counted(db.session(), user_id, day_of(now))
    return Points(
        months=_months(months, day_of(now)),
        tags=tuple(
            TagPoints(row.name, tag_url(row.name), pager.address("/boards", by="all", tag=row.name), row.points)
            for row in found
            if row.name
        ),
        counted_today=counted,
        withheld_today=withheld,
        daily_cap=points.DAILY_CAP,
        day_ends=day_end(now),
    )


def _months(gained: dict[str, int], today: date) -> tuple[Month, ...]:
    """From the first month with points, at most MONTHS, to this one."""
    if not gained:
        return ()
    this, names = periods.month(today), [min(gained)]
    while names[-1] < max(this, *gained):
        names.append(periods.after(names[-1]))
    total, made = points.STARTING_REPUTATION, []
    for name in names:
        total += gained.get(name, 0)
        made.append((periods.first_day(name) or today, gained.get(name, 0), total))
    made = made[-MONTHS:]
    top = max((one[2] for one in made), default=0)
    return tuple(Month(*one, max(0.0, 100 * one[2] / top) if top > 0 else 0.0) for one in made)


@cache
def _both() -> Select[*tuple[Any, ...]]:
    """Every month's points, under the name "", and the tags with most points."""
    own = _standings.user_id == bindparam("id")
    months = select(literal("").label("name"), _standings.period, _standings.points).where(
        own, _standings.period >= "month:", _standings.period < "month;", _standings.tag_id == 0
    )
    tags = (
        select(_tags.name, _standings.period, _standings.points)
        .join(Tag.__table__, _tags.id == _standings.tag_id)
        .where(own, _standings.period == periods.ALL, _standings.tag_id > 0, _standings.points > 0)
        .order_by(_standings.points.desc(), _tags.name)
        .limit(MOST_TAGS)
        .subquery()
    )
    both = union_all(months, select(tags.c.name, tags.c.period, tags.c.points)).subquery()
    return select(both.c.name, both.c.period, both.c.points).order_by(both.c.points.desc(), both.c.name)


__all__ = ["Month", "Points", "TagPoints", "points_of"]
