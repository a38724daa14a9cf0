"""One segment of an index, open for reading. Nothing in it ever changes, so it is shared by all snapshots that have it.

What was deleted from a segment is not in the segment but in the table of contents of a commit; `Snapshot` holds that.
Whoosh's own readers mix the two, which is how its forks came to show removed posts again after a refresh.
"""

import errno
from array import array
from collections import OrderedDict
from functools import lru_cache
from pathlib import Path
from sys import intern
from types import TracebackType
from typing import Any, Final, NamedTuple

from whoosh.reading import TermNotFound

from search import ranking
from search.facts import ACCEPTED, OFFICIAL, VERIFIED
from search.whoosh_engine.schema import (
    BODY,
    BODY_TEXT,
    FACET,
    FACTS,
    FACTS_COLUMN,
    SCHEMA,
    SEQUENCE,
    TAGS,
    TEXT_COLUMN,
    TITLE,
    TITLE_TEXT,
    read_facts,
)
from search.whoosh_engine.storage import Parts

DILUTION = {TITLE: ranking.B_TITLE, BODY: ranking.B_BODY, FACET: 0.0}


BAD_DISK = {errno.EIO, errno.ESTALE, errno.EUCLEAN}


class Damaged(Exception):
    """What was read from the index makes no sense, or cannot be read."""


class Vanished(Exception):
    """A file is gone: either another commit took its place just now, or somebody deleted it."""


class _Reading:
    """Around every read of Whoosh's files: turns what bad files cause into Vanished or Damaged."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if isinstance(error, FileNotFoundError):
            raise Vanished(str(error)) from error
        if isinstance(error, OSError) and error.errno not in BAD_DISK:
            return  # a full disk, too many open files, no permission: nothing that a new index would mend
        # Whoosh raises whatever a wrong byte happens to cause: struct.error, zlib.error, KeyError, EOFError, plain Exception.
        if isinstance(error, Exception) and not isinstance(error, Vanished | Damaged):
            raise Damaged(f"{type(error).__name__}: {error}") from error


READING: Final = _Reading()


class Postings(NamedTuple):
    """Where a term occurs: the places of the documents in the segment, ascending, and BM25's part of the term in each."""

    places: "array[int]"
    parts: "array[float]"


NOWHERE = Postings(array("I"), array("f"))


class PostingsCache:
    """Postings that were read, the latest used first, so that frequent words are unpacked once. Bounded by their number."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held = 0
        self._kept: OrderedDict[tuple[str, str, str, float], Postings] = OrderedDict()

    def get(self, key: tuple[str, str, str, float]) -> Postings | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: tuple[str, str, str, float], postings: Postings) -> None:
        self._kept[key] = postings
        self._held += _cost(postings)
        while self._held > self._most:
            self._held -= _cost(self._kept.popitem(last=False)[1])


def _cost(postings: Postings) -> int:
    return len(postings.places) + 30  # an entry without postings takes room too


class Segment:
    """A segment's facts, postings and texts. Raises Vanished or Damaged when it cannot be opened or read."""

    def __init__(self, storage: Any, segment: Any, cache: PostingsCache) -> None:  # noqa: ANN401 - Whoosh has no types
        self.id: str = segment.segment_id()
        self._cache = cache
        self._norms: dict[tuple[str, float], array[float]] = {}
        self._tags: dict[int, tuple[str, ...]] = {}
        with READING:
            files = Parts(Path(storage.folder) / segment.make_filename(segment.COMPOUND_EXT))
            codec = segment.codec()
            self._terms = codec.terms_reader(files, segment)
            self._columns = codec.per_document_reader(files, segment)
            self.facts = read_facts(self._columns.column_reader(FACTS, FACTS_COLUMN))
            self.count: int = segment.doc_count_all()
            self.words = {field: int(self._columns.field_length(field)) for field in (TITLE, BODY)}
            self.questions = self.facts.answer.count(0)
            self.first = _firsts(self.facts.question)
            self.standing = array("d", map(_standing, self.facts.answer, self.facts.votes, self.facts.flags))
            self.lift = _lift(self.facts.answer, self.standing)
            self._texts = {
                name: self._columns.column_reader(name, TEXT_COLUMN) for name in (TITLE_TEXT, BODY_TEXT, SEQUENCE, TAGS)
            }
            if len(self.facts.question) != self.count:
                raise Damaged("a column of facts is shorter than the segment")

    def text(self, column: str, place: int) -> str:
        """A document's title, body or sequence of words."""
        with READING:
            return str(bytes(self._texts[column][place]), "utf-8")

    def tags(self, place: int) -> tuple[str, ...]:
        """A question's tags. Kept, since every search counts them."""
        found = self._tags.get(place)
        if found is None:
            found = self._tags[place] = tuple(map(intern, self.text(TAGS, place).splitlines()))
        return found

    def postings(self, field: str, term: str, average: float) -> Postings:
        """Where `term` occurs, deleted documents included. `average` is the length of this field that counts as usual."""
        key = (self.id, field, term, average)
        found = self._cache.get(key)
        if found is None:
            with READING:
                found = self._read(field, term, average)
            self._cache.put(key, found)
        return found

    def _read(self, field: str, term: str, average: float) -> Postings:
        try:
            matcher = self._terms.matcher(field, term.encode(), SCHEMA[field].format)
        except TermNotFound:
            return NOWHERE
        places, parts = array("I"), array("f")
        norms = self._norms_of(field, average)
        while matcher.is_active():
            place = matcher.id()
            places.append(place)
            parts.append(ranking.in_text(matcher.weight(), norms[place]))
            matcher.next()
        return Postings(places, parts)

    def _norms_of(self, field: str, average: float) -> "array[float]":
        if (field, average) not in self._norms:
            dilution, length_of = DILUTION[field], self._columns.doc_field_length
            lengths = (length_of(place, field) or 0 if dilution else 0 for place in range(self.count))
            self._norms[field, average] = array("f", (ranking.norm(length, average, dilution) for length in lengths))
        return self._norms[field, average]

    def end(self, first: int) -> int:
        """Where the documents of the question that begin at `first` end."""
        end = first + 1
        while end < self.count and self.first[end] == first:
            end += 1
        return end


@lru_cache(maxsize=4096)
def _known_standing(votes: int, flags: int) -> float:
    accepted, official, verified = (bool(flags & flag) for flag in (ACCEPTED, OFFICIAL, VERIFIED))
    return ranking.standing(votes, accepted=accepted, official=official, verified=verified)


def _standing(answer: int, votes: int, flags: int) -> float:
    """Of an answer its standing, of a question what its votes are worth."""
    return _known_standing(votes, flags) if answer else ranking.votes(votes)


def _lift(answers: "array[int]", standing: "array[float]") -> float:
    """No question's text score is multiplied by more, so whoever goes down the text scores may stop once that cannot help."""
    questions = max((one for answer, one in zip(answers, standing, strict=True) if not answer), default=1.0)
    return questions * max(1.0, *(one for answer, one in zip(answers, standing, strict=True) if answer), 1.0)


def _firsts(question: "array[int]") -> "array[int]":
    """For every document the place where its question begins."""
    firsts = array("I")
    before, first = -1, 0
    for place, number in enumerate(question):
        if number != before:
            before, first = number, place
        firsts.append(first)
    return firsts
