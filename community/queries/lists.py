"""Lists of questions: a page of any tab, for the front page, tags and people."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, true

from app.db import db
from app.pages import FRONT, person_key
from community.queries import pager
from community.queries.list_rows import next_change, row_of
from community.queries.list_statements import PAGE, page_of
from community.queries.pager import Place, Turned
from community.queries.shared import Row


@dataclass(frozen=True, slots=True)
class Listed:
    """One page of a list of questions, and what a stored copy of it has to watch."""

    page: Turned[Row]
    is_lost: bool
    """The cursor leads nowhere: show the first page."""
    depends_on: frozenset[str]
    """Names of `app.pages`."""
    valid_until: datetime | None
    """When the clock changes the first of its rows."""

    @property
    def rows(self) -> Sequence[Row]:
        return self.page.rows


def listed(
    tab: str,
    where: Place[datetime] | None,
    now: datetime,
    narrow: Callable[[], ColumnElement[bool]] = true,
    **values: object,
) -> Listed:
    """A page of the tab, in one statement. `narrow` is a module's function (statements are kept by it) that gives a further
    condition; `values` are its parameters."""
    if where is not None and where.key > now:
        where = replace(where, key=now, id=pager.LARGEST_ID)
    statement = page_of(tab, where is not None, where is not None and where.back, narrow)
    found = db.session.connection().execute(statement, {"now": now, **pager.values(where), **values}).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.moment_cursor(row.list_key, row.id))
    rows = [row_of(record, now) for record in turned.rows]
    changes = [next_change(record, now) for record in turned.rows]
    return Listed(
        page=Turned(rows, turned.back, turned.onward),
        is_lost=pager.is_lost(turned, where),
        depends_on=frozenset((FRONT, *(person_key(row.author.id) for row in rows if row.author is not None))),
        valid_until=min((change for change in changes if change is not None), default=None),
    )
