"""Markdown as the forum speaks it: Python-Markdown with tables, sane lists and fences, without raw HTML, and in bounded time.

Raw HTML is text: somebody who writes `<router>` wants to see `<router>`. Only `<kbd>`, `<sub>`, `<sup>`, `<ins>`, `<b>` and the
like around a few words and `<br>` are obeyed, because imported posts use them and Markdown has no sign for most of them.

Python-Markdown has several places where time grows with the square of the text (unpaired brackets and backticks, titles of
links, wide tables). They are replaced here by rules that read on in one regular expression without going back. What remains
costs time per sign and per element, so `Effort` bounds how many a post may have; a person does not come near. Beyond it the
text stands as it was typed.
"""

import re
import string
from collections.abc import Callable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.blockparser import BlockParser
from markdown.blockprocessors import ReferenceProcessor
from markdown.extensions.sane_lists import SaneListExtension
from markdown.extensions.tables import TableProcessor
from markdown.inlinepatterns import (
    BACKTICK_RE,
    ESCAPE_RE,
    IMAGE_LINK_RE,
    IMAGE_REFERENCE_RE,
    LINK_RE,
    REFERENCE_RE,
    BacktickInlineProcessor,
    EscapeInlineProcessor,
    ImageInlineProcessor,
    ImageReferenceInlineProcessor,
    InlineProcessor,
    LinkInlineProcessor,
    ReferenceInlineProcessor,
    ShortImageReferenceInlineProcessor,
    ShortReferenceInlineProcessor,
    SubstituteTagInlineProcessor,
)
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AMP_SUBSTITUTE, AtomicString, code_escape

from app.rendering.layout import lay_out

MAX_SIGNS = 2_000  # characters of a post, outside code, that may mean markup
MAX_BLOCKS = 1_000  # paragraphs, items, headings and empty lines of a post
MAX_CELLS = 1_000  # table cells of a post
MAX_COLUMNS = 30
MAX_TICKS = 12  # backticks that may open a code span

_SIGNS = re.compile(r"[\[\]`*_~<&\\]|://|  \n")
_BLOCK = re.compile(r"^[ >]*+(?:$|(?:[-#]|\d+\.) )", re.MULTILINE)
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
_WORDS_IN_TAGS = r"<(kbd|sub|sup|ins|del|b|i|s|strong|em|strike)>([^<>]{1,500})</\1>"
_TABLE_RULE = re.compile(r"(?=[ |:]*-)[ |:-]++")


class TooMuch(Exception):
    """The post has more structure than is parsed; it is to be shown as it was typed."""


@dataclass
class Effort:
    """What may still be spent on the post at hand."""

    signs: int = MAX_SIGNS
    cells: int = MAX_CELLS

    def renew(self) -> None:
        self.signs, self.cells = MAX_SIGNS, MAX_CELLS


class Dialect:
    """A parser with its state; not to be shared between threads, nor used again after it raised."""

    def __init__(self, build: Callable[[Effort], Markdown]) -> None:
        self._effort = Effort()
        self._parser = build(self._effort)

    def to_html(self, source: str) -> str:
        """HTML of cleaned Markdown, well-formed but not to be trusted.

        Raises TooMuch, and RecursionError where the caller has left little of the stack.
        """
        self._effort.renew()
        self._parser.reset()
        return self._parser.convert(source)


def posts() -> Dialect:
    """The whole dialect."""
    return Dialect(_posts)


def comments() -> Dialect:
    """One paragraph of words, code, emphasis and links."""
    return Dialect(_comments)


def _posts(effort: Effort) -> Markdown:
    parser = _common(effort)
    parser.preprocessors.register(_Layout(parser), "layout", 30)
    blocks = parser.parser.blockprocessors
    blocks.register(_Table(parser.parser, effort), "table", 75)
    blocks.register(_Reference(parser.parser), "reference", 15)
    inline = parser.inlinePatterns
    inline.register(_Labelled(REFERENCE_RE, parser), "reference", 170)
    inline.register(_Image(IMAGE_LINK_RE, parser), "image_link", 150)
    inline.register(_ImageReference(IMAGE_REFERENCE_RE, parser), "image_reference", 140)
    inline.register(_ShortReference(REFERENCE_RE, parser), "short_reference", 130)
    inline.register(_ShortImageReference(IMAGE_REFERENCE_RE, parser), "short_image_ref", 125)
    inline.register(SubstituteTagInlineProcessor(r"<br ?/?>", "br"), "break", 95)
    inline.register(_Words(_WORDS_IN_TAGS), "html", 90)
    inline.register(_Words(_WORDS_IN_TAGS), "html_around_html", 89)
    return parser


def _comments(effort: Effort) -> Markdown:
    parser = _common(effort)
    for name in ("indent", "code", "hashheader", "setextheader", "hr", "olist", "ulist", "quote", "reference"):
        parser.parser.blockprocessors.deregister(name)
    for name in ("reference", "image_link", "image_reference", "short_reference", "short_image_ref", "linebreak", "html"):
        parser.inlinePatterns.deregister(name)
    return parser


