"""Reading the lists that pages show, as a person does: the ring, the title, the line under it."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask.testing import FlaskClient

_ROW = re.compile(
    r'<li class="row"><svg class="r (?P<ring>\w+)".*?<h2><a href="(?P<url>[^"]+)">(?P<title>.*?)</a></h2>(?P<rest>.*?)</li>',
    re.DOTALL,
)
_LINE = re.compile(r'<span class="ln[^"]*">(.*?)</span>', re.DOTALL)
_TAG = re.compile(r"<[^>]+>")


@dataclass(frozen=True)
class Shown:
    """One row."""

    ring: str
    title: str
    url: str
    line: str
    text: str
    """Everything under the title."""


def plain(fragment: str) -> str:
    """The words of a piece of HTML."""
    return " ".join(html.unescape(_TAG.sub(" ", fragment)).split())


def rows(page: str) -> list[Shown]:
    """The rows of a page's list, in order."""
    return [
        Shown(
            hit["ring"],
            plain(hit["title"]),
            html.unescape(hit["url"]),
            plain(line[1]) if (line := _LINE.search(hit["rest"])) else "",
            plain(hit["rest"]),
        )
        for hit in _ROW.finditer(page)
    ]


def titles(page: str) -> list[str]:
    """The rows' titles, in order."""
    return [row.title for row in rows(page)]


def tabs(page: str) -> dict[str, str]:
    """The tabs: words → the count beside them, or ""."""
    found = re.search(r'<nav class="tabs".*?</nav>', page, re.DOTALL)
    assert found, page
    links = re.findall(r"<a [^>]*>(.*?)</a>", found[0], re.DOTALL)
    return {plain(link.partition("<b>")[0]): plain(link.partition("<b>")[2]) for link in links}


def link(page: str, rel: str) -> str | None:
    """Where the pager leads, "next" or "prev"; None at an end."""
    hit = re.search(rf'<a class="[^"]*" rel="{rel}" href="([^"]+)"', page)
    return html.unescape(hit[1]) if hit else None


def walk(client: FlaskClient, address: str, rel: str = "next") -> Iterator[str]:
    """The pages from an address on to the end of the list, followed as a browser does."""
    following: str | None = address
    while following is not None:
        answer = client.get(following, follow_redirects=True)
        assert answer.status_code == 200, (following, answer.status_code)
        yield answer.text
        following = link(answer.text, rel)
