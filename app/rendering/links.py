"""Bare addresses and @mentions become links, by bleach's LinkifyFilter.

bleach is used for this alone. It gets no security releases after June 2026, so nothing relies on its sanitiser: what it
returns goes through `boundary`, where nh3 has the last word. nh3 has no linkifier, and what bleach does well is finding
links in the text of HTML without touching tags and attributes. Code and links do not even get there: they are taken out
before and put back after, which also means that `a < b` in code is escaped once and not twice.
"""

import re
from collections.abc import Callable, Mapping, MutableMapping
from functools import partial
from itertools import chain
from typing import Any

from bleach import Cleaner
from bleach.linkifier import LinkifyFilter

from app.rendering.text import name_key

MAX_MENTIONS = 10
_MAX_TOKENS = 2_500  # tags and entities outside code; bleach takes some 20 µs for each
_MAX_LINKS = 300

_NAME = r"[\w\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0fff\u1000-\u109f\u1780-\u17d3]"
_LINK = re.compile(
    rf"""
    (?<![\w@/.:+-])
    (?: (?:https?://|www\.)(?:[^\s<>"()]|\([^\s<>"()]*+\))+(?<![.,:;!?'*_~\]])
      | @{_NAME}(?:(?:{_NAME}|-){{0,60}}{_NAME})?
    )""",
    re.VERBOSE | re.IGNORECASE,
)
_CANDIDATE = re.compile(r"://|www\.|@", re.IGNORECASE)
_KEPT = re.compile(r"<(pre|code|a)\b[^>]*>.*?</\1>", re.DOTALL)
_PLACE = "<code></code>"
# Between two of these, the HTML of a dialect is complete in itself.
_BLOCK_TAG = re.compile(r"(</?(?:blockquote|h[1-6]|hr|li|ol|p|table|tbody|td|th|thead|tr|ul)\b[^>]*>)")
_SEAM = "<hr>"

_TAGS = frozenset(["a", "br", "code", "del", "em", "hr", "img", "ins", "kbd", "strong", "sub", "sup"])
_ATTRIBUTES = {"a": ["href"], "img": ["src", "alt"]}

_Attributes = MutableMapping[Any, str]  # (namespace, name) → value, and the words of the link as "_text"


def link(html: str, people: Mapping[str, str]) -> str:
    """The HTML with addresses and mentions of `people` (key of the name → href) linked; other mentions stay words.

    `html` must come from a dialect. A text with more addresses or tags than a person types is returned as it is.
    """

    def target(attributes: _Attributes, new: bool = False) -> _Attributes | None:
        if new and attributes["_text"].startswith("@"):
            href = people.get(name_key(attributes["_text"]))
            if href is None:
                return None
            attributes[None, "href"] = href
        return attributes

    return _through_bleach(html, target)


def mentioned(html: str) -> frozenset[str]:
    """The keys of the first ten names mentioned in the HTML of a dialect, outside code and links."""
    found: dict[str, None] = {}

    def note(attributes: _Attributes, new: bool = False) -> _Attributes | None:
        if new and attributes["_text"].startswith("@") and (key := name_key(attributes["_text"])):
            found.setdefault(key)
        return attributes

    _through_bleach(html, note)
    return frozenset(list(found)[:MAX_MENTIONS])


def _through_bleach(html: str, callback: Callable[[_Attributes, bool], _Attributes | None]) -> str:
    """bleach takes most of the time of rendering, so it gets only the passages in which there may be something to link."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(found.group())
        return _PLACE

    words = _KEPT.sub(keep, html)
    if not 0 < len(_CANDIDATE.findall(words)) <= _MAX_LINKS:
        return html
    passages = _BLOCK_TAG.split(words)
    chosen = [at for at, passage in enumerate(passages) if _CANDIDATE.search(passage)]
    linked = _linkify(_SEAM.join(passages[at] for at in chosen), callback).split(_SEAM)
    for at, passage in zip(chosen, linked, strict=False):
        passages[at] = passage
    parts = "".join(passages).split(_PLACE)
    if len(linked) != len(chosen) or len(parts) != len(kept) + 1:
        return html
    return "".join(chain.from_iterable(zip(parts, [*kept, ""], strict=True)))


def _linkify(html: str, callback: Callable[[_Attributes, bool], _Attributes | None]) -> str:
    if html.count("<") + html.count("&") > _MAX_TOKENS:
        return html
    # A Cleaner holds the state of a parser and must not be shared between threads; a new one costs 0.02 ms.
    filters = [
        partial(
            LinkifyFilter,
            callbacks=[callback],  # type: ignore[list-item]  # the stubs do not know that None means no link
            skip_tags={"pre", "code"},
            url_re=_LINK,
        )
    ]
    return Cleaner(tags=_TAGS, attributes=_ATTRIBUTES, strip=True, filters=filters).clean(html)
