"""From text to terms: what counts as the same word.

Words are folded (case, accents) and cut to their stem. What only makes sense whole is kept whole: error codes, versions, device
names, file names (`0x80070057`, `E_ACCESS-DENIED`, `4.2.1`, `wlan0`, `802.11ac`). A kept code is also found by the words in it:
"access denied" finds `E_ACCESS-DENIED`, while looking for the code finds the code alone.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from whoosh.lang.porter import stem

ANALYSIS_VERSION = 1
"""Raise it when the same text gives other terms than before: indexes made with another number are rebuilt."""
MAX_TERM = 64
"""Longer tokens (a key, a hash, a wall of letters) are cut to so many characters, in texts and in queries alike."""
MAX_TEXT = 200_000
"""Only so many characters of a text are looked at."""

_COMMON = """
a about am an and any are as at be been but by can cannot could did do does doing for from get got had has
have having he her him his how i if in into is it its itself just me my of on or our ours she should so some
such than that the their them then there these they this those to too us very was we were what when where
which who whom why will with would you your
"""
STOP_WORDS = frozenset(_COMMON.split())
"""Words that nearly every text has; neither kept nor looked for, except inside a phrase."""

_MARKS = "".join(chr(code) for code in range(0x300, 0x1C00) if unicodedata.category(chr(code)).startswith("M"))
"""Vowel signs and accents that follow their letter. Python's `\\w` leaves them out, which would cut Hindi words to pieces."""
_TOKEN = re.compile(
    rf"""(?:[0-9A-Fa-f]{{2}}[:-]){{5}}[0-9A-Fa-f]{{2}}(?!\w)            # a hardware address
      | (?<!\w)[A-Za-z](?:\+\+|\#)(?!\w)                            # C++, C#
      | [\w{_MARKS}]+(?:['’.@_-]+[\w{_MARKS}]+)*                     # a word, or words held together by signs
    """,
    re.VERBOSE,
)
_JOINT = re.compile("['-]")
_CUT_FROM = 5
"""Shorter terms lose their last letter to find their words by only where stemming made it."""
_PART = re.compile(rf"(?:[^\W_]|[{_MARKS}])+")
_CODE = re.compile(r"\d|[_.@:+#]")
_ACCENTS = re.compile("[\u0300-\u036f\u0640\u064b-\u065f\u0670]")
"""Latin, Greek and Cyrillic accents, and the Arabic signs that are left out in everyday writing."""
_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "\u0131": "i", "’": "'"})


@dataclass(frozen=True)
class Analysed:
    """A text as an index keeps it."""

    counts: Counter[str]
    """How often each term occurs; stop words are left out."""
    length: int
    """How many words were counted."""
    sequence: str
    """All words in order with a space around each, stop words included: what phrases are looked up in."""


def fold(text: str) -> str:
    """`text` without the differences that people do not type: case, accents, ligatures. Its length may change."""
    text = text.casefold()
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return unicodedata.normalize("NFC", _ACCENTS.sub("", decomposed)).casefold().translate(_LETTERS)


class _Reading(NamedTuple):
    """What one token stands for."""

    indexed: tuple[str, ...]
    """The terms it is found under."""
    spoken: tuple[str, ...]
    """The words it is in a phrase and in a query."""
    common: bool
    """It is a stop word."""


@lru_cache(maxsize=8192)
def _read(token: str) -> _Reading:
    folded = fold(token)[:MAX_TERM]
    if "'" in folded:
        head, _, tail = folded.partition("'")
        folded = head if tail in {"s", ""} else folded.replace("'", "")
    if folded in STOP_WORDS:
        return _Reading((), (folded,), common=True)
    parts = tuple(stem(part) for part in _PART.findall(folded))
    if not parts:
        return _Reading((), (), common=True)
    if _CODE.search(folded):
        inner = parts if len(parts) > 1 and ":" not in folded else ()
        words = (part for part in inner if len(part) > 1 and not part.isdigit() and part not in STOP_WORDS)
        return _Reading(tuple(dict.fromkeys((folded, *words))), (folded,), common=False)
    if len(parts) == 1:
        return _Reading(parts, parts, common=False)
    return _Reading((*parts, stem("".join(_PART.findall(folded)))), parts, common=False)


def _tokens(text: str) -> Iterator[tuple[_Reading, re.Match[str]]]:
    for found in _TOKEN.finditer(text[:MAX_TEXT]):
        yield _read(found.group()), found


def analyse(text: str) -> Analysed:
    """What an index keeps of `text`."""
    counts: Counter[str] = Counter()
    sequence: list[str] = [""]
    length = 0
    for reading, _ in _tokens(text):
        sequence.extend(reading.spoken)
        if not reading.common:
            length += len(reading.spoken)
            counts.update(reading.indexed)
    return Analysed(counts, length, " ".join([*sequence, ""]))


def query_terms(text: str) -> tuple[str, ...]:
    """The terms that `text` asks for, each once, in order: codes whole, stop words left out."""
    return tuple(dict.fromkeys(word for reading, _ in _tokens(text) if not reading.common for word in reading.spoken))


def phrase(text: str) -> str:
    """`text` as it would stand in `Analysed.sequence`, stop words included; empty when there is no word in it."""
    words = [word for reading, _ in _tokens(text) for word in reading.spoken]
    return f" {' '.join(words)} " if words else ""


def places(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """Where in `text` the words stand that any of the terms `wanted` finds: start and end of each, in order."""
    text = text[:MAX_TEXT]
    if not text.isascii():
        return _places(text, wanted, 0, len(text))
    # Reading every word costs more than the rest of a search. Only words that begin like a term can be one, or joined words.
    lowered = text.lower()
    spots = sorted({place for term in wanted for place in spots_of(lowered, term)} | _joints(text))
    found: list[tuple[int, int]] = []
    read_to = 0
    for spot in spots:
        if spot >= read_to:
            start = max(text.rfind(" ", 0, spot) + 1, read_to)
            end = text.find(" ", spot)
            read_to = len(text) if end < 0 else end
            found += _places(text, wanted, start, read_to)
    return found


def spots_of(lowered: str, term: str, most: int = 1000) -> list[int]:
    """Where words in the folded text begin as the words do that become `term`; at most `most` places."""
    # Stemming changes the last letter it leaves: "way" to "wai", "filing" to "file", "visibility" to "visibl".
    beginning = term[:-1] if len(term) >= _CUT_FROM or term[2:].endswith(("e", "i")) else term
    found: list[int] = []
    place = lowered.find(beginning)
    while place >= 0 and len(found) < most:
        if place == 0 or not lowered[place - 1].isalnum():
            found.append(place)
        place = lowered.find(beginning, place + len(beginning))
    return found


def _joints(text: str) -> set[int]:
    return {match.start() for match in _JOINT.finditer(text)}


def _places(text: str, wanted: frozenset[str], start: int, end: int) -> list[tuple[int, int]]:
    found = _TOKEN.finditer(text, start, end)
    return [match.span() for match in found if not wanted.isdisjoint(_read(match.group()).indexed)]
