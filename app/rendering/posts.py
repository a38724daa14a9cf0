"""Markdown of posts and comments, and who is mentioned in it."""

import threading
from collections.abc import Callable, Mapping
from typing import Literal

from app.rendering.boundary import settle, verbatim
from app.rendering.dialect import Dialect, TooMuch, comments, posts
from app.rendering.imported import render_html
from app.rendering.links import link, mentioned
from app.rendering.text import clean_source

RENDERER_VERSION = 1
MAX_BODY = 30_000  # characters of a post, as typed; validation refuses more
MAX_COMMENT = 1_000

_NOBODY: Mapping[str, str] = {}


class _Parsers(threading.local):
    """One parser per thread and dialect: making one costs a tenth of what a post costs, and it holds state while it works."""

    def __init__(self) -> None:
        self._made: dict[Callable[[], Dialect], Dialect] = {}

    def to_html(self, make: Callable[[], Dialect], source: str) -> str | None:
        """HTML not to be trusted, or None where the text is beyond what is parsed."""
        parser = self._made.pop(make, None) or make()
        try:
            converted = parser.to_html(source)
        except (TooMuch, RecursionError):  # the depth is bounded, but not how deep the caller stands already
            return None
        self._made[make] = parser  # only after success: one that was interrupted is left in the middle of its work
        return converted


_parsers = _Parsers()


def render_markdown(source: str, *, people: Mapping[str, str] | None = None) -> str:
    """A post's Markdown as HTML for a page. `people` maps `name_key` to the address of a person; other mentions stay words.

    A text longer than `MAX_BODY`, or with more markup than is parsed in bounded time, is shown as it was typed.
    """
    source = clean_source(source)
    converted = _parsers.to_html(posts, source) if len(source) <= MAX_BODY else None
    return verbatim(source) if converted is None else settle(link(converted, people or _NOBODY))


def render_comment(source: str, *, people: Mapping[str, str] | None = None) -> str:
    """A comment as one paragraph: code spans, emphasis, links and mentions; everything else as it was typed."""
    source = _one_line(source)
    converted = _parsers.to_html(comments, source) if len(source) <= MAX_BODY else None
    return verbatim(source) if converted is None else settle(link(converted, people or _NOBODY), comment=True)


def render(source: str, fmt: Literal["markdown", "html"], *, people: Mapping[str, str] | None = None) -> str:
    """A body in the format it is stored in. Imported HTML brings its own links: `people` counts for Markdown only."""
    return render_html(source) if fmt == "html" else render_markdown(source, people=people)


def find_mentions(source: str, *, comment: bool = False) -> frozenset[str]:
    """The keys (see `name_key`) of the first ten names mentioned as `@Name` where a post, or a comment, would link them.

    Whether there is such a person is for the caller to find out.
    """
    source = _one_line(source) if comment else clean_source(source)
    if "@" not in source or len(source) > MAX_BODY:
        return frozenset()
    converted = _parsers.to_html(comments if comment else posts, source)
    return mentioned(converted) if converted else frozenset()


def _one_line(source: str) -> str:
    return " ".join(clean_source(source).split())
