"""What a document is made of in the folder: two searched fields, one of facets, and columns of facts and texts.

The documents of one question stand one behind the other, the question first, and are always written and deleted together; a
merge keeps their order. So what belongs together is found without looking anything up.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby
from struct import Struct
from typing import Any, NamedTuple

import whoosh
from whoosh import columns, fields, formats
from whoosh.writing import SegmentWriter

from search.analysis import ANALYSIS_VERSION, analyse, fold
from search.engine import Document, Facet, Freshness, Kind

LAYOUT_VERSION = 1
"""Raise it when this file changes what is written: older indexes are then rebuilt."""
FORMAT = f"bestbefore {LAYOUT_VERSION}.{ANALYSIS_VERSION} whoosh {whoosh.versionstring()}"

TITLE, BODY, FACET = "title", "body", "facet"
FACTS, TITLE_TEXT, BODY_TEXT, SEQUENCE = "facts", "title_text", "body_text", "sequence"

FOREVER = 2**62
"""The expiry of what does not expire: a question."""
ARCHIVED, ACCEPTED, OFFICIAL, VERIFIED = 1, 2, 4, 8
"""The flags of an answer."""

_FACTS = Struct(">qqqqqiB")


class Terms(fields.FieldType):  # type: ignore[misc]  # Whoosh has no types
    """A field that takes terms already counted. Keeps how often and how long, not where: phrases are looked up in a column."""

    analyzer = None
    vector = None
    indexed = True
    stored = False
    unique = False

    def __init__(self, *, scorable: bool) -> None:
        self.format = formats.Existence()
        self.scorable = scorable
        self.column_type = None

    def index(self, value: Counter[str], **_: object) -> Iterator[tuple[bytes, int, float, bytes]]:
        return ((term.encode(), count, float(count), b"") for term, count in value.items())


FACTS_COLUMN = columns.FixedBytesColumn(_FACTS.size)
TEXT_COLUMN = columns.VarBytesColumn()

SCHEMA = fields.Schema(
    **{
        TITLE: Terms(scorable=True),
        BODY: Terms(scorable=True),
        FACET: Terms(scorable=False),
        FACTS: fields.COLUMN(FACTS_COLUMN),
        TITLE_TEXT: fields.COLUMN(TEXT_COLUMN),
        BODY_TEXT: fields.COLUMN(TEXT_COLUMN),
        SEQUENCE: fields.COLUMN(TEXT_COLUMN),
    }
)


class Facts(NamedTuple):
    """What is known of every document of a segment, a sequence for each fact, by the document's place in the segment.

    Dates are whole seconds since 1970, rounded down: an answer may pass its date up to a second early here, never late.
    """

    question: "array[int]"
    answer: "array[int]"
    """0 for a question."""
    best_before: "array[int]"
    expires: "array[int]"
    activity: "array[int]"
    votes: "array[int]"
    flags: "array[int]"


def read_facts(rows: Iterable[bytes]) -> Facts:
    """The facts out of their column."""
    by_fact = zip(*_FACTS.iter_unpack(b"".join(rows)), strict=True)
    return Facts(*(array(code, fact) for code, fact in zip("qqqqqiB", by_fact, strict=True)))


def facet_term(facet: Facet, value: str) -> str:
    """The term that stands for a facet's value; values that differ in case, accents or spacing only are the same."""
    return f"{facet}:{' '.join(fold(value).split())}"


def freshness_at(now: int, best_before: int, expires: int, flags: int) -> Freshness:
    """What an answer is at `now`."""
    if flags & ARCHIVED:
        return Freshness.ARCHIVED
    if now >= expires:
        return Freshness.EXPIRED
    return Freshness.DUE if now >= best_before else Freshness.CURRENT


def by_question(documents: Iterable[Document]) -> Iterator[tuple[int, list[Document]]]:
    """The documents of each question, the question first. Refuses (ValueError) answers that come without their question."""
    for question_id, found in groupby(documents, key=lambda document: document.question_id):
        group = sorted(found, key=lambda document: (document.kind is Kind.ANSWER, document.answer_id or 0))
        kinds = [document.kind for document in group]
        if kinds.count(Kind.QUESTION) != 1:
            raise ValueError(f"the documents of question {question_id} need the question itself, once")
        yield question_id, group


def write_group(writer: SegmentWriter, group: list[Document]) -> None:
    """Add the documents of one question."""
    for document in group:
        writer.add_document(**_fields(document))


def _fields(document: Document) -> dict[str, Any]:
    title, body, comments = analyse(document.title), analyse(document.body), analyse(document.comments)
    labels = analyse(" \n".join((*document.tags, document.product, document.release)))
    return {
        TITLE: title.counts,
        BODY: body.counts + comments.counts + labels.counts,
        FACET: Counter(_facets(document)),
        FACTS: _FACTS.pack(
            document.question_id,
            document.answer_id or 0,
            _seconds(document.best_before_at),
            _seconds(document.expires_at),
            _seconds(document.activity_at or document.created_at),
            document.votes,
            document.archived * ARCHIVED
            + document.accepted * ACCEPTED
            + document.official * OFFICIAL
            + document.verified * VERIFIED,
        ),
        TITLE_TEXT: _bytes(document.title),
        BODY_TEXT: _bytes(document.body),
        SEQUENCE: _bytes("\n".join((title.sequence, body.sequence, comments.sequence))),
    }


def _facets(document: Document) -> Iterator[str]:
    yield from (facet_term(Facet.TAG, tag) for tag in document.tags)
    if document.product:
        yield facet_term(Facet.PRODUCT, document.product)
    if document.release:
        yield facet_term(Facet.RELEASE, document.release)
    if document.author:
        names = {document.author, *document.author.split()}
        yield from (facet_term(Facet.USER, name) for name in names)


def _flags(document: Document) -> int:
    flags = (
        (document.archived, ARCHIVED),
        (document.accepted, ACCEPTED),
        (document.official, OFFICIAL),
        (document.verified, VERIFIED),
    )
    return sum(flag for is_so, flag in flags if is_so)


def _seconds(date: datetime | None) -> int:
    return FOREVER if date is None else int(date.timestamp() // 1)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
