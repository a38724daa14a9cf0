"""Whoosh's files: opened so that they are closed again, and read so that they are not copied.

Whoosh leaves files open when something is raised, until the interpreter happens to collect them. And it copies every part of a
segment into memory when it opens it: 23 MB for 11,700 posts, in every process. `Parts` reads what is asked for, where it lies. It
maps nothing either, because a mapped file that somebody cuts takes the process down with it.
"""

import os
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whoosh.filedb.compound import CompoundStorage
from whoosh.filedb.filestore import FileStorage
from whoosh.filedb.structfile import StructFile

LOOK_AHEAD = 512
"""Bytes that are read at once for a pickle; nearly all are shorter."""


class Files(FileStorage):  # type: ignore[misc]  # Whoosh has no types
    """The folder as Whoosh wants it. `let_go` closes what was opened or made through it and is still open."""

    def __init__(self, folder: Path | str, opened: "list[Any] | None" = None) -> None:
        super().__init__(str(folder))
        self._opened: list[Any] = [] if opened is None else opened

    def open_file(self, name: str, **options: object) -> Any:  # noqa: ANN401 - Whoosh has no types
        self._opened.append(super().open_file(name, **options))
        return self._opened[-1]

    def create_file(self, name: str, **options: object) -> Any:  # noqa: ANN401 - Whoosh has no types
        self._opened.append(super().create_file(name, **options))
        return self._opened[-1]

    def temp_storage(self, name: str | None = None) -> "Files":
        if name is None:
            raise ValueError("Whoosh names the folders of its own temporary files")
        return Files(Path(self.folder) / name, self._opened).create()  # type: ignore[no-any-return]  # Whoosh has no types

    def let_go(self) -> None:
        for file in self._opened:
            if not file.is_closed:
                with suppress(OSError):  # what cannot be written out now was not written before either, and that was raised
                    file.close()
        self._opened.clear()


class Parts(CompoundStorage):  # type: ignore[misc]  # Whoosh has no types
    """The parts of a segment, which Whoosh keeps in one file. Goes on reading that file when it was deleted meanwhile."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            super().__init__(StructFile(opened), use_mmap=False)
        self._descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._descriptor)

    def open_file(self, name: str, *_: object, **__: object) -> "_Part":
        start, length = self.range(name)
        return _Part(self, self._descriptor, start, length, name)


class _Part(StructFile):  # type: ignore[misc]  # Whoosh has no types
    """One part of a segment, as Whoosh reads files."""

    def __init__(self, parts: Parts, descriptor: int, start: int, length: int, name: str) -> None:
        super().__init__(_Reading(descriptor, start, length), name=name)
        self._parts = parts  # keeps the descriptor open

    def get(self, position: int, length: int) -> bytes:
        found: bytes = self.file.at(position, length)
        if len(found) != length:
            raise EOFError(f"{self._name} ends early")
        return found


class _Reading:
    """A place in a part, and what Whoosh and pickle want of an open file."""

    def __init__(self, descriptor: int, start: int, length: int) -> None:
        self._descriptor, self._start, self._length = descriptor, start, length
        self._place = 0

    def at(self, place: int, count: int) -> bytes:
        if place < 0:
            raise EOFError("an address before the beginning")
        return os.pread(self._descriptor, max(0, min(count, self._length - place)), self._start + place)

    def read(self, count: int = -1) -> bytes:
        found = self.at(self._place, self._length if count < 0 else count)
        self._place += len(found)
        return found

    def peek(self, count: int) -> bytes:
        return self.at(self._place, min(count, LOOK_AHEAD))

    def readline(self) -> bytes:
        line = b""
        while piece := self.at(self._place + len(line), LOOK_AHEAD):
            head, newline, _ = piece.partition(b"\n")
            line += head + newline
            if newline:
                break
        self._place += len(line)
        return line

    def seek(self, place: int, whence: int = os.SEEK_SET) -> None:
        self._place = place + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self._length}[whence]

    def tell(self) -> int:
        return self._place


@contextmanager
def closing_after_failure(files: Files) -> Iterator[None]:
    """Close everything when something is raised."""
    try:
        yield
    except BaseException:
        files.let_go()
        raise
