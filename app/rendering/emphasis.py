"""Emphasis: `*`, `_` and `~~`, paired as CommonMark pairs them (specification 0.31, "delimiter stack").

The library's own rule drops letters where runs of different length meet without a space: `*a**b*cde` loses its `c`. This one
pairs all runs of a text in one go and builds the whole rest of the text at once. In two points it is more lenient than
CommonMark, for scripts that put no spaces between words: what stands beside a sign is only asked whether it is a space, and
beside `_` whether it is a letter.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from xml.etree.ElementTree import Element, SubElement

from markdown.inlinepatterns import InlineProcessor
from markdown.util import ETX, STX

MAX_DEPTH = 8

_RUN = re.compile(r"\*+|_+|~+")
_SIGN = re.compile(r"[*_~]")
_TAGS = {"*1": "em", "*2": "strong", "_1": "em", "_2": "strong", "~2": "del"}


@dataclass
class _Run:
    """Signs in a row; `start` and `end` enclose those that are not paired yet."""

    sign: str
    start: int
    end: int
    length: int
    opens: bool
    closes: bool

    @property
    def left(self) -> int:
        return self.end - self.start

    def can_end(self, opener: "_Run") -> bool:
        if opener.sign != self.sign:
            return False
        # "The rule of three": in `*a**b*` the two signs in the middle neither end what one sign began nor begin anew.
        either_way = opener.closes or self.opens
        unequal = opener.length % 3 != 0 or self.length % 3 != 0
        return not (self.sign != "~" and either_way and (opener.length + self.length) % 3 == 0 and unequal)


class Emphasis(InlineProcessor):
    """Replaces the text from the first sign to its end by a `span`, which the boundary takes off again."""

    def __init__(self) -> None:
        super().__init__(_SIGN.pattern)

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own signature differs from its base
        self, m: re.Match[str], data: str
    ) -> tuple[Element | str | None, int | None, int | None]:
        tags = _pair(_runs(data, m.start()))
        return (_build(data, m.start(), tags) if tags else None), m.start(), len(data)


def _runs(text: str, at: int) -> list[_Run]:
    found = []
    for run in _RUN.finditer(text, at):
        start, end = run.span()
        before, after = text[start - 1 : start], text[end : end + 1]
        opens, closes = bool(after) and not after.isspace(), bool(before) and not before.isspace()
        if text[start] == "_":
            opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
        found.append(_Run(text[start], start, end, end - start, opens, closes))
    return found


def _pair(runs: list[_Run]) -> dict[int, tuple[str, int]]:
    """Where a tag begins or ends → its name, after a slash where it ends, and how many signs it takes the place of."""
    tags: dict[int, tuple[str, int]] = {}
    openers: list[_Run] = []
    hopeless: defaultdict[tuple[str, bool, int], int] = defaultdict(int)  # below it are no openers for such a closer
    for run in runs:
        kind = (run.sign, run.opens, run.length % 3)
        while run.closes and run.left:
            at = next((at for at in range(len(openers) - 1, hopeless[kind] - 1, -1) if run.can_end(openers[at])), None)
            if at is None:
                hopeless[kind] = len(openers)
                break
            opener = openers[at]
            width = min(2, opener.left, run.left)
            tag = _TAGS.get(f"{run.sign}{width}")
            if tag is None:
                break
            opener.end -= width
            tags[opener.end] = (tag, width)
            tags[run.start] = (f"/{tag}", width)
            run.start += width
            del openers[at + bool(opener.left) :]
            for other, bottom in hopeless.items():
                hopeless[other] = min(bottom, len(openers))
        if run.left and run.opens:
            openers.append(run)
    return tags


def _build(text: str, at: int, tags: dict[int, tuple[str, int]]) -> Element:
    whole = Element("span")
    path: list[Element | None] = [whole]  # None for what is too deep

    def write(words: str) -> None:
        inner = next(element for element in reversed(path) if element is not None)
        words = _SIGN.sub(lambda sign: f"{STX}{ord(sign.group())}{ETX}", words)  # nobody is to read them as signs again
        if len(inner):
            inner[-1].tail = (inner[-1].tail or "") + words
        else:
            inner.text = (inner.text or "") + words

    for start, (tag, width) in sorted(tags.items()):
        write(text[at:start])
        at = start + width
        if tag.startswith("/"):
            element = path.pop()
        else:
            element = SubElement(path[-1], tag) if path[-1] is not None and len(path) <= MAX_DEPTH else None
            path.append(element)
        if element is None:
            write(text[start:at])
    write(text[at:])
    return whole
