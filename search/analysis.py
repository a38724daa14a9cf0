"""From text to terms: what counts as the same word.

Words are folded (case, accents) and cut to their stem, in the way of the site's language. What only makes sense whole is kept
whole: error codes, versions, device names, file names (`0x80070057`, `E_ACCESS-DENIED`, `4.2.1`, `wlan0`, `802.11ac`). A kept
code is also found by the words in it: "access denied" finds `E_ACCESS-DENIED`, while looking for the code finds the code alone.
Scripts that put no spaces between words are taken two letters at a time.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from search.languages import Stemming, stemming

ANALYSIS_VERSION = 2
"""Raise it when the same text gives other terms than before: indexes made with another number are rebuilt."""
MAX_TERM = 64
"""Longer tokens (a key, a hash, a wall of letters) are cut to so many characters, in texts and in queries alike."""
MAX_TEXT = 200_000
"""Only so many characters of a text are looked at."""

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
_ARABIC = {"\u0671": "\u0627", "\u0649": "\u064a", "\u0629": "\u0647", "\u06cc": "\u064a", "\u06a9": "\u0643"}
"""Alef wasla, alef maksura, teh marbuta, and the Persian yeh and kaf: letters that are written one for the other."""
_DIGITS = {chr(zero + digit): str(digit) for zero in (0x660, 0x6F0) for digit in range(10)}
_LETTERS |= str.maketrans(_ARABIC | _DIGITS)
_DENSE = re.compile(
    "([\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]+)"
)
"""Letters of Thai, Lao, Burmese, Khmer, Japanese, Chinese and Korean, where spaces do not tell one word from the next."""


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
    in_pairs: bool = False
    """It is of a script without spaces."""


class Language:
    """The analysis of one language's texts. Get it with `language`, so that what it has read is remembered in one place."""

    def __init__(self, how: Stemming) -> None:
        self._stem, self._raw = how.stem, how.before_folding
        self.code = how.code
        self.stop_words = frozenset(fold(word) for word in how.stop_words)
        """Words that nearly every text has; neither kept nor looked for, except inside a phrase."""
        self._read = lru_cache(maxsize=8192)(self._reading)

    def _reading(self, token: str) -> _Reading:
        folded = fold(token)[:MAX_TERM]
        if "'" in folded:
            head, _, tail = folded.partition("'")
            folded = head if tail in {"s", ""} else folded.replace("'", "")
        if folded in self.stop_words:
            return _Reading((), (folded,), common=True)
        is_code = _CODE.search(folded)
        parts = tuple(self._part(part) for part in _PART.findall(token[:MAX_TERM] if self._raw and not is_code else folded))
        if not parts:
            return _Reading((), (), common=True)
        if is_code:
            inner = parts if len(parts) > 1 and ":" not in folded else ()
            words = (part for part in inner if len(part) > 1 and not part.isdigit() and part not in self.stop_words)
            return _Reading(tuple(dict.fromkeys((folded, *words))), (folded,), common=False)
        if len(parts) == 1:
            return _Reading(parts, parts, common=False)
        return _Reading((*parts, self._part("".join(_PART.findall(folded)))), parts, common=False)

    def _part(self, word: str) -> str:
        """The stem of a word; of a language whose endings hang on their accents, from the word as it is written."""
        return fold(self._stem(word.casefold())) or fold(word) if self._raw else self._stem(word)

    def readings(self, text: str, start: int = 0, end: int = MAX_TEXT) -> Iterator[tuple[_Reading, int, int]]:
        """What each token of the text stands for, and where it stands."""
        for found in _TOKEN.finditer(text, start, min(end, MAX_TEXT)):
            token = found.group()
            if token.isascii() or not _DENSE.search(token):
                yield self._read(token), found.start(), found.end()
                continue
            at = found.start()
            for place, piece in enumerate(_DENSE.split(token)):
                if piece:
                    yield (_in_pairs(piece) if place % 2 else self._read(piece)), at, at + len(piece)
                at += len(piece)

    def analyse(self, text: str) -> Analysed:
        """What an index keeps of `text`."""
        counts: Counter[str] = Counter()
        sequence: list[str] = [""]
        length = 0
        for reading, _, _ in self.readings(text):
            sequence.extend(reading.spoken)
            if not reading.common:
                length += len(reading.spoken)
                counts.update(reading.indexed)
        return Analysed(counts, length, " ".join([*sequence, ""]))

    def query_terms(self, text: str) -> tuple[str, ...]:
        """The terms that `text` asks for, each once, in order: codes whole, stop words left out."""
        readings = (reading for reading, _, _ in self.readings(text) if not reading.common)
        return tuple(dict.fromkeys(word for reading in readings for word in reading.spoken))

    def phrase(self, text: str) -> str:
        """`text` as it would stand in `Analysed.sequence`, stop words included; empty when there is no word in it."""
        words = [word for reading, _, _ in self.readings(text) for word in reading.spoken]
        return f" {' '.join(words)} " if words else ""

    def places(self, text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
        """Where in `text` the words stand that any of the terms `wanted` finds: start and end of each, in order."""
        text = text[:MAX_TEXT]
        if not text.isascii() or self.code != "en":
            return self._places(text, wanted, 0, len(text))
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
                found += self._places(text, wanted, start, read_to)
        return found

    def _places(self, text: str, wanted: frozenset[str], start: int, end: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for reading, begins, ends in self.readings(text, start, end):
            if not wanted.isdisjoint(reading.indexed):
                found += _pairs_in(text, wanted, begins, ends) if reading.in_pairs else [(begins, ends)]
        return found


def _in_pairs(piece: str) -> _Reading:
    """Letters two by two, each with the one that follows, and each alone, since one may be a word."""
    folded = fold(piece)
    if len(folded) < 2:  # noqa: PLR2004 - there is no pair
        return _Reading((folded,), (folded,), common=False, in_pairs=True)
    pairs = tuple(map("".join, pairwise(folded)))
    return _Reading((*pairs, *folded), pairs, common=False, in_pairs=True)


def _pairs_in(text: str, wanted: frozenset[str], begins: int, ends: int) -> list[tuple[int, int]]:
    """Where the pairs stand that are wanted, those that touch each other as one."""
    if len(fold(text[begins:ends])) != ends - begins:
        return [(begins, ends)]
    found: list[tuple[int, int]] = []
    for place in range(begins, ends):
        for after in (place + 2, place + 1):
            if after <= ends and fold(text[place:after]) in wanted:
                if found and place <= found[-1][1]:
                    found[-1] = (found[-1][0], max(after, found[-1][1]))
                else:
                    found.append((place, after))
                break
    return found or [(begins, ends)]


@lru_cache(maxsize=4)
def language(code: str) -> Language:
    """The analysis for a language by its code, as `app.config` lists them; KeyError for another."""
    return Language(stemming(code))


ENGLISH = language("en")


def analyse(text: str) -> Analysed:
    """`Language.analyse` of English."""
    return ENGLISH.analyse(text)


def query_terms(text: str) -> tuple[str, ...]:
    """`Language.query_terms` of English."""
    return ENGLISH.query_terms(text)


def phrase(text: str) -> str:
    """`Language.phrase` of English."""
    return ENGLISH.phrase(text)


def places(text: str, wanted: frozenset[str]) -> list[tuple[int, int]]:
    """`Language.places` of English."""
    return ENGLISH.places(text, wanted)


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
