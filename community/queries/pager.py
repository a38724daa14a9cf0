"""Keyset pages: a page begins after a row, not after a count of rows, so page 10,000 costs what page 1 costs.

A cursor names the row at the edge of a page, readable in the address: `?before=2026-11-20T10:00:00Z.123` is what comes before the
row with that moment and the id 123. A cursor that is none is passed over: the page is then the first one.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from sqlalchemy import Boolean, ColumnElement, Select, bindparam, tuple_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

LARGEST_ID = 2**31 - 1
"""What the databases' integer columns hold."""

Key = TypeVar("Key")
Found = TypeVar("Found")

_MOMENT = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?)Z\.(\d{1,10})")
_NUMBER = re.compile(r"(-?\d{1,9})\.(\d{1,10})")


@dataclass(frozen=True, slots=True)
class Place(Generic[Key]):
    """The row a page begins behind, and whether it goes back towards the beginning of the list."""

    key: Key
    id: int
    back: bool = False


@dataclass(frozen=True, slots=True)
class Turned(Generic[Found]):
    """One page: its rows in the list's order, and the cursors to go on with; None where the list ends."""

    rows: Sequence[Found]
    back: str | None
    onward: str | None


def place(onward: str, back: str, read: Callable[[str], tuple[Key, int] | None]) -> Place[Key] | None:
    """Where the page begins, from the two cursors an address can have; None for the beginning of the list."""
    for text, is_back in ((onward, False), (back, True)):
        found = read(text)
        if found is not None and 0 <= found[1] <= LARGEST_ID:
            return Place(*found, back=is_back)
    return None


def moment_cursor(at: datetime, row_id: int) -> str:
    """A cursor of a list in the order of moments."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat()}Z.{row_id}"


def read_moment(text: str) -> tuple[datetime, int] | None:
    """What `moment_cursor` wrote, or None."""
    hit = _MOMENT.fullmatch(text)
    if hit is None:
        return None
    try:
        return datetime.fromisoformat(hit[1]).replace(tzinfo=UTC), int(hit[2])
    except ValueError:
        return None


def number_cursor(number: int, row_id: int) -> str:
    """A cursor of a list in the order of a number."""
    return f"{number}.{row_id}"


def read_number(text: str) -> tuple[int, int] | None:
    """What `number_cursor` wrote, or None."""
    hit = _NUMBER.fullmatch(text)
    return (int(hit[1]), int(hit[2])) if hit else None


def name_cursor(name: str, row_id: int) -> str:
    """A cursor of a list in the order of names."""
    return f"{name}.{row_id}"


def read_name(text: str) -> tuple[str, int] | None:
    """What `name_cursor` wrote, or None."""
    name, dot, number = text.rpartition(".")
    return (name, int(number)) if dot and number.isascii() and number.isdigit() else None


Edge = tuple[ColumnElement[Any], ColumnElement[int]]


def edge(kind: TypeEngine[Any] | None = None) -> Edge:
    """The two parameters of a statement for a page that begins behind a row; `kind` is the type of the list's key."""
    return bindparam("edge", type_=kind), bindparam("edge_id")


def values(where: Place[Any] | None) -> dict[str, Any]:
    """What `edge` stands for."""
    return {"edge": where.key, "edge_id": where.id} if where is not None else {}


class _Above(FunctionElement[bool]):
    """(key, id) > (edge, edge_id), so that the index is entered at the edge."""

    inherit_cache = True
    type = Boolean()


class _Below(_Above):
    """(key, id) < (edge, edge_id)."""

    inherit_cache = True


@compiles(_Above)
def _pairs(element: _Above, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - handed on as it comes
    """As pairs only: of a second condition PostgreSQL would think that it leaves fewer rows, and prefer to sort them."""
    key, row_id, *behind = element.clauses
    ours, theirs = tuple_(key, row_id), tuple_(*behind)
    return compiler.process(ours < theirs if isinstance(element, _Below) else ours > theirs, **how)


@compiles(_Above, "sqlite")
def _pairs_and_key(element: _Above, compiler: SQLCompiler, **how: Any) -> str:  # noqa: ANN401 - as above
    """SQLite enters an index at a pair only where both are columns; so the key, which may be an expression, is said once more."""
    key, _, edge, _ = element.clauses
    bound = key <= edge if isinstance(element, _Below) else key >= edge
    return f"{compiler.process(bound, **how)} AND {_pairs(element, compiler, **how)}"


def turned(
    query: Select[*tuple[Any, ...]],
    key: ColumnElement[Any],
    row_id: ColumnElement[int],
    behind: Edge | None,
    *,
    size: int,
    back: bool = False,
    rising: bool = False,
) -> Select[*tuple[Any, ...]]:
    """The query as one page and one row more, which tells whether the list goes on.

    `behind` is the key and the id that the page begins behind.
    """
    upwards = rising != back
    if behind is not None:
        query = query.where(_Above(key, row_id, *behind) if upwards else _Below(key, row_id, *behind))
    order = (key.asc(), row_id.asc()) if upwards else (key.desc(), row_id.desc())
    return query.order_by(*order).limit(size + 1)


def cut(found: Sequence[Found], where: Place[Any] | None, size: int, cursor: Callable[[Found], str]) -> Turned[Found]:
    """A page from what `turned` found."""
    more = len(found) > size
    rows = list(found[:size])
    if where is None:
        return Turned(rows, None, cursor(rows[-1]) if more else None)
    if where.back:
        rows.reverse()
        return Turned(rows, cursor(rows[0]) if more and rows else None, cursor(rows[-1]) if rows else None)
    return Turned(rows, cursor(rows[0]) if rows else None, cursor(rows[-1]) if more else None)


def is_lost(page: Turned[Any], where: Place[Any] | None) -> bool:
    """Whether the page should be the first one instead: it lies beyond the list's end, or going back has reached the beginning,
    where it would show what is left over rather than a full page."""
    return where is not None and (page.back is None if where.back else not page.rows)


def address(path: str, **arguments: str | int | None) -> str:
    """A path with what is not empty of the arguments, readable."""
    given = {name: value for name, value in arguments.items() if value not in (None, "")}
    return f"{path}?{urlencode(given, safe=':')}" if given else path