def _common(effort: Effort) -> Markdown:
    parser = Markdown(output_format="html", extensions=[SaneListExtension()])
    parser.ESCAPED_CHARS = list(string.punctuation)
    parser.preprocessors.deregister("normalize_whitespace")  # `clean_source` and the layout have done it, and kept tabs in code
    parser.preprocessors.deregister("html_block")
    parser.treeprocessors.register(_Thrift(effort), "thrift", 25)
    inline = parser.inlinePatterns
    inline.register(_CodeSpan(BACKTICK_RE), "backtick", 190)
    inline.register(_Escape(ESCAPE_RE, parser), "escape", 180)
    inline.register(_ReadOnce(LINK_RE, parser), "link", 160)
    if parser.delimiters:
        parser.delimiters.add("~", "del", double=True)
    return parser


class _Layout(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        laid_out = lay_out(lines, self.md.htmlStash.store)
        while laid_out and not laid_out[-1]:
            laid_out.pop()
        if len(_BLOCK.findall("\n".join(laid_out))) > MAX_BLOCKS:
            raise TooMuch
        return laid_out


class _Thrift(Treeprocessor):
    """Texts for which nothing is left to spend are no longer looked into: their signs are shown, not obeyed."""

    def __init__(self, effort: Effort) -> None:
        super().__init__()
        self.effort = effort

    def run(self, root: Element) -> None:
        for element in root.iter():
            if element.text and not isinstance(element.text, AtomicString):
                element.text = self._spend(element.text)
            if element.tail and not isinstance(element.tail, AtomicString):
                element.tail = self._spend(element.tail)

    def _spend(self, text: str) -> str:
        self.effort.signs -= len(_SIGNS.findall(text))
        return text if self.effort.signs >= 0 else AtomicString(text)


class _Table(TableProcessor):
    """Tables whose size is known before a cell is made: every row gets as many cells as the header, however short it is."""

    def __init__(self, parser: BlockParser, effort: Effort) -> None:
        super().__init__(parser, {"use_align_attribute": True})
        self.effort = effort

    def test(self, parent: Element, block: str) -> bool:
        rows = block.split("\n", 2)
        if len(rows) < 2 or not _TABLE_RULE.fullmatch(rows[1]) or rows[0].count("|") > MAX_COLUMNS:  # noqa: PLR2004 - head and rule
            return False
        lines = block.split("\n")
        if any(line.count("|") > MAX_COLUMNS or line.count("`") > 4 * MAX_COLUMNS for line in lines):
            return False
        if len(lines) * rows[0].count("|") > self.effort.cells or not super().test(parent, block):
            return False
        self.effort.cells -= len(lines) * len(self.separator)
        return True


class _Reference(ReferenceProcessor):
    """`[label]: address "title"` on one line. The library's rule tries every pair of quotes in the title with every other."""

    RE = re.compile(r"^[ ]{0,3}\[([^\[\]\n]+)\]:[ ]*(\S++)[ ]*(?:()([\"'(])([^\n]*)[\"')][ ]*)?$()", re.MULTILINE)


class _CodeSpan(BacktickInlineProcessor):
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


class _Escape(EscapeInlineProcessor):
    """A backslash before any punctuation or the end of a line. `\\&lt;` must show `&lt;`: its ampersand is escaped for good."""

    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own signature differs from its base
        self, m: re.Match[str], data: str
    ) -> tuple[Element | str | None, int | None, int | None]:
        if m.group(1) == "&":
            return f"{AMP_SUBSTITUTE}amp;", m.start(), m.end()
        if m.group(1) == "\n":
            return Element("br"), m.start(), m.end()
        return super().handleMatch(m, data)


class _Words(InlineProcessor):
    def handleMatch(  # type: ignore[override]  # noqa: N802 - the library's name, and its own signature differs from its base
        self, m: re.Match[str], data: str
    ) -> tuple[Element | str | None, int | None, int | None]:
        element = Element(m.group(1))
        element.text = m.group(2)
        return element, m.start(), m.end()


class _ReadOnce(LinkInlineProcessor):
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
        return self.unescape(href).strip(), title and self.unescape(title), target.end(), True


class _Labelled(_ReadOnce, ReferenceInlineProcessor):
    def evalId(self, data: str, index: int, text: str) -> tuple[str | None, int, bool]:  # noqa: N802 - the library's name
        label = _LABEL.match(data, index)
        return ((label.group(1) or text).lower(), label.end(), True) if label else (None, index, False)


class _Image(_ReadOnce, ImageInlineProcessor):
    pass


class _ImageReference(_Labelled, ImageReferenceInlineProcessor):
    pass


class _ShortReference(_ReadOnce, ShortReferenceInlineProcessor):
    pass


class _ShortImageReference(_ReadOnce, ShortImageReferenceInlineProcessor):
    pass
