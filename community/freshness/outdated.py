"""Whether a comment sounds as if what it is about is out of date. The phrases are data: `outdated.toml`, by language.

Its writer is asked; nothing is ever counted because of it.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from app.rendering import render_comment

_DATA = Path(__file__).with_name("outdated.toml")
_NOT_ONES_OWN = ("pre", "code", "blockquote", "q")
"""What stands in these elements is not what the writer says."""
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|»[^«]*«")
_APOSTROPHES = str.maketrans(dict.fromkeys("\u2019\u02bc\u2018\u0060\u00b4\uff07", "'"))
_NOT_LETTERS = re.compile("[\u0640\u064b-\u0652\u200b-\u200f\u2066-\u2069]")
"""Arabic's lengthening stroke and vowel marks, and marks without width: they come and go without changing the word."""
_BEGINS = "(?:[وف])?"
"""Arabic writes "and" and "so" in one word with the next."""


def sounds_outdated(comment: str) -> bool:
    """Whether a comment (its Markdown) says that something is out of date or works no longer, in its writer's own words: not in
    code, nor in what it quotes, nor where it denies it ("not deprecated")."""
    own = "\n".join(line for line in comment.splitlines() if not line.lstrip().startswith(">"))
    reader = _Reader()
    reader.feed(render_comment(own))
    reader.close()
    text = _plain(_QUOTED.sub(" , ", "".join(reader.said)))
    return any(found[1] for found in _pattern().finditer(text))


def phrases() -> Mapping[str, tuple[Sequence[str], Sequence[str]]]:
    """Language → its phrases, and the words that deny them."""
    found = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    return {language: (words["says"], words["denies"]) for language, words in found.items()}


@cache
def _pattern() -> re.Pattern[str]:
    """Group 1 is there where a phrase is not denied; one that is denied is matched with its denial, and passed by."""
    says = "|".join(f"{_BEGINS}(?:{_any(says)})" for says, _ in phrases().values())
    denies = _any([word for _, denies in phrases().values() for word in denies])
    return re.compile(rf"(?<!\w)(?:(?:{denies})\s+(?:\w+\s+)?(?:{says})|({says}))(?!\w)")


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(_plain(word)).replace(r"\ ", r"\s+") for word in sorted(words, key=len, reverse=True))


def _plain(text: str) -> str:
    return _NOT_LETTERS.sub("", unicodedata.normalize("NFC", text).translate(_APOSTROPHES)).casefold()


class _Reader(HTMLParser):
    """Collects a comment's own words."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: list[str] = []
        self._inside = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside += tag in _NOT_ONES_OWN
        if tag in ("p", "li", "br", "div") or tag in _NOT_ONES_OWN:
            self.said.append(" , ")

    def handle_endtag(self, tag: str) -> None:
        self._inside -= tag in _NOT_ONES_OWN

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self.said.append(data)
