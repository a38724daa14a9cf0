"""Whoosh's files in a folder, all of them closed at the end, whatever happened in between.

Whoosh leaves files open when something is raised, until the interpreter happens to collect them.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage


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


@contextmanager
def closing_after_failure(files: Files) -> Iterator[None]:
    """Close everything when something is raised."""
    try:
        yield
    except BaseException:
        files.let_go()
        raise
