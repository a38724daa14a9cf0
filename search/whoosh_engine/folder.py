"""The folder an index lives in: which index is the live one, who may write, and what changed during a rebuild.

CURRENT         the name of the live index, replaced in one step
ix-5f3a…/       an index: Whoosh's files, FORMAT, and DAMAGED once somebody met damage in it
writer.lock     held by who changes the live index or puts another in its place
rebuild.lock    held by who is making a new index
journal         the questions that were changed while that lasts
"""

import contextlib
import fcntl
import os
import re
import secrets
import shutil
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from search.engine import IndexBusy

LOCK_PATIENCE = 20.0
"""How long a writer waits for another one, in seconds. Longer than any commit, shorter than an outbox lease."""
RACY = 50_000_000
"""Nanoseconds. File times move in steps, so a change within one step of the last look cannot be told from it."""

_NAME = re.compile(r"ix-[0-9a-f]{16}\Z")

Stamp = tuple[int, int, int]


class IndexFolder:
    """See the module's text. `made_as` is the format of new indexes. Nothing is created before somebody writes."""

    def __init__(self, root: Path, made_as: str) -> None:
        self.root = root
        self.made_as = made_as
        self._current = root / "CURRENT"
        self._journal = root / "journal"

    def live(self) -> Path | None:
        """The live index's folder; None when none was ever made or `CURRENT` is not readable as a name."""
        try:
            name = self._current.read_text("ascii", "replace").strip()
        except (FileNotFoundError, NotADirectoryError):
            return None
        return self.root / name if _NAME.match(name) else None

    def stamp(self, live: Path) -> Stamp | None:
        """Changes whenever the live index may have changed; None when that cannot be told, so one has to look."""
        try:
            current, folder = self._current.stat(), live.stat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        if time.time_ns() - max(current.st_mtime_ns, folder.st_mtime_ns) < RACY:
            return None
        return current.st_mtime_ns, current.st_ino, folder.st_mtime_ns

    @contextmanager
    def writing(self, patience: float = LOCK_PATIENCE) -> Iterator[None]:
        """Be the only writer. Raises IndexBusy when another one does not finish within `patience` seconds."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / "writer.lock").open("ab") as file:
            deadline = time.monotonic() + patience
            while not _try_lock(file):
                if time.monotonic() > deadline:
                    raise IndexBusy("another process is writing the search index")
                time.sleep(0.02)
            yield

    @contextmanager
    def rebuilding(self) -> Iterator[Path]:
        """A folder to make a new index in, removed again unless it was published. IndexBusy: somebody else makes one."""
        with contextlib.ExitStack() as stack:
            with self.writing():
                file = stack.enter_context((self.root / "rebuild.lock").open("ab"))
                if not _try_lock(file):
                    raise IndexBusy("another process is rebuilding the search index")
                self._journal.unlink(missing_ok=True)
                self._sweep()
                folder = self.root / f"ix-{secrets.token_hex(8)}"
                folder.mkdir()
            (folder / "FORMAT").write_text(self.made_as)
            try:
                yield folder
            finally:
                if self.live() != folder:
                    shutil.rmtree(folder, ignore_errors=True)

    def is_rebuilding(self) -> bool:
        """Whether a rebuild is running somewhere. Ask it only as the writer, so that no rebuild can begin meanwhile."""
        with (self.root / "rebuild.lock").open("ab") as file:
            return not _try_lock(file)

    def note(self, question_ids: Collection[int]) -> None:
        """Keep in mind what changed, for the running rebuild. Only as the writer."""
        with self._journal.open("a") as file:
            file.write("".join(f"{question_id}\n" for question_id in question_ids))

    def noted(self) -> frozenset[int]:
        """What changed since the rebuild began."""
        try:
            return frozenset(int(line) for line in self._journal.read_text().split())
        except FileNotFoundError:
            return frozenset()

    def publish(self, folder: Path) -> None:
        """Make `folder` the live index in one step, and remove all others. Only as the writer."""
        fresh = self.root / "CURRENT.new"
        with fresh.open("w") as file:
            file.write(folder.name)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._current)
        self._journal.unlink(missing_ok=True)
        self._sweep()

    def _sweep(self) -> None:
        live = self.live()
        for folder in self.root.glob("ix-*"):
            if folder != live:
                shutil.rmtree(folder, ignore_errors=True)


def _try_lock(file: IO[bytes]) -> bool:
    """Lock the file until it is closed; the system lets go of it when the process dies."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def size(folder: Path) -> int:
    """How many bytes the files of an index take."""
    return sum(file.stat().st_size for file in folder.glob("*") if file.is_file())


def report_damage(folder: Path, reason: str) -> None:
    """Tell every process, and whoever rebuilds, that this index is broken. Quietly does nothing where it cannot be written."""
    with contextlib.suppress(OSError):
        (folder / "DAMAGED").write_text(reason)


def reported_damage(folder: Path) -> str:
    """What was reported of this index; '' when nothing was."""
    try:
        return (folder / "DAMAGED").read_text("utf-8", "replace")
    except FileNotFoundError:
        return ""


def format_in(folder: Path) -> str | None:
    """How the index says that it was made; None when it does not say, so it is no whole index."""
    try:
        return (folder / "FORMAT").read_text("utf-8", "replace")
    except (FileNotFoundError, NotADirectoryError):
        return None
