"""What people type into the search field, read into a `Query`. Whatever is typed is legal: what is no syntax is text.

    words  "an exact phrase"  -without  -"this phrase"  tag:wifi  user:"Ana Costa"  product:…  release:4.2  is:current  -is:due
    after:2026-05  before:2026-05-17  after:30d  sort:newest

A date is that of the question: when it was asked. `after:` begins with the day, `before:` ends before it, so that
`after:2026-05 before:2026-06` is May; `-before:` is `after:`. Of several dates the narrowest count, of several orders the last.

There are no wildcards and no regular expressions, so nothing that is typed can cost more than its words.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import NamedTuple

from search.analysis import fold
from search.dates import beginning
from search.engine import Cursor, Facet, FacetFilter, Freshness, Mark, Query, Sort

MAX_CHARACTERS = 1000
"""So much of what was typed is read."""
MAX_PARTS = 32
"""So many words, phrases and narrowings are used."""
MAX_WORD = 100
"""A longer word is cut."""

_WILDCARD = re.compile(r"\w[*?]+\w|\w\*|\*\w")
_NAMES = {facet.value: facet for facet in Facet} | {"author": Facet.USER, "version": Facet.RELEASE}
_STATES: dict[str, Freshness | Mark] = {
    **{state.value: state for state in Freshness},
    **{mark.value: mark for mark in Mark},
    "fresh": Freshness.CURRENT,
    "accepted": Mark.SOLVED,
}
_OTHER_NAMES = {"is", "before", "after", "sort"}
_QUOTES = '"“”„«»'
_PART = re.compile(
    rf"""(?P<minus>[-−–](?![-−–]))?                          # a hyphen, or what phones make of it, but no --option
         (?:(?P<name>[A-Za-z]{{1,20}}):(?!//))?               # tag: and the like, but no https://
         (?:["“„«](?P<phrase>[^{_QUOTES}]*)["“”»]|(?P<word>[^\s{_QUOTES}]+))
    """,
    re.VERBOSE,
)


class Piece(NamedTuple):
    """Something of the form `name:value` and where it stands in the text."""

    name: str
    """In small letters."""
    value: str
    wanted: bool
    start: int
    end: int


class Problem(StrEnum):
    """Why something that was typed is searched otherwise than its writer may have meant."""

    TOO_LONG = "too long"
    TOO_MANY = "too many"
    OPEN_QUOTE = "open quote"
    UNKNOWN_NAME = "unknown name"
    UNKNOWN_STATE = "unknown state"
    UNKNOWN_DATE = "unknown date"
    UNKNOWN_SORT = "unknown sort"
    NO_VALUE = "no value"
    WILDCARD = "wildcard"


class Hint(NamedTuple):
    """What to tell the person: the problem, and the part of the text it is about. Part of a page: escape it."""

    problem: Problem
    part: str = ""


@dataclass(frozen=True)
class Reading:
    """What was understood."""

    query: Query
    hints: tuple[Hint, ...] = ()


@dataclass
class _Parts:
    """What has been read so far."""

    words: list[str] = field(default_factory=list)
    phrases: list[str] = field(default_factory=list)
    without: list[str] = field(default_factory=list)
    facets: list[FacetFilter] = field(default_factory=list)
    states: dict[bool, set[Freshness]] = field(default_factory=lambda: {True: set(), False: set()})
    marks: dict[bool, set[Mark]] = field(default_factory=lambda: {True: set(), False: set()})
    asked_from: datetime | None = None
    asked_until: datetime | None = None
    sort: Sort = Sort.RELEVANCE
    hints: dict[Hint, None] = field(default_factory=dict)
    """A dict for its order: each hint once."""

    def hint(self, problem: Problem, part: str = "") -> None:
        self.hints[Hint(problem, part[:MAX_WORD])] = None

    def add_text(self, text: str, *, wanted: bool, exact: bool) -> None:
        if not wanted:
            self.without.append(text)
        elif exact:
            self.phrases.append(text)
        else:
            self.words.append(text)

    def narrow(self, moment: datetime, *, from_then: bool) -> None:
        if from_then:
            self.asked_from = max(moment, self.asked_from or moment)
        else:
            self.asked_until = min(moment, self.asked_until or moment)


def read(text: str, now: datetime, limit: int = 20, after: Cursor | None = None, zone: tzinfo = UTC) -> Reading:
    """The query in `text` at `now`, its days being those of `zone`; never fails."""
    parts = _Parts()
    text = cleaned(text)
    if len(text) > MAX_CHARACTERS:
        parts.hint(Problem.TOO_LONG)
        text = text[:MAX_CHARACTERS]
    matches = list(_PART.finditer(text))
    for match in matches[:MAX_PARTS]:
        _take(parts, match, now, zone)
    if len(matches) > MAX_PARTS:
        parts.hint(Problem.TOO_MANY)
    if any(quote in _PART.sub("", text) for quote in _QUOTES):
        parts.hint(Problem.OPEN_QUOTE)
    query = Query(
        now=now,
        words=tuple(parts.words),
        phrases=tuple(parts.phrases),
        without=tuple(parts.without),
        facets=tuple(parts.facets),
        states=frozenset(parts.states[True]),
        without_states=frozenset(parts.states[False]),
        marks=frozenset(parts.marks[True]),
        without_marks=frozenset(parts.marks[False]),
        asked_from=parts.asked_from,
        asked_until=parts.asked_until,
        sort=parts.sort,
        limit=limit,
        after=after,
    )
    return Reading(query, tuple(parts.hints))


def pieces(text: str) -> Iterator[Piece]:
    """What of a text is a name with a value, as `read` understands it. The text has to be `cleaned`."""
    for match in _PART.finditer(text):
        value = match["phrase"] if match["phrase"] is not None else match["word"]
        if match["name"]:
            yield Piece(match["name"].lower(), value.strip(), match["minus"] is None, match.start(), match.end())


def texts_in(text: str) -> Iterator[tuple[int, int]]:
    """Where the words and phrases stand that are looked for: no names with their values, nothing that must not occur.

    The text has to be `cleaned`.
    """
    for match in list(_PART.finditer(text))[:MAX_PARTS]:
        if not match["name"] and match["minus"] is None:
            yield match.span("word" if match["phrase"] is None else "phrase")


def is_read_whole(text: str) -> bool:
    """Whether `read` leaves out nothing of the text."""
    return len(text) <= MAX_CHARACTERS and sum(1 for _ in _PART.finditer(text)) <= MAX_PARTS


def state_named(value: str) -> Freshness | Mark | None:
    """What a word after `is:` means; None for one that is not known."""
    return _STATES.get(fold(value))


def cleaned(text: str) -> str:
    """Spaces for control characters, direction marks and halves of characters. Looks at a little more than is read of it."""
    text = unicodedata.normalize("NFC", text[: MAX_CHARACTERS + 1])
    return "".join(" " if unicodedata.category(character).startswith("C") else character for character in text).strip()


def _take(parts: _Parts, match: re.Match[str], now: datetime, zone: tzinfo) -> None:
    wanted, name, typed = match["minus"] is None, (match["name"] or "").lower(), match.group()
    exact = match["phrase"] is not None
    value = match["phrase"].strip() if exact else match["word"][:MAX_WORD]
    if name and not value:
        parts.hint(Problem.NO_VALUE, typed)
    elif name == "is":
        _take_state(parts, value, typed, wanted=wanted)
    elif name in ("before", "after"):
        moment = beginning(value, now, zone)
        if moment is None:
            parts.hint(Problem.UNKNOWN_DATE, typed)
            parts.add_text(f"{name} {value}", wanted=wanted, exact=exact)
        else:
            parts.narrow(moment, from_then=(name == "after") is wanted)
    elif name == "sort":
        _take_sort(parts, value, typed, wanted=wanted)
    elif name in _NAMES:
        parts.facets.append(FacetFilter(_NAMES[name], value, wanted))
    elif name:  # a pasted "error:0x80070057" is no attempt at syntax
        if not any(character.isdigit() for character in value):
            parts.hint(Problem.UNKNOWN_NAME, name)
        parts.add_text(f"{name} {value}", wanted=wanted, exact=exact)
    else:
        _take_text(parts, value, wanted=wanted, exact=exact)


def _take_state(parts: _Parts, value: str, typed: str, *, wanted: bool) -> None:
    state = state_named(value)
    if isinstance(state, Freshness):
        parts.states[wanted].add(state)
    elif isinstance(state, Mark):
        parts.marks[wanted].add(state)
    else:
        parts.hint(Problem.UNKNOWN_STATE, typed)
        parts.add_text(value, wanted=wanted, exact=False)


def _take_sort(parts: _Parts, value: str, typed: str, *, wanted: bool) -> None:
    order = fold(value)
    if wanted and order in set(Sort):
        parts.sort = Sort(order)
    else:
        parts.hint(Problem.UNKNOWN_SORT, typed)
        parts.add_text(value, wanted=wanted, exact=False)


def _take_text(parts: _Parts, value: str, *, wanted: bool, exact: bool) -> None:
    name, colon, rest = value.partition(":")
    if colon and not rest and (name.lower() in _NAMES or name.lower() in _OTHER_NAMES):
        parts.hint(Problem.NO_VALUE, value)
    if not exact and _WILDCARD.search(value):
        parts.hint(Problem.WILDCARD, value)
    if re.search(r"\w", value):
        parts.add_text(value, wanted=wanted, exact=exact)
