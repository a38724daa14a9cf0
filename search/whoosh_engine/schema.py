"""What a document is made of in the folder: two searched fields, one of facets, and columns of facts and texts.

The documents of one question stand one behind the other, the question first, and are always written and deleted together; a
merge keeps their order. So what belongs together is found without looking anything up.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from struct import Struct
from typing import Any, NamedTuple

import whoosh
from whoosh import columns, fields, formats
from whoosh.writing import SegmentWriter

from search.analysis import ANALYSIS_VERSION, Language
from search.engine import Document
from search.facts import facets_of, flags_of, labels_of, seconds

LAYOUT_VERSION = 2
"""Raise it when this file changes what is written: older indexes are then rebuilt."""


def format_of(language: Language) -> str:
    """How an index of this version says that it was made."""
    return f"bestbefore {LAYOUT_VERSION}.{ANALYSIS_VERSION} {language.code} whoosh {whoosh.versionstring()}"


TITLE, BODY, FACET = "title", "body", "facet"
FACTS, TITLE_TEXT, BODY_TEXT, SEQUENCE, TAGS = "facts", "title_text", "body_text", "sequence", "tags"

_FACTS = Struct(">qqqqqqiB")


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
        TAGS: fields.COLUMN(TEXT_COLUMN),
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
    created: "array[int]"
    activity: "array[int]"
    votes: "array[int]"
    flags: "array[int]"


def read_facts(rows: Iterable[bytes]) -> Facts:
    """The facts out of their column."""
    by_fact = zip(*_FACTS.iter_unpack(b"".join(rows)), strict=True)
    return Facts(*(array(code, fact) for code, fact in zip("qqqqqqiB", by_fact, strict=True)))


def write_group(writer: SegmentWriter, group: list[Document], language: Language) -> None:
    """Add the documents of one question."""
    for document in group:
        writer.add_document(**_fields(document, language))


def _fields(document: Document, language: Language) -> dict[str, Any]:
    texts = (document.title, document.body, document.comments, labels_of(document))
    title, body, comments, labels = map(language.analyse, texts)
    return {
        TITLE: title.counts,
        BODY: body.counts + comments.counts + labels.counts,
        FACET: Counter(facets_of(document)),
        FACTS: _FACTS.pack(
            document.question_id,
            document.answer_id or 0,
            seconds(document.best_before_at),
            seconds(document.expires_at),
            seconds(document.created_at),
            seconds(document.activity_at or document.created_at),
            document.votes,
            flags_of(document),
        ),
        TITLE_TEXT: _bytes(document.title),
        BODY_TEXT: _bytes(document.body),
        SEQUENCE: _bytes("\n".join((title.sequence, body.sequence, comments.sequence))),
        TAGS: _bytes("\n".join(document.tags)),
    }


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")
