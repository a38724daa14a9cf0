"""Who may write an index, and who may make a new one, by each database's own means.

PostgreSQL's advisory locks: writers of different questions do not wait for each other, and whoever puts a new index in the old
one's place waits for all of them. SQLite has one writer at a time anyway; who makes a new index locks a file, which the system
lets go of with the process.
"""

import fcntl
import os
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.sql import func

from search.engine import IndexBusy

PATIENCE_MS = 20_000
"""How long a writer waits for another one on PostgreSQL. Longer than any commit, shorter than an outbox lease."""

_INDEX, _QUESTIONS = 0x5EA7C4, 0x5EA7C5
"""The first half of our advisory locks' numbers. Of the index the second half is 0 for its writers, 1 for who makes a new one."""


class Locks(Protocol):
    """The locks of one database."""

    def write(self, connection: Connection, question_ids: Collection[int], patience_ms: int) -> None:
        """Until the transaction ends, be the only writer of these questions. May raise what `is_busy` knows."""
        ...

    def write_everything(self, connection: Connection) -> None:
        """Until the transaction ends, be the only writer. May raise what `is_busy` knows."""
        ...

    def rebuilding(self) -> AbstractContextManager[None]:
        """Be the only one who makes a new index. Raises IndexBusy when another one is at it."""
        ...

    def is_rebuilding(self) -> bool:
        """Whether somebody makes a new index just now."""
        ...

    def is_busy(self, error: DBAPIError) -> bool:
        """Whether the error says that another writer did not finish in time."""
        ...


class PostgresLocks:
    """See the module's text."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def write(self, connection: Connection, question_ids: Collection[int], patience_ms: int) -> None:
        self._wait(connection, patience_ms)
        connection.execute(select(func.pg_advisory_xact_lock_shared(_INDEX, 0)))
        for question_id in sorted(question_ids):
            connection.execute(select(func.pg_advisory_xact_lock(_QUESTIONS, question_id)))

    def write_everything(self, connection: Connection) -> None:
        self._wait(connection, PATIENCE_MS)
        connection.execute(select(func.pg_advisory_xact_lock(_INDEX, 0)))

    def _wait(self, connection: Connection, patience_ms: int) -> None:
        connection.execute(select(func.set_config("lock_timeout", f"{patience_ms}ms", True)))

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        # A connection of its own, so that the lock is let go of with the process, and with the connection.
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(select(func.pg_try_advisory_lock(_INDEX, 1))).scalar_one():
                raise IndexBusy("another process is rebuilding the search index")
            try:
                yield
            finally:
                connection.execute(select(func.pg_advisory_unlock(_INDEX, 1)))

    def is_rebuilding(self) -> bool:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.execute(select(func.pg_try_advisory_lock_shared(_INDEX, 1))).scalar_one():
                return True
            connection.execute(select(func.pg_advisory_unlock_shared(_INDEX, 1)))
            return False

    def is_busy(self, error: DBAPIError) -> bool:
        return getattr(error.orig, "sqlstate", None) in {"55P03", "40P01"}  # lock_not_available, deadlock_detected


class SqliteLocks:
    """See the module's text."""

    def __init__(self, engine: Engine) -> None:
        self._file = Path(f"{engine.url.database}.search-lock")

    def write(self, connection: Connection, question_ids: Collection[int], patience_ms: int) -> None:
        """The transaction has begun as the only writer already."""

    def write_everything(self, connection: Connection) -> None:
        """Likewise."""

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        with self._locked() as mine:
            if not mine:
                raise IndexBusy("another process is rebuilding the search index")
            yield

    def is_rebuilding(self) -> bool:
        with self._locked() as mine:
            return not mine

    @contextmanager
    def _locked(self) -> Iterator[bool]:
        descriptor = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
        finally:
            os.close(descriptor)

    def is_busy(self, error: DBAPIError) -> bool:
        return isinstance(error, OperationalError) and "locked" in str(error.orig)
