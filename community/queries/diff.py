"""What changed between two texts: lines that went and lines that came, and in them the words that make the difference."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from operator import itemgetter

MOST_COMPARED = 250_000
"""Lines (or words) of one text times those of the other, in all comparisons of one diff together; what is beyond it is shown as
a whole.

difflib takes quadratic time, and cubic where the same words come again and again between different ones: this many take 0.4 s at
worst, and a post made of many such paragraphs took 14 s before the limit was one for all. Everyday posts stay far below."""

LITTLE_IN_COMMON = 1 / 3
"""Lines that share less than this of their letters are shown as other lines, not as rewritten ones."""

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")

Piece = tuple[bool, str]
"""(whether it differs, words)."""


@dataclass(frozen=True)
class Line:
    """A line that stayed (" "), went ("-") or came ("+")."""

    op: str
    pieces: tuple[Piece, ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "".join(words for _, words in self.pieces)


class _Effort:
    """How much may still be compared."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spend(self, wanted: int) -> bool:
        """Use up so much; False, and nothing is used, where less is left."""
        if wanted > self._left:
            return False
        self._left -= wanted
        return True


def diff(old: str, new: str) -> tuple[Line, ...]:
    """The way from `old` to `new`. The lines with " " and "-" are the old text, those with " " and "+" the new one."""
    effort = _Effort(MOST_COMPARED)
    lines: list[Line] = []
    for same, before, after in _compared(old.splitlines(), new.splitlines(), effort):
        if same:
            lines += [Line(" ", ((False, line),) if line else ()) for line in before]
        else:
            lines += _rewritten("\n".join(before), "\n".join(after), bool(before), bool(after), effort)
    return tuple(lines)


def _rewritten(old: str, new: str, had_lines: bool, has_lines: bool, effort: _Effort) -> Iterator[Line]:
    went, came = _marked(list(_compared(_WORDS.findall(old), _WORDS.findall(new), effort)))
    if had_lines:
        yield from (Line("-", line) for line in _in_lines(went))
    if has_lines:
        yield from (Line("+", line) for line in _in_lines(came))


def _marked(parts: Sequence[tuple[bool, Sequence[str], Sequence[str]]]) -> tuple[list[Piece], list[Piece]]:
    """Both texts with what differs marked: where they have little in common all of it, and never the spaces between alone."""
    kept = sum(len(word) for same, words, _ in parts if same for word in words if not word.isspace())
    longest = max(
        sum(len(word) for _, before, _ in parts for word in before if not word.isspace()),
        sum(len(word) for _, _, after in parts for word in after if not word.isspace()),
    )
    alike = kept >= longest * LITTLE_IN_COMMON
    went: list[Piece] = []
    came: list[Piece] = []
    for number, (same, before, after) in enumerate(parts):
        between = 0 < number < len(parts) - 1 and all(word.isspace() and "\n" not in word for word in before)
        differs = not (same and alike) or (between and bool(before))
        went.append((differs, "".join(before)))
        came.append((differs, "".join(after)))
    return _joined(went), _joined(came)


def _joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Neighbours of one kind as one piece, empty ones left out."""
    filled = [piece for piece in pieces if piece[1]]
    return [(differs, "".join(words for _, words in group)) for differs, group in groupby(filled, key=itemgetter(0))]


def _compared(old: Sequence[str], new: Sequence[str], effort: _Effort) -> Iterator[tuple[bool, Sequence[str], Sequence[str]]]:
    """(whether the same, part of old, part of new) in order. What both begin and end with is taken off first."""
    shorter = min(len(old), len(new))
    begin = end = 0
    while begin < shorter and old[begin] == new[begin]:
        begin += 1
    while end < shorter - begin and old[-1 - end] == new[-1 - end]:
        end += 1
    a, b = old[begin : len(old) - end], new[begin : len(new) - end]
    yield True, old[:begin], new[:begin]
    if not effort.spend(len(a) * len(b)):
        yield False, a, b
    else:
        for op, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            yield op == "equal", a[a1:a2], b[b1:b2]
    yield True, old[len(old) - end :], new[len(new) - end :]


def _in_lines(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Pieces cut where lines end, empty ones left out."""
    line: list[Piece] = []
    for differs, words in pieces:
        first, *more = words.split("\n")
        line.append((differs, first))
        for part in more:
            yield tuple(piece for piece in line if piece[1])
            line = [(differs, part)]
    yield tuple(piece for piece in line if piece[1])
