"""What may be on a page, told once more and independently of the product, and a reader that checks HTML against it."""

import re
from html.parser import HTMLParser

import nh3

REL = "nofollow ugc noopener noreferrer"
LANGUAGE = re.compile(r"language-[a-z0-9+#-]{1,20}")
INSIDE = re.compile(r"/([^/\\\s].*)?", re.DOTALL)
OUTSIDE = re.compile(r"(https?|mailto):", re.IGNORECASE)
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")

CELL = {"align", "dir"}
ALLOWED: dict[str, set[str]] = {
    "a": {"href", "rel", "title"},
    "code": {"class", "dir"},
    "ol": {"start"},
    "td": CELL,
    "th": CELL,
    **{tag: set() for tag in ("br", "del", "dl", "em", "hr", "ins", "kbd", "strong", "sub", "sup", "ul")},
    **{tag: set() for tag in ("table", "tbody", "thead", "tr")},
    **{tag: {"dir"} for tag in ("blockquote", "dd", "dt", "h3", "h4", "h5", "h6", "li", "p", "pre")},
}
IN_A_COMMENT = {"a", "code", "del", "em", "p", "pre", "strong"}
VOID = {"br", "hr"}
MAX_DEPTH = 40


class Reader(HTMLParser):
    """Reads HTML tag by tag and fails at the first thing that may not be on a page."""

    def __init__(self, allowed: set[str]) -> None:
        super().__init__()
        self.allowed = allowed
        self.open: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.allowed, tag
        self.tags.append(tag)
        assert len({name for name, _ in attrs}) == len(attrs)
        for name, value in attrs:
            assert name in ALLOWED[tag], (tag, name)
            self.check(tag, name, value or "")
        href, rel = dict(attrs).get("href"), dict(attrs).get("rel")
        if href is not None:
            assert rel == (None if INSIDE.fullmatch(href) else REL), attrs
        if tag not in VOID:
            self.open.append(tag)
            assert len(self.open) <= MAX_DEPTH

    @staticmethod
    def check(tag: str, name: str, value: str) -> None:
        if name == "href":
            assert INSIDE.fullmatch(value) or OUTSIDE.match(value), value
        elif name == "class":
            assert LANGUAGE.fullmatch(value), value
        elif name == "dir":
            assert value == ("ltr" if tag in {"pre", "code"} else "auto")
        elif name == "align":
            assert value in {"left", "right", "center"}
        elif name == "start":
            assert re.fullmatch("[0-9]{1,6}", value)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def check(html: str, *, comment: bool = False) -> Reader:
    """Fail unless everything in the HTML is allowed, closed, visible, and what nh3 would write itself; else what was read."""
    assert not UNSEEN.search(html), html
    reader = Reader(IN_A_COMMENT if comment else set(ALLOWED))
    reader.feed(html)
    reader.close()
    assert not reader.open
    again = nh3.clean(html, tags=set(ALLOWED), attributes=ALLOWED | {"*": set()}, link_rel=None)
    assert again == html
    return reader
