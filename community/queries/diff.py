"""What changed between two texts: by lines, and by words within lines that were rewritten."""

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher

Part = tuple[str, str]
"""(op, text): op " " stayed, "-" was taken out, "+" was put in."""

MOST_COMPARED = 250_000
"""Lines (or words) of one text times those of the other: beyond it, what differs is shown as a whole.

difflib takes quadratic time; this many take about 0.1 s at worst. A post of everyday length stays far below."""

_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


def diff(old: str, new: str) -> tuple[Part, ...]:
    """The way from `old` to `new`. The parts with " " and "-" joined are the old text, those with " " and "+" the new one."""
    return tuple(_joined(_by_lines(old.splitlines(keepends=True), new.splitlines(keepends=True))))


def _by_lines(old: Sequence[str], new: Sequence[str]) -> Iterable[Part]:
    for op, before, after in _compared(old, new):
        if op == "equal":
            yield " ", "".join(before)
        else:
            yield from _by_words("".join(before), "".join(after))


def _by_words(old: str, new: str) -> Iterable[Part]:
    for op, before, after in _compared(_WORDS.findall(old), _WORDS.findall(new)):
        if op == "equal":
            yield " ", "".join(before)
        else:
            yield "-", "".join(before)
            yield "+", "".join(after)


def _compared(old: Sequence[str], new: Sequence[str]) -> Iterable[tuple[str, Sequence[str], Sequence[str]]]:
    """(op, of old, of new) in order, what both begin and end with taken off first."""
    begin = 0
    while begin < min(len(old), len(new)) and old[begin] == new[begin]:
        begin += 1
    end = 0
    while end < min(len(old), len(new)) - begin and old[-1 - end] == new[-1 - end]:
        end += 1
    a, b = old[begin : len(old) - end], new[begin : len(new) - end]
    yield "equal", old[:begin], new[:begin]
    if len(a) * len(b) > MOST_COMPARED:
        yield "replace", a, b
    else:
        for op, a1, a2, b1, b2 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
            yield ("equal" if op == "equal" else "replace"), a[a1:a2], b[b1:b2]
    yield "equal", old[len(old) - end :], new[len(new) - end :]


def _joined(parts: Iterable[Part]) -> Iterable[Part]:
    """Neighbours of one kind as one part; empty ones left out."""
    op, text = " ", ""
    for next_op, more in parts:
        if not more:
            continue
        if next_op == op:
            text += more
            continue
        if text:
            yield op, text
        op, text = next_op, more
    if text:
        yield op, text
