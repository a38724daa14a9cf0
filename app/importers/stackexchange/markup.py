"""The texts of a dump through the text boundary, before anything is published, so that no transaction waits for it.

It is half of the work, so other processes do it while this one reads the rest of the dump, where the dump is worth their start.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from app.importers.bulk import in_parts
from app.importers.stackexchange import renderer
from app.importers.stackexchange.renderer import Text
from app.importers.stackexchange.stage import Stage

WORTH_PROCESSES = 2_000_000
"""Bytes of posts, comments and people from which on other processes are started; below, they cost more than they bring."""
PROCESSES = 2
AT_ONCE = 100
"""So many texts go to a process at once."""

ROOT = Path(__file__).resolve().parents[3]
_QUERIES = {
    "html_users": "SELECT id, about FROM users WHERE about <> '' ORDER BY id",
    "html_posts": "SELECT id, body FROM posts WHERE thread IS NOT NULL ORDER BY id",
    "html_comments": "SELECT id, text FROM comments ORDER BY id",
}
"""Where the HTML goes → whence the texts come, in the order they are needed."""

Part = tuple[str, list[Text]]


class Helper:
    """One process that renders. It is given one part at a time, so neither side ever waits for the other to read."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - a program of ours
            [sys.executable, "-m", renderer.__name__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self._input, self._output = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        self.part: Part | None = None
        """What it is at work on."""

    def give(self, part: Part) -> bool:
        """Let it render this part; False when it is gone."""
        try:
            self._input.write(json.dumps((part[0] == "html_comments", part[1])).encode() + b"\n")
            self._input.flush()
        except BrokenPipeError:
            return False
        self.part = part
        return True

    def ready(self) -> bool:
        """Whether it has something to take."""
        return bool(select.select([self._output], [], [], 0)[0])

    def take(self) -> list[Text] | None:
        """What it made of its part, waiting for it where it must; None when it died over it."""
        line = self._output.readline()
        self.part = None
        return [(number, html) for number, html in json.loads(line)] if line.endswith(b"\n") else None

    def end(self) -> None:
        """Let it go, whatever it is doing."""
        self._process.kill()
        with contextlib.suppress(BrokenPipeError):
            self._input.close()
        self._output.close()
        self._process.wait()


@contextmanager
def helpers(size: int) -> Iterator[list[Helper]]:
    """Processes to render `size` bytes in, none where that is not worth it. They end with the block, and when we are killed."""
    worth = size >= WORTH_PROCESSES and (os.cpu_count() or 1) >= PROCESSES
    started = [Helper() for _ in range(PROCESSES if worth else 0)]
    try:
        yield started
    finally:
        for helper in started:
            helper.end()


def count(stage: Stage) -> int:
    """How many texts there are to render."""
    return sum(stage.one(f"SELECT count(*) FROM ({query})")[0] for query in _QUERIES.values())  # noqa: S608 - our own queries


class Rendering:
    """Fills the stage's `html_…` tables one after the other, a little each time it is asked, beside other work."""

    def __init__(self, stage: Stage, helpers: Sequence[Helper], tick: Callable[[int], None]) -> None:
        self._stage, self._helpers, self._tick = stage, list(helpers), tick
        self._parts = {table: self._parts_of(table, query) for table, query in _QUERIES.items()}

    def go_on(self) -> None:
        """Take what is done and give out more, without waiting. Without helpers nothing happens before `finish`."""
        for helper in list(self._helpers):
            if helper.part is not None and helper.ready():
                self._take(helper)
            if helper in self._helpers and helper.part is None and (part := self._next()):
                self._give(helper, part)

    def finish(self, *tables: str) -> None:
        """Do the rest of these tables, unless named of all, here too, and wait until all of it is done."""
        self.go_on()
        for table in tables or _QUERIES:
            for part in self._parts[table]:
                self._render(part)
                self.go_on()
            for helper in list(self._helpers):
                if helper.part is not None and helper.part[0] == table:
                    self._take(helper)

    def _next(self) -> Part | None:
        return next((part for parts in self._parts.values() for part in parts), None)

    def _parts_of(self, table: str, query: str) -> Iterator[Part]:
        for part in in_parts(self._stage.rows(query), AT_ONCE, weight=lambda text: len(text[1])):
            yield table, part

    def _give(self, helper: Helper, part: Part) -> None:
        if not helper.give(part):
            self._helpers.remove(helper)
            self._render(part)

    def _take(self, helper: Helper) -> None:
        part = helper.part
        found = helper.take()
        if part is not None and found is not None:
            self._keep(part[0], found)
        elif part is not None:
            self._helpers.remove(helper)
            self._render(part)

    def _render(self, part: Part) -> None:
        self._keep(part[0], renderer.rendered(part[0] == "html_comments", part[1]))

    def _keep(self, table: str, found: list[Text]) -> None:
        self._stage.connection.executemany(f"INSERT INTO {table} VALUES (?, ?)", found)  # noqa: S608 - a table of ours
        self._tick(len(found))
