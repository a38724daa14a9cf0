"""Writing many rows at once, and remembering which rows of a source they came from."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import Table, insert, select, text
from sqlalchemy.orm import Session

from app.db import Base
from app.importers.models import ImportedRow

AT_ONCE = 500
"""So many rows or values go into one statement."""
MOST_AT_ONCE = 2_000_000
"""So many characters of text are held at once."""

LOG_PAGES = 8000
"""How long SQLite's log may grow during an import, in pages of 4 KiB; usually 1000."""

Values = dict[str, Any]
T = TypeVar("T")


def table_of(model: type[Base]) -> Table:
    """The table of a model; rows go into it without objects being made of them."""
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours has a table of its own
    return table


@contextmanager
def long_log(session: Session) -> Iterator[None]:
    """Let SQLite move its log into its file in larger steps, which saves an import a tenth of its time; elsewhere do nothing."""
    if session.get_bind().dialect.name != "sqlite":
        yield
        return
    usual = session.execute(text("PRAGMA wal_autocheckpoint")).scalar_one()
    session.execute(text(f"PRAGMA wal_autocheckpoint={LOG_PAGES}"))
    session.rollback()
    try:
        yield
    finally:
        session.rollback()
        session.execute(text(f"PRAGMA wal_autocheckpoint={usual}"))
        session.rollback()


def in_parts(items: Iterable[T], size: int = AT_ONCE, weight: Callable[[T], int] = lambda _item: 0) -> Iterator[list[T]]:
    """The items in lists of up to `size`, and of up to MOST_AT_ONCE by `weight` unless one item alone is heavier."""
    part: list[T] = []
    heavy = 0
    for item in items:
        more = weight(item)
        if part and (len(part) >= size or heavy + more > MOST_AT_ONCE):
            yield part
            part, heavy = [], 0
        part.append(item)
        heavy += more
    if part:
        yield part


def reserve(session: Session, model: type[Base], count: int) -> range | list[int]:
    """Take `count` new ids of a table, ascending. Must run inside a transaction that writes.

    SQLite has one writer, so what follows the last id is ours until the transaction ends; PostgreSQL's sequence gives them out.
    """
    name = table_of(model).name
    if session.get_bind().dialect.name == "sqlite":
        last = session.execute(text("SELECT seq FROM sqlite_sequence WHERE name = :name"), {"name": name}).scalar() or 0
        return range(last + 1, last + 1 + count)
    drawn = text("SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)")
    return sorted(session.execute(drawn, {"name": name, "count": count}).scalars())


def write(session: Session, model: type[Base], rows: Sequence[Values]) -> int:
    """Insert the rows, all of which name the same columns; returns how many there were."""
    if rows:
        session.execute(insert(table_of(model)), rows)
    return len(rows)


def known(session: Session, source: str, kind: str, ids: Collection[int]) -> dict[int, int]:
    """Which of the source's rows are in our tables: their numbers there → their ids here."""
    found: dict[int, int] = {}
    for part in in_parts(ids):
        rows = session.execute(
            select(ImportedRow.external_id, ImportedRow.local_id).where(
                ImportedRow.source == source,
                ImportedRow.kind == kind,
                ImportedRow.external_id.in_([str(number) for number in part]),
            )
        )
        found.update((int(external), local) for external, local in rows)
    return found


def remember(session: Session, source: str, kind: str, pairs: Iterable[tuple[int, int]]) -> None:
    """Keep which row of the source became which of ours."""
    write(
        session,
        ImportedRow,
        [{"source": source, "kind": kind, "external_id": str(external), "local_id": local} for external, local in pairs],
    )
