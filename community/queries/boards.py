"""The boards: who gained most in a week, a month and ever, and whose answers are current today; for all tags or one."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, func, literal_column, select
from sqlalchemy.engine import Connection

from app.accounts.models import User
from app.days import day_of
from app.db import db
from app.errors import NotFound
from community.models import Tag
from community.queries import pager
from community.queries.addresses import tag_url
from community.queries.pager import Place
from community.queries.shared import Person, TabLink, day, person
from reputation.boards import periods
from reputation.boards.models import Standing

PAGE = 30
FARTHEST = 10_000
"""Places beyond this are not counted."""
MOST_TAGS = 20
"""How many tags are offered beside the field."""

TABS = {"week": "Week", "month": "Month", "all": "All time", "current": "Kept current"}
LEADS = {
    "week": "Points gained in the week from {first}.",
    "month": "Points gained in {month}.",
    "all": "All points ever gained.",
    "current": "Active reputation: what answers that are current today have earned. It goes when they pass their date, and comes "
    "back with a check.",
}

_standings, _people = Standing.__table__.c, User.__table__.c
_GAINED = _standings.points > literal_column("0")
"""As the index has it, so that it is a literal."""


@dataclass(frozen=True, slots=True)
class BoardRow:
    """Somebody on a board."""

    place: int | None
    """None beyond FARTHEST. Who has as many points has the same place."""
    person: Person
    points: int
    is_me: bool


@dataclass(frozen=True, slots=True)
class BoardsPage:
    """A board."""

    tab: str
    tabs: tuple[TabLink, ...]
    title: str
    lead: str
    tag: str
    """"" for all tags."""
    tag_url: str
    tags: tuple[str, ...]
    """The tags with most questions, for the field."""
    of: str
    """The period, where it is not the present one; for the filter's form."""
    rows: tuple[BoardRow, ...]
    mine: BoardRow | None
    """The viewer's own place, where they have points here."""
    earlier: str | None
    later: str | None
    newer: str | None
    older: str | None
    is_lost: bool


def boards_page(tab: str, tag: str, of: str, where: Place[int] | None, viewer: User | None, now: datetime) -> BoardsPage:
    """A page of a board: `tab` one of TABS, `tag` the name of a tag or "", `of` a week or a month as `periods` names it
    without its kind ("2026-11-16", "2026-11"); what is none is the present one. Raises NotFound for a tag that is not there.

    At most five statements; an index is entered where the page begins.
    """
    connection = db.session.connection()
    tab = tab if tab in TABS else "week"
    known = _tags(connection, tag)
    tag_id, tag_name = known[0] if tag.strip() else (0, "")
    period, present = _period(tab, of, now)
    given = {"tag_id": tag_id, "period": period}
    back = where is not None and where.back
    found = connection.execute(_page(where is not None, back), given | pager.values(where)).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.number_cursor(row.points, row.user_id))
    above = _above(connection, turned.rows[0], given) if where is not None and turned.rows else (0, 0)
    first = periods.first_day(period)
    keep = {"by": tab, "tag": tag_name}
    of_period = "" if period == present else period.partition(":")[2]
    return BoardsPage(
        tab=tab,
        tabs=tuple((pager.address("/boards", by=name, tag=tag_name), words, None, name == tab) for name, words in TABS.items()),
        title=f"{TABS[tab]}: {tag_name}" if tag_name else TABS[tab],
        lead=LEADS[tab].format(first=day(first) if first else "", month=f"{first:%B %Y}" if first else ""),
        tag=tag_name,
        tag_url=tag_url(tag_name) if tag_name else "",
        tags=tuple(name for _, name in known[bool(tag_name) :]),
        of=of_period,
        rows=_rows(turned.rows, above, viewer),
        mine=_mine(connection, viewer, given),
        earlier=_other(keep, periods.before(period)) if first else None,
        later=_other(keep, periods.after(period)) if first and period != present else None,
        newer=pager.address("/boards", **keep, of=of_period, before=turned.back) if turned.back else None,
        older=pager.address("/boards", **keep, of=of_period, after=turned.onward) if turned.onward else None,
        is_lost=pager.is_lost(turned, where),
    )


def _other(keep: dict[str, str], period: str) -> str:
    return pager.address("/boards", **keep, of=period.partition(":")[2])


