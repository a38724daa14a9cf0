"""The scratch database a dump is laid out in before anything is published: on disk, so that memory stays small, and disposable.

It lies in the data folder while an import runs. Half-made ones are thrown away; a whole one, known by its files' sizes and dates,
is used again by the run after a kill.
"""

import fcntl
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.importers.bulk import AT_ONCE, MOST_AT_ONCE
from app.importers.report import PassedOver, Report
from app.importers.stackexchange.rows import DumpError

SCHEMA = """
CREATE TABLE users (id INTEGER PRIMARY KEY, line INTEGER, name TEXT, created INTEGER, seen INTEGER, about TEXT);
CREATE TABLE tags (name TEXT PRIMARY KEY, excerpt INTEGER);
CREATE TABLE posts (
    id INTEGER PRIMARY KEY, line INTEGER, kind INTEGER, thread INTEGER, accepted INTEGER, created INTEGER, score INTEGER,
    views INTEGER, body TEXT, owner INTEGER, owner_name TEXT, editor INTEGER, edited INTEGER, active INTEGER, title TEXT,
    tags TEXT, closed INTEGER, community INTEGER, licence TEXT
);
CREATE TABLE votes (id INTEGER PRIMARY KEY, line INTEGER, kind INTEGER, post INTEGER, at INTEGER, day INTEGER);
CREATE TABLE comments (
    id INTEGER PRIMARY KEY, line INTEGER, post INTEGER, score INTEGER, text TEXT, at INTEGER, user INTEGER, user_name TEXT,
    licence TEXT
);
CREATE TABLE history (
    id INTEGER PRIMARY KEY, line INTEGER, kind INTEGER, post INTEGER, guid TEXT, at INTEGER, user INTEGER, text TEXT, comment TEXT
);
CREATE TABLE links (id INTEGER PRIMARY KEY, line INTEGER, kind INTEGER, post INTEGER, related INTEGER, at INTEGER);
CREATE TABLE earned (
    id INTEGER PRIMARY KEY, post INTEGER, user INTEGER, at INTEGER, reason TEXT, delta INTEGER, withheld INTEGER
);
CREATE TABLE counted (id INTEGER PRIMARY KEY, delta INTEGER);
CREATE TABLE html_users (id INTEGER PRIMARY KEY, html TEXT);
CREATE TABLE html_posts (id INTEGER PRIMARY KEY, html TEXT);
CREATE TABLE html_comments (id INTEGER PRIMARY KEY, html TEXT);
CREATE TABLE passed_over (file TEXT, reason TEXT, count INTEGER, examples TEXT);
"""
"""Times are microseconds since 1970; `line` is the row's line in its file; a post's `thread` is its question.

Kinds are the dump's own: of posts 1 question, 2 answer, 4 the short text of a tag; of votes 1 accepted, 2 up, 3 down; of history
1 to 9 a change of title, body or tags, 10 closed; of links 1 related, 3 duplicate.
"""

INDEXES = """
CREATE INDEX posts_thread ON posts (thread, id) WHERE thread IS NOT NULL;
CREATE INDEX posts_question ON posts (id) WHERE kind = 1;
CREATE INDEX votes_post ON votes (post, kind, at);
CREATE INDEX comments_post ON comments (post, id);
CREATE INDEX history_post ON history (post, at, guid, id, kind);
CREATE INDEX links_post ON links (post);
CREATE INDEX links_related ON links (related);
"""


class Stage:
    """The scratch database, open."""

    def __init__(self, path: Path) -> None:
        self.connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-32000", "temp_store=FILE"):
            self.connection.execute(f"PRAGMA {pragma}")

    def begin(self) -> None:
        """Make its tables and begin to fill them. Nothing is undone on an error: a stage that met one is thrown away."""
        self.connection.executescript(SCHEMA)
        self.connection.execute("BEGIN")

    def commit(self) -> None:
        """Write down all of it."""
        self.connection.execute("COMMIT")

    def rows(self, query: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """The rows a query finds, as they are needed."""
        return self.connection.execute(query, values)

    def one(self, query: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        """The first row a query finds; it has to find one."""
        found: tuple[Any, ...] = self.connection.execute(query, values).fetchone()
        return found

    def do(self, statement: str, values: Sequence[Any] = ()) -> int:
        """Run a statement; returns how many rows it changed."""
        return self.connection.execute(statement, values).rowcount

    def close(self) -> None:
        self.connection.close()


class Table:
    """Rows on their way into one table of the stage, whose first column is their number; takes each number once."""

    def __init__(self, stage: Stage, name: str, columns: int) -> None:
        self._stage = stage
        self._insert = f"INSERT OR IGNORE INTO {name} VALUES ({', '.join('?' * columns)})"  # noqa: S608 - names of our own tables
        self._waiting: list[tuple[Any, ...]] = []
        self._size = 0
        self._last: int | None = None

    def add(self, row: tuple[Any, ...], size: int) -> bool:
        """Take the row, of so many characters; False when there is one of this number.

        Dumps are in order, so only what is out of order is looked up.
        """
        number = row[0]
        if self._last is None or number > self._last:
            self._last = number
            self._waiting.append(row)
            self._size += size
            if len(self._waiting) >= AT_ONCE or self._size > MOST_AT_ONCE:
                self.flush()
            return True
        self.flush()
        return self._stage.do(self._insert, row) == 1

    def flush(self) -> None:
        """Write down what waits."""
        self._stage.connection.executemany(self._insert, self._waiting)
        self._waiting.clear()
        self._size = 0


@contextmanager
def locked(folder: Path, source: str) -> Iterator[None]:
    """Only one import of a source at a time on this machine; DumpError for the second. A kill lets go of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{source}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise DumpError(f"Another import of {source} is running.") from None
        yield


def fingerprint(files: Iterable[Path], *settings: object) -> str:
    """What a stage was made from: the files' names, sizes and dates, and the settings that went into it."""
    facts = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return json.dumps([SCHEMA, facts, [str(setting) for setting in settings]])


def kept(path: Path, made_from: str) -> Stage | None:
    """The whole stage an interrupted run left, if it was made from the same; anything else that lies there is removed."""
    note = path.with_suffix(".made-from")
    if path.exists() and note.exists() and note.read_text() == made_from:
        return Stage(path)
    discard(path)
    return None


def keep(path: Path, made_from: str) -> None:
    """Say that the stage is whole.

    The note appears in one step, so a kill leaves it or leaves none; and not before the stage is on the disk, so that a power cut
    cannot leave it beside a stage with holes.
    """
    with path.open("rb") as written:
        os.fsync(written.fileno())
    note = path.with_suffix(".made-from")
    waiting = note.with_suffix(".part")
    waiting.write_text(made_from)
    waiting.replace(note)


def discard(path: Path) -> None:
    """Remove the stage, its note first, so that what is left of a removal is never taken for whole."""
    for leftover in (path.with_suffix(".made-from"), path.with_suffix(".part"), path):
        leftover.unlink(missing_ok=True)


def save_report(stage: Stage, report: Report) -> None:
    """Keep what was passed over while reading, for the run that uses this stage again."""
    for (file, reason), entry in report.passed_over.items():
        stage.do("INSERT INTO passed_over VALUES (?, ?, ?, ?)", (file, reason, entry.count, json.dumps(entry.examples)))


def load_report(stage: Stage, report: Report) -> None:
    """Put what was passed over while reading into `report`."""
    for file, reason, count, examples in stage.rows("SELECT file, reason, count, examples FROM passed_over ORDER BY rowid"):
        report.passed_over[(file, reason)] = PassedOver(count, json.loads(examples))
