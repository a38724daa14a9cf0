"""HTML that somebody else wrote: bounding it before it is parsed, and making Markdown of it for editing.

A browser's way of parsing HTML has costs that Markdown's output cannot cause. Sixteen kilobytes of unclosed `<b>` with
different attributes, each repeated in every following paragraph, grow to 14 MB and take two seconds; nested lists take time
with the square of their depth. So HTML is looked over first: small or modest passes, large passes if it is written as
strictly as exports write it, and anything else is shown as its words.
"""

import re

from bs4 import Tag
from markdownify import MarkdownConverter

from app.rendering.boundary import arrive, settle, verbatim
from app.rendering.layout import LANGUAGE
from app.rendering.text import clean_source, plain_text

MAX_LENGTH = 500_000  # characters
MAX_TAGS = 20_000
MAX_ENTITIES = 20_000
MAX_TAGS_TO_EDIT = 5_000  # the converter takes time with the square of a list's length
_ANY_SHAPE_TAGS = 2_000
_ANY_SHAPE_WORK = 60_000  # formatting tags × tags: how many elements a parser may have to make of them, at 1 µs each
_STRICT_DEPTH = 50
_MAX_GROWTH = 6
_ROOM = 10_000  # characters

_FORMATTING = re.compile(r"<(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.IGNORECASE)
_STRICT_TAG = re.compile(
    r"""<(/?)(a|b|blockquote|br|code|dd|del|div|dl|dt|em|h[1-6]|hr|i|img|ins|kbd|li|ol|p|pre|s|span|strike|strong|sub|sup
        |table|tbody|td|th|thead|tr|u|ul)((?:\s+[a-z-]+="[^"<>]*")*)\s*/?>""",
    re.VERBOSE,
)
_VOID = {"br", "hr", "img"}
_WITHOUT_SCHEME = re.compile(r"""(\b(?:href|src)=["'])(?=//[a-z0-9])""", re.IGNORECASE)

_SPECIAL = re.compile(r"\\(?=[!-/:-@\[-`{-~])|[*`\[\]]|(?<!\w)_|_(?!\w)|<(?=[a-zA-Z/!])|&(?=#?\w+;)|~(?=~)")
_LINE_START = re.compile(r"^(?=(?:[-+]|#{1,6})\s|>|[=-]+\s*$)|^(\d{1,9})(?=[.)]\s)", re.MULTILINE)
_TICKS = re.compile("`{3,}")
_TRAILING = re.compile(r"(?<=\S) ?$|^\s+$", re.MULTILINE)


def render_html(source: str) -> str:
    """Imported HTML as HTML for a page, through the same boundary as everything else.

    Addresses without a scheme (`//host/…`) are taken as https. Pictures become links. Never raises; what is too large or too
    tangled to parse in bounded time is shown as its words.
    """
    source = _WITHOUT_SCHEME.sub(r"\1https:", clean_source(source))
    settled = settle(source) if _is_tame(source) else None
    return verbatim(plain_text(source)) if settled is None or _has_grown(settled, source) else settled


def html_to_markdown(source: str) -> str:
    """Markdown that renders as the imported HTML does, for editing; pictures stay pictures and headings keep their level.

    What is too large or too tangled to convert comes back as its words.
    """
    source = _WITHOUT_SCHEME.sub(r"\1https:", clean_source(source))
    arrived = arrive(source) if _is_tame(source) and source.count("<") <= MAX_TAGS_TO_EDIT else None
    if arrived is None or _has_grown(arrived, source):
        return plain_text(source)
    converted: str = _Converter(
        autolinks=True,
        bullets="-",
        code_language_callback=_language,
        heading_style="atx",
        strip_pre="strip_one",
        sub_symbol="<sub>",
        sup_symbol="<sup>",
    ).convert(f"<div>{arrived}</div>")  # without a tag, the library takes words for the name of a file and warns
    return converted.strip("\n")


def _is_tame(source: str) -> bool:
    """Whether parsing costs no more than its length suggests."""
    tags = source.count("<")
    if len(source) > MAX_LENGTH or tags > MAX_TAGS or source.count("&") > MAX_ENTITIES:
        return False
    if tags <= _ANY_SHAPE_TAGS and len(_FORMATTING.findall(source)) * tags <= _ANY_SHAPE_WORK:
        return True
    return _is_strict(source)


def _has_grown(written: str, source: str) -> bool:
    """Whether a parser repeated what was not closed; honest HTML grows by the directions and relations we add."""
    return len(written) > _MAX_GROWTH * len(source) + _ROOM


def _is_strict(source: str) -> bool:
    """Whether every tag is a known one in its plainest form, closed in order and not deep: a parser has nothing to repair."""
    open_tags: list[str] = []
    at = source.find("<")
    while at >= 0:
        tag = _STRICT_TAG.match(source, at)
        if not tag:
            return False
        closing, name, _ = tag.groups()
        if closing:
            if not open_tags or open_tags.pop() != name:
                return False
        elif name not in _VOID:
            open_tags.append(name)
            if len(open_tags) > _STRICT_DEPTH:
                return False
        at = source.find("<", tag.end())
    return not open_tags


def _language(block: Tag) -> str:
    code = block.find("code")
    classes = code.get("class") if isinstance(code, Tag) else None
    name = classes[0].removeprefix("language-") if isinstance(classes, list) and classes else ""
    return name if LANGUAGE.fullmatch(name) else ""


class _Converter(MarkdownConverter):
    """The library's converter with the escapes this dialect needs, and no more: people are going to read and edit the result."""

    def escape(self, text: str, parent_tags: set[str]) -> str:
        text = _SPECIAL.sub(r"\\\g<0>", text)
        text = _LINE_START.sub(r"\1\\", text)
        return text.replace("|", "\\|") if parent_tags & {"td", "th"} else text

    def convert_kbd(self, _element: Tag, text: str, parent_tags: set[str]) -> str:
        return text if "_noformat" in parent_tags or not text.strip() else f"<kbd>{text.strip()}</kbd>"

    def convert_ins(self, _element: Tag, text: str, _parent_tags: set[str]) -> str:
        return f"<ins>{text.strip()}</ins>" if text.strip() else ""

    def convert_a(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        href = str(element.get("href", ""))
        if re.search(r"[\s()]", href):
            element["href"] = f"<{href}>"
        converted: str = super().convert_a(element, text, parent_tags)  # type: ignore[misc]  # missing from the stubs
        return converted

    def convert_li(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        converted: str = super().convert_li(element, text, parent_tags)  # type: ignore[misc]  # missing from the stubs
        return f"{converted}\n" if element.find("p", recursive=False) else converted  # paragraphs stay paragraphs

    def convert_pre(self, element: Tag, text: str, parent_tags: set[str]) -> str:
        converted: str = super().convert_pre(element, text, parent_tags)  # type: ignore[misc]  # missing from the stubs
        longest = max((len(run) for run in _TICKS.findall(text)), default=0)
        if longest:  # the code shows a fence itself: ours must be longer
            fence = "`" * (longest + 1)
            converted = converted.replace("```", fence, 1)[::-1].replace("```", fence, 1)[::-1]
        return converted
