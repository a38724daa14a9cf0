"""Reading a dump's file as a stream of rows, in bounded memory, whatever the file holds.

A dump's file is one element full of `<row …/>`. Expat (in Python's library) reads it; a document type, and with it every entity
of the document's own making, is refused. Expat keeps a tag in memory until it ends, so a gate before it lets no tag through that
is longer than MAX_ROW: in XML a `<` stands nowhere inside a tag, hence the next one ends whatever grew too long.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

CHUNK = 64 * 1024
MAX_ROW = 1024 * 1024
"""Bytes of one row. A post of 30,000 characters, the most the sites allow, needs less than a third of it, escaped or not."""

Attributes = dict[str, str]


class DumpError(Exception):
    """This is no dump that can be read; the message names the file, and the line where there is one."""


class Gate:
    """Lets whole tags through and keeps out those over MAX_ROW bytes; `too_long` hears the lines those began in."""

    def __init__(self, too_long: Callable[[int], None]) -> None:
        self._too_long = too_long
        self._held = bytearray()
        self._dropping = False
        self._line = 1
        self.dropped_lines = 0

    def through(self, chunk: bytes) -> bytes:
        """What may go on, now that `chunk` has come."""
        if self._dropping:
            start = chunk.find(b"<")
            self.dropped_lines += chunk.count(b"\n", 0, start if start >= 0 else len(chunk))
            if start < 0:
                return b""
            chunk = chunk[start:]
            self._dropping = False
        last = chunk.rfind(b"<")
        if last < 0:
            self._held += chunk
            passed = b""
        else:
            passed = bytes(self._held) + chunk[:last]
            self._held = bytearray(chunk[last:])
            passed = self._without_long(passed)
        if len(self._held) > MAX_ROW:
            self._drop(bytes(self._held))
            self._held.clear()
            self._dropping = True
        return passed

    def rest(self) -> bytes:
        """What is left at the end of the file."""
        return b"" if self._dropping else bytes(self._held)

    def _without_long(self, passed: bytes) -> bytes:
        """Only a tag that was being held can be too long: chunks are much shorter than MAX_ROW."""
        if len(passed) <= MAX_ROW:
            self._line += passed.count(b"\n")
            return passed
        end = passed.find(b"<", 1)
        end = len(passed) if end < 0 else end
        if end > MAX_ROW:
            self._drop(passed[:end])
            passed = passed[end:]
        self._line += passed.count(b"\n")
        return passed

    def _drop(self, tag: bytes) -> None:
        self._too_long(self._line + self.dropped_lines)
        self.dropped_lines += tag.count(b"\n")


class _Reader:
    """One file being parsed; `rows` fills as it is fed."""

    def __init__(self, name: str, root: str) -> None:
        self.name = name
        self.root = root
        self.rows: list[tuple[int, Attributes]] = []
        self.depth = 0
        self.dropped_lines = 0
        self.fed = 0
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._doctype

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber + self.dropped_lines

    def refuse(self, why: str) -> NoReturn:
        raise DumpError(f"{self.name}, line {self.line}: {why}")

    def feed(self, data: bytes, last: bool = False) -> None:
        try:
            self.parser.Parse(data, last)
        except expat.ExpatError as error:
            line = error.lineno + self.dropped_lines
            raise DumpError(f"{self.name}, line {line}: broken XML ({expat.ErrorString(error.code)}).") from None
        except (LookupError, ValueError):
            raise DumpError(f"{self.name}, line 1: an unknown text encoding; a dump is in UTF-8.") from None
        self.fed += len(data)
        if not last and self.fed - self.parser.CurrentByteIndex > 2 * MAX_ROW:
            self.refuse("something that is no row goes on for too long; this is no Stack Exchange dump.")

    def _start(self, tag: str, attributes: Attributes) -> None:
        self.depth += 1
        if self.depth == 1 and tag != self.root:
            self.refuse(f"the file begins with <{tag[:40]}> instead of <{self.root}>; this is no Stack Exchange dump.")
        if self.depth > 1 and (self.depth > 2 or tag != "row"):  # noqa: PLR2004 - rows lie directly in the root
            self.refuse(f"there is a <{tag[:40]}> where only rows belong; this is no Stack Exchange dump.")
        if self.depth > 1:
            self.rows.append((self.line, attributes))

    def _end(self, _tag: str) -> None:
        self.depth -= 1

    def _doctype(self, *_: object) -> None:
        self.refuse("there is a document type declaration, which can hide entity bombs; a dump has none, so this is refused.")


def read(
    path: Path, root: str, too_long: Callable[[int], None], progress: Callable[[int], None]
) -> Iterator[tuple[int, Attributes]]:
    """The rows of a file whose outermost element is `root`, each with its line.

    `too_long` hears the line of each row over MAX_ROW, which is left out; `progress` hears how many bytes each step took.
    Raises DumpError for what is no dump: broken XML, another root, anything that is no row, a document type, an unreadable file.
    """
    reader = _Reader(path.name, root)
    gate = Gate(too_long)
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                passed = gate.through(chunk)
                # A chunk is shorter than MAX_ROW, so what was dropped stood before everything that passes now.
                reader.dropped_lines = gate.dropped_lines
                reader.feed(passed)
                yield from reader.rows
                reader.rows.clear()
                progress(len(chunk))
            reader.feed(gate.rest(), last=True)
            yield from reader.rows
    except OSError as error:
        raise DumpError(f"{path.name} cannot be read: {error.strerror}.") from None
