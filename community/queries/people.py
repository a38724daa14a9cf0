"""Everybody: by reputation, or by the beginning of their name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, bindparam, collate, func, select

from app.accounts.models import User
from app.db import db
from community.badges.queries import held
from community.queries import pager
from community.queries.pager import Place
from community.queries.shared import Person, person

PAGE = 48
"""People on one page."""
LONGEST_PREFIX = 60
_LAST = "\U0010ffff"
"""No name begins with it, so what begins with a prefix stands between the prefix and the prefix with it."""

_people = User.__table__.c


@dataclass(frozen=True, slots=True)
class PersonRow:
    """Somebody in the list."""

    person: Person
    rank: str
    since: datetime
    is_suspended: bool
    is_expert: bool
    is_imported: bool


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """The list."""

    wanted: str
    """What the names were filtered by."""
    rows: tuple[PersonRow, ...]
    newer: str | None
    older: str | None
    is_lost: bool


def people_page(wanted: str, onward: str, back: str, now: datetime) -> PeoplePage:
    """A page of everybody, those with most reputation first; with `wanted` those whose name begins so, in the order of names.

    `onward` and `back` are the cursors of the address. One statement; an index is entered where the page begins.
    """
    wanted = " ".join(wanted.split())[:LONGEST_PREFIX]
    if wanted:
        where: Place[Any] | None = pager.place(onward, back, pager.read_name)
    else:
        where = pager.place(onward, back, pager.read_number)
    key = _by_code_points(func.lower(_people.name)) if wanted else _people.reputation
    query = select(
        _people.id,
        _people.name,
        _people.avatar_url,
        _people.role,
        _people.reputation,
        _people.created_at,
        _people.suspended_until,
        _people.expert_until,
        _people.origin_url,
        held.rank_column(_people.reputation).label("rank"),
        key.label("list_key"),
    )
    if wanted:
        first = _by_code_points(func.lower(bindparam("wanted", wanted)))
        query = query.where(key >= first, key < _by_code_points(func.lower(bindparam("until", wanted + _LAST))))
    behind = pager.edge() if where is not None else None
    turned_back = where is not None and where.back
    statement = pager.turned(query, key, _people.id, behind, size=PAGE, back=turned_back, rising=bool(wanted))
    cursor = pager.name_cursor if wanted else pager.number_cursor
    found = db.session.connection().execute(statement, pager.values(where)).all()
    turned = pager.cut(found, where, PAGE, lambda row: cursor(row.list_key, row.id))
    return PeoplePage(
        wanted=wanted,
        rows=tuple(_row(record, now) for record in turned.rows),
        newer=pager.address("/people", q=wanted, before=turned.back) if turned.back else None,
        older=pager.address("/people", q=wanted, after=turned.onward) if turned.onward else None,
        is_lost=pager.is_lost(turned, where),
    )


def _row(record: Any, now: datetime) -> PersonRow:  # noqa: ANN401 - a row of the query's own columns
    return PersonRow(
        person=person(record.id, record.name, record.avatar_url, record.role, record.reputation),
        rank=held.rank_of(record.rank, record.reputation),
        since=record.created_at,
        is_suspended=record.suspended_until is not None and record.suspended_until > now,
        is_expert=record.expert_until is not None and record.expert_until > now,
        is_imported=record.origin_url is not None,
    )


def _by_code_points(text: ColumnElement[str]) -> ColumnElement[str]:
    """As the index has it: SQLite compares so by itself, PostgreSQL when told to."""
    return text if db.engine.dialect.name == "sqlite" else collate(text, "C")
