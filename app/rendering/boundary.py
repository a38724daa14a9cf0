"""The boundary: nothing that nh3 did not write reaches a page.

1. `intake`: nh3 parses whatever comes as a browser would and writes it anew with the tags that may arrive, every link
   marked `rel="nofollow ugc noopener noreferrer"`. What it writes is regular: in text and attributes there is no `<` or `>`
   left.
2. `_Settler` reads that regular text and turns it into the page's HTML: headings below the page's own, pictures as links
   (the content policy shows no foreign pictures, and a reader's address must not reach other hosts), directions for each
   block.
3. nh3 again, with the narrow list of what may be on a page, until it changes nothing more. HTML that never settles is a
   trick with two parsers that read differently; it is shown as words.
"""

import html
import re
from typing import Final

import nh3

from app.rendering.layout import LANGUAGE
from app.rendering.text import plain_text, strip_controls, thin_marks

REL: Final = "nofollow ugc noopener noreferrer"
_PIECE = 4_000
MAX_DEPTH = 24  # tags inside tags; what is deeper loses its tags and keeps its words

_SCHEMES = {"http", "https", "mailto"}
_TABLE = {"table", "tbody", "td", "th", "thead", "tr"}
_BLOCKS = {"blockquote", "dd", "dl", "dt", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "ul"}
_WORDS = {"a", "br", "code", "del", "em", "ins", "kbd", "strong", "sub", "sup"}
_PAGE = _TABLE | _BLOCKS | _WORDS
_ARRIVING = _PAGE | {"b", "h1", "h2", "i", "img", "s", "strike"}
_COMMENT = {"a", "code", "del", "em", "p", "strong"}
_FOREIGN = {"iframe", "math", "object", "svg"}
_UNSEEN = {"noembed", "noframes", "noscript", "script", "style", "template", "textarea", "title", "xmp"}
_VANISHING = _FOREIGN | _UNSEEN  # with all that is in them; of other tags the words stay
_DIRECTED = {"blockquote", "dd", "dt", "h3", "h4", "h5", "h6", "li", "p", "td", "th"}
_HOLDING = {"li", "dd", "blockquote", "td", "th"}
_RENAMED = {"b": "strong", "i": "em", "s": "del", "strike": "del"}
_LOWERED = {"h1": "h3", "h2": "h4", "h3": "h5", "h4": "h6", "h5": "h6"}  # h1 is the question's title, h2 what stands beside it

_RELATIVE = re.compile(r"/(?![/\\])[^\\\s\x00-\x20]*")
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)([^>]*)>")
_ATTRIBUTE = re.compile(r' ([a-z]+)="([^"]*)"')
_EMPTY_PARAGRAPH = re.compile(r"<p[^>]*>\s*</p>\n?")


def _relative(url: str) -> str | None:
    """Addresses within this site begin with one slash. Two slashes or a backslash are another host to a browser."""
    return url if _RELATIVE.fullmatch(url) else None


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "class":
        return value if value.startswith("language-") and LANGUAGE.fullmatch(value.removeprefix("language-")) else None
    if name == "start":
        return value if value.isascii() and value.isdigit() and len(value) <= 6 else None  # noqa: PLR2004 - room enough for a list
    return value


_LINKS = {"href", "title"}
_ANYWHERE: dict[str, set[str]] = {"*": set()}  # unless told otherwise, nh3 allows `title` and `lang` on every tag
_ALIGN = {cell: {"align": {"left", "center", "right"}} for cell in ("td", "th")}
_DIRECTION = {tag: {"dir": {"auto"}} for tag in _DIRECTED} | {tag: {"dir": {"ltr"}} for tag in ("pre", "code")}

_intake = nh3.Cleaner(
    tags=_ARRIVING,
    clean_content_tags=_VANISHING,
    attributes=_ANYWHERE | {"a": _LINKS, "img": {"src", "alt"}, "code": {"class"}, "ol": {"start"}},
    tag_attribute_values=_ALIGN,
    attribute_filter=_attribute,
    url_schemes=_SCHEMES,
    url_relative=_relative,
    link_rel=REL,
)


def _writer(tags: set[str]) -> nh3.Cleaner:
    cells = {tag: _DIRECTION.get(tag, {}) | _ALIGN.get(tag, {}) for tag in tags}
    return nh3.Cleaner(
        tags=tags,
        clean_content_tags=_VANISHING,
        attributes=_ANYWHERE | {"a": _LINKS} | ({"code": {"class"}, "ol": {"start"}} if "ol" in tags else {}),
        tag_attribute_values=cells | {"a": {"rel": {REL}}},
        attribute_filter=_attribute,
        url_schemes=_SCHEMES,
        url_relative=_relative,
        link_rel=None,
    )


