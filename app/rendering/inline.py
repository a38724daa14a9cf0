"""What stands within a line: code spans, escapes, links, pictures, and the few HTML tags that are obeyed.

They replace the library's rules of the same names. Those look for the end of a link or a code span character by character from
every beginning, to the end of the text where there is none; these read forwards once, in one regular expression.
"""

import re
from xml.etree.ElementTree import Element

from markdown.inlinepatterns import (
    BacktickInlineProcessor,
    EscapeInlineProcessor,
    ImageInlineProcessor,
    ImageReferenceInlineProcessor,
    InlineProcessor,
    LinkInlineProcessor,
    ReferenceInlineProcessor,
    ShortImageReferenceInlineProcessor,
    ShortReferenceInlineProcessor,
)
from markdown.util import AMP_SUBSTITUTE, AtomicString, code_escape

MAX_TICKS = 12  # backticks that may open a code span

_BRACKET = re.compile(r"[\[\]]")
_MAX_LABEL = 1_000
_MAX_BRACKETS_DEEP = 8
# `(<address> "title")`: one level of round brackets inside the address; no part is read twice.
_TARGET = re.compile(
    r"""\(\s*+
        (?: <(?P<angled>[^<>\n]*+)> | (?P<bare>(?:[^\s()<>]|\([^\s()]*+\))*+) )
        (?:\s++(?: "(?P<double>[^"]*+)" | '(?P<single>[^']*+)' ))?+
        \s*+\)""",
    re.VERBOSE,
)
_LABEL = re.compile(r"\s?\[([^\[\]]*+)\]")
_TICKS = re.compile("`+")
_CLOSING_TICKS = [re.compile(f"(?<!`){'`' * count}(?!`)") for count in range(MAX_TICKS + 1)]


class CodeSpan(BacktickInlineProcessor):
    """A code span ends at the next run of as many backticks; without one its backticks are only backticks."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own signature differs from its base
        self, m: re.Match[str], data: str
    ) -> tuple[Element | str | None, int | None, int | None]:
        if m.group(1):
            return super().handleMatch(m, data)
        start = m.start()
        opening = _TICKS.match(data, start)
        end = opening.end() if opening else start + 1
        closing = _CLOSING_TICKS[end - start].search(data, end) if end - start <= MAX_TICKS else None
        if not closing:
            return None, start, end
        code = Element("code")
        code.text = AtomicString(code_escape(data[end : closing.start()].strip()))
        return code, start, closing.end()


class Escape(EscapeInlineProcessor):
    """A backslash before any punctuation or the end of a line. `\\&lt;` must show `&lt;`: its ampersand is escaped for good."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own signature differs from its base
        self, m: re.Match[str], data: str
    ) -> tuple[Element | str | None, int | None, int | None]:
        if m.group(1) == "&":
            return f"{AMP_SUBSTITUTE}amp;", m.start(), m.end()
        if m.group(1) == "\n":
            return Element("br"), m.start(), m.end()
        return super().handleMatch(m, data)


class Words(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own signature differs from its base
        self, m: re.Match[str], data: str
    ) -> tuple[Element | str | None, int | None, int | None]:
        element = Element(m.group(1))
        element.text = m.group(2)
        return element, m.start(), m.end()


class ReadOnce(LinkInlineProcessor):
    """How links, images and references read their parts: forwards, once, and not for ever."""

    def getText(self, data: str, index: int) -> tuple[str, int, bool]:  # noqa: N802 - the library's name
        depth = 1
        for bracket in _BRACKET.finditer(data, index, index + _MAX_LABEL):
            depth += 1 if bracket.group() == "[" else -1
            if depth == 0:
                return data[index : bracket.start()], bracket.end(), True
            if depth > _MAX_BRACKETS_DEEP:
                break
        return "", index, False

    def getLink(self, data: str, index: int) -> tuple[str, str | None, int, bool]:  # noqa: N802 - the library's name
        target = _TARGET.match(data, index)
        if not target:
            return "", None, index, False
        href = target["angled"] if target["angled"] is not None else target["bare"]
        title = target["double"] if target["double"] is not None else target["single"]
        return self.unescape(href).strip(), self.unescape(title) if title else None, target.end(), True


class Labelled(ReadOnce, ReferenceInlineProcessor):
    def evalId(self, data: str, index: int, text: str) -> tuple[str | None, int, bool]:  # noqa: N802 - the library's name
        label = _LABEL.match(data, index)
        return ((label.group(1) or text).lower(), label.end(), True) if label else (None, index, False)


class Image(ReadOnce, ImageInlineProcessor):
    pass


class ImageReference(Labelled, ImageReferenceInlineProcessor):
    pass


class ShortReference(ReadOnce, ShortReferenceInlineProcessor):
    pass


class ShortImageReference(ReadOnce, ShortImageReferenceInlineProcessor):
    pass