def _period(tab: str, of: str, now: datetime) -> tuple[str, str]:
    """The period wanted, and the present one of its kind."""
    if tab not in ("week", "month"):
        return tab, tab
    today = day_of(now)
    present = periods.week(today) if tab == "week" else periods.month(today)
    wanted = f"{tab}:{of.strip()}"
    first = periods.first_day(wanted)
    return (wanted if first is not None and first <= today else present), present


def _tags(connection: Connection, name: str) -> list[tuple[int, str]]:
    """The tags with most questions; before them the one of this name, or what took it over."""
    columns = Tag.__table__.c
    found: list[tuple[int, str]] = []
    if name.strip():
        into = Tag.__table__.alias("into")
        own = (
            select(func.coalesce(into.c.id, columns.id), func.coalesce(into.c.name, columns.name))
            .select_from(Tag.__table__.outerjoin(into, into.c.id == columns.merged_into_id))
            .where(columns.name == name.strip().lower())
        )
        row = connection.execute(own).first()
        if row is None:
            raise NotFound(f"There is no tag “{name.strip()[:60]}” here.")
        found.append((row[0], row[1]))
    most = select(columns.id, columns.name).where(columns.merged_into_id.is_(None), columns.question_count > 0)
    rows = connection.execute(most.order_by(columns.question_count.desc(), columns.id.desc()).limit(MOST_TAGS))
    return found + [(row[0], row[1]) for row in rows]


def _rows(found: Any, above: tuple[int, int], viewer: User | None) -> tuple[BoardRow, ...]:  # noqa: ANN401 - rows of the query
    """With their places: the first has one after all with more points, and each the next, or the same for the same points."""
    with_more, before = above
    made: list[BoardRow] = []
    place = with_more + 1
    for index, row in enumerate(found):
        if index and row.points != found[index - 1].points:
            place = before + index + 1
        shown = place if max(with_more, before) <= FARTHEST else None
        made.append(_row(row, shown, viewer))
    return tuple(made)


def _row(row: Any, place: int | None, viewer: User | None) -> BoardRow:  # noqa: ANN401 - a row of the query's own columns
    who = person(row.user_id, row.name, row.avatar_url, row.role)
    return BoardRow(place, who, row.points, viewer is not None and viewer.id == row.user_id)


def _above(connection: Connection, row: Any, given: dict[str, Any]) -> tuple[int, int]:  # noqa: ANN401 - as above
    """How many have more points than this row, and how many stand before it; each counted no further than FARTHEST."""
    counts = connection.execute(_counts(), given | {"points": row.points, "user_id": row.user_id}).one()
    return counts[0], counts[0] + counts[1]


def _mine(connection: Connection, viewer: User | None, given: dict[str, Any]) -> BoardRow | None:
    if viewer is None:
        return None
    row = connection.execute(_of_person(), given | {"id": viewer.id}).first()
    if row is None:
        return None
    with_more = connection.execute(_counts(), given | {"points": row.points, "user_id": row.user_id}).one()[0]
    return _row(row, with_more + 1 if with_more <= FARTHEST else None, viewer)


def _board() -> Select[*tuple[Any, ...]]:
    return (
        select(_standings.user_id, _standings.points, _people.name, _people.avatar_url, _people.role)
        .join(User.__table__, _people.id == _standings.user_id)
        .where(
            _standings.tag_id == bindparam("tag_id"),
            _standings.period == bindparam("period"),
            _GAINED,
            _people.closed_at.is_(None),
        )
    )


@cache
def _page(is_turned: bool, back: bool) -> Select[*tuple[Any, ...]]:
    behind = pager.edge() if is_turned else None
    return pager.turned(_board(), _standings.points, _standings.user_id, behind, size=PAGE, back=back)


@cache
def _of_person() -> Select[*tuple[Any, ...]]:
    return _board().where(_standings.user_id == bindparam("id"))


@cache
def _counts() -> Select[*tuple[Any, ...]]:
    points: BindParameter[int] = bindparam("points")
    later = _standings.user_id > bindparam("user_id")
    return select(_count(_standings.points > points), _count(_standings.points == points, later))


def _count(*those: ColumnElement[bool]) -> ColumnElement[int]:
    some = _board().where(*those).limit(FARTHEST + 1).with_only_columns(literal_column("1")).subquery()
    return select(func.count()).select_from(some).scalar_subquery()