_page, _comment = _writer(_PAGE), _writer(_COMMENT)


def settle(untrusted: str, *, comment: bool = False) -> str:
    """HTML for a page from HTML of any origin, harmless whatever it was.

    Time grows with its length and its tags, and with worse in tangled HTML: `imported` keeps that away.
    """
    arrived = thin_marks(strip_controls(_intake.clean(untrusted)))
    writer = _comment if comment else _page
    written = writer.clean(_EMPTY_PARAGRAPH.sub("", _Settler().run(arrived)))
    for _ in range(3):
        again = writer.clean(written)
        if again == written:
            return written
        written = again
    return verbatim(plain_text(written))


def arrive(untrusted: str) -> str:
    """Regular HTML with its own headings and pictures, not deeper than `MAX_DEPTH`; to be converted, never to be shown."""
    return _Settler(for_page=False).run(thin_marks(strip_controls(_intake.clean(untrusted))))


def verbatim(text: str) -> str:
    """HTML that shows a text as it was typed, nothing obeyed."""
    # nh3 takes time with the square of the `&` in one piece of text: ten seconds for a megabyte of them, a quarter in pieces.
    pieces = (text[at : at + _PIECE] for at in range(0, len(text), _PIECE))
    written = "".join(_page.clean(html.escape(piece, quote=False)) for piece in pieces)
    return f'<pre dir="ltr"><code>{written}\n</code></pre>'


class _Settler:
    def __init__(self, *, for_page: bool = True) -> None:
        self.for_page = for_page
        self.out: list[str] = []
        self.open: list[str] = []  # the tags written for what is open, "" where none was
        self.link = ""  # the `<a …>` we are in
        self.holders = 0  # how many of the open tags decide the direction of the paragraphs in them

    def run(self, arrived: str) -> str:
        at = 0
        for tag in _TAG.finditer(arrived):
            self._text(arrived[at : tag.start()])
            at = tag.end()
            closing, name, attributes = tag.groups()
            if closing:
                self._end()
            elif name == "img" and self.for_page:
                self._picture(dict(_ATTRIBUTE.findall(attributes)))
            elif name == "img":
                self.out.append(tag.group())
            elif name in {"br", "hr"}:
                self.out.append(f"<{name}>")
            else:
                self._start(_RENAMED.get(name, name), attributes)
        self._text(arrived[at:])
        return "".join(self.out)

    def _text(self, text: str) -> None:
        # A parser drops the newline after <pre>, so the next one would drop another one.
        self.out.append(text.lstrip("\n") if self.out and self.out[-1].startswith("<pre") else text)

    def _start(self, name: str, attributes: str) -> None:
        if self.for_page:
            name = _LOWERED.get(name, name)
        if len(self.open) >= MAX_DEPTH or (name == "a" and not self._leads_somewhere(attributes)):
            self.open.append("")
            return
        if name == "a" and ' href="/' in attributes:
            attributes = attributes.replace(f' rel="{REL}"', "")
        if self.for_page:
            attributes += self._direction(name)
        if name in _HOLDING:
            self.holders += 1
        if name == "a":
            self.link = attributes
        self.open.append(name)
        self.out.append(f"<{name}{attributes}>")

    def _direction(self, name: str) -> str:
        if name == "pre" or (name == "code" and "pre" not in self.open):
            return ' dir="ltr"'
        # `auto` does not look into what has a direction of its own: for the edge of a quotation or the mark of an item to be on
        # the right side, the paragraphs inside must follow it instead of deciding for themselves.
        return ' dir="auto"' if name in _DIRECTED and not (name == "p" and self.holders) else ""

    def _end(self) -> None:
        name = self.open.pop() if self.open else ""
        if not name:
            return
        if name in _HOLDING:
            self.holders -= 1
        if name == "a":
            self.link = ""
        self.out.append(f"</{name}>")

    def _leads_somewhere(self, attributes: str) -> bool:
        return ' href="' in attributes and not self.link

    def _picture(self, attributes: dict[str, str]) -> None:
        source, words = attributes.get("src", ""), attributes.get("alt", "").strip()
        if self.link or not source.startswith(("http://", "https://", "/")):
            self.out.append(words)
        else:
            rel = "" if source.startswith("/") else f' rel="{REL}"'
            self.out.append(f'<a href="{source}"{rel}>{words or source}</a>')
