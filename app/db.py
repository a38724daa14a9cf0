"""The database: base class, naming convention, UTC type, SQLite's settings, and the transaction every verb runs in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, Text, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.types import TypeDecorator

SQLITE_BUSY_MS = 10_000
"""How long a writer waits for another one, in milliseconds, before it gives up."""


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(TypeDecorator[datetime]):
    """A moment in UTC. Takes and gives aware datetimes only; a naive one raises ValueError."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """What every model derives from: constraints have names, text has no length, times are UTC."""

    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map={datetime: UTCDateTime, str: Text})


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": False})


def prepare_engine(engine: Engine) -> None:
    """Give a SQLite engine its settings and its explicit transactions; other databases need nothing.

    Python's driver begins a transaction late and only as a reader, so two writers that both read first can never upgrade
    and one of them fails at once with "database is locked". A verb therefore begins as a writer (`BEGIN IMMEDIATE`) and
    waits its turn; everything else begins as a reader.
    """
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _record: object) -> None:  # noqa: ANN401 - the driver's own connection type
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            f"busy_timeout={SQLITE_BUSY_MS}",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-2000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writes") else "BEGIN")


READ_ISOLATION = "REPEATABLE READ"
"""PostgreSQL's isolation for what only reads: a page and the versions it is stored under are of one moment. (On SQLite every
transaction is.) A verb reads committed rows instead, since it waits for a row and then has to see what became of it."""
_WRITER = {"writes": True}

_OPEN = "bestbefore_transaction"
_BEFORE = "bestbefore_before_commit"
_AFTER = "bestbefore_after_commit"


@contextmanager
def transaction() -> Iterator[Session]:
    """The one transaction of a verb: all of it is committed, or nothing.

    A verb called inside another's transaction joins it. What a page has read before is let go of first, so that the verb sees
    the present state; unsaved changes left lying about by somebody else raise AssertionError.
    """
    session = db.session()
    if session.info.get(_OPEN):
        yield session
        return
    if session.in_transaction():
        if session.new or session.dirty or session.deleted:
            raise AssertionError("changes made outside a verb")
        session.rollback()
    session.info[_OPEN] = True
    session.info[_BEFORE], session.info[_AFTER] = {}, {}
    try:
        on_sqlite = session.get_bind().dialect.name == "sqlite"
        session.connection(execution_options=_WRITER if on_sqlite else {**_WRITER, "isolation_level": "READ COMMITTED"})
        yield session
        session.flush()
        for act in list(session.info[_BEFORE].values()):
            act(session)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info.pop(_OPEN, None)
        after = session.info.pop(_AFTER, {})
        session.info.pop(_BEFORE, None)
    for act in after.values():
        act()


def insert_into(session: Session, model: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """An INSERT for the database in use, that can say what happens when the row is there already (`on_conflict_do_…`)."""
    return sqlite.insert(model) if session.get_bind().dialect.name == "sqlite" else postgresql.insert(model)


def before_commit(session: Session, key: str, act: Callable[[Session], None]) -> None:
    """Run `act(session)` as the transaction's last statements; a second call with the same key changes nothing."""
    session.info[_BEFORE].setdefault(key, act)


def after_commit(session: Session, key: str, act: Callable[[], None]) -> None:
    """Run `act()` once the transaction is committed, never when it is rolled back; once per key."""
    session.info[_AFTER].setdefault(key, act)
