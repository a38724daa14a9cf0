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
    SubstituteTagInlineProcessor,
)
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from markdown.util import AtomicString

from app.rendering.emphasis import Emphasis
from app.rendering.inline import (
    CodeSpan,
    Escape,
    Image,
    ImageReference,
    Labelled,
    ReadOnce,
    ShortImageReference,
    ShortReference,
    Words,
)
from app.rendering.layout import lay_out

MAX_SIGNS = 2_000  # characters of a post, outside code, that may mean markup
MAX_BLOCKS = 1_000  # paragraphs, items, headings and empty lines of a post
MAX_CELLS = 1_000  # table cells of a post
MAX_COLUMNS = 30
MAX_GROWTH = 6  # `&` becomes `&amp;`, which is the worst that honest text does
_ROOM = 10_000  # characters, for tables and the like

_SIGNS = re.compile(r"[\[\]`*_~<&\\]|://|  \n")
_BLOCK = re.compile(r"^[ >]*+(?:$|(?:[-#]|\d+\.) )", re.MULTILINE)
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

        Raises TooMuch, also for what grows out of proportion, and RecursionError where the caller has left little of the stack.
        """
        self._effort.renew()
        self._parser.reset()
        converted = self._parser.convert(source)
        if len(converted) > MAX_GROWTH * len(source) + _ROOM:
            raise TooMuch  # one long address, referred to a thousand times
        return converted


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
    inline.register(Labelled(REFERENCE_RE, parser), "reference", 170)
    inline.register(Image(IMAGE_LINK_RE, parser), "image_link", 150)
    inline.register(ImageReference(IMAGE_REFERENCE_RE, parser), "image_reference", 140)
    inline.register(ShortReference(REFERENCE_RE, parser), "short_reference", 130)
    inline.register(ShortImageReference(IMAGE_REFERENCE_RE, parser), "short_image_ref", 125)
    inline.register(SubstituteTagInlineProcessor(r"<br ?/?>", "br"), "break", 95)
    inline.register(Words(_WORDS_IN_TAGS), "html", 90)
    inline.register(Words(_WORDS_IN_TAGS), "html_around_html", 89)
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
    inline.register(CodeSpan(BACKTICK_RE), "backtick", 190)
    inline.register(Escape(ESCAPE_RE, parser), "escape", 180)
    inline.register(ReadOnce(LINK_RE, parser), "link", 160)
    inline.register(Emphasis(), "em_strong", 60)
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

    RE = re.compile(r"^[ ]{0,3}\[([^\[\]\n]+)\]:[ ]*(\S{1,2000}+)[ ]*(?:()([\"'(])([^\n]{0,300})[\"')][ ]*)?$()", re.MULTILINE)
