"""What the engines agree on: the facts of a document as plain numbers, and what they say of an answer at a moment."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import groupby

from search.analysis import fold
from search.engine import TAGS_COUNTED, Counts, Document, Facet, Freshness, Kind, Query

FOREVER = 2**62
"""The expiry of what does not expire: a question."""
ARCHIVED, ACCEPTED, OFFICIAL, VERIFIED = 1, 2, 4, 8
"""The flags of an answer."""
ALL_FLAGS = ARCHIVED | ACCEPTED | OFFICIAL | VERIFIED
LIVING = frozenset({Freshness.CURRENT, Freshness.DUE})
"""What an answer has to be to be found without being asked for."""


def seconds(date: datetime | None) -> int:
    """Whole seconds since 1970, rounded down: an answer may pass its date up to a second early in an index, never late."""
    return FOREVER if date is None else int(date.timestamp() // 1)


def asked_between(query: Query) -> tuple[int, int]:
    """The seconds from which and until before which a question has to have been asked."""
    return (seconds(query.asked_from) if query.asked_from else -FOREVER), seconds(query.asked_until)


def flags_of(document: Document) -> int:
    """What is true of the document, as a sum."""
    return (
        document.archived * ARCHIVED + document.accepted * ACCEPTED + document.official * OFFICIAL + document.verified * VERIFIED
    )


def freshness_at(now: int, best_before: int, expires: int, flags: int) -> Freshness:
    """What an answer is at `now`."""
    if flags & ARCHIVED:
        return Freshness.ARCHIVED
    if now >= expires:
        return Freshness.EXPIRED
    return Freshness.DUE if now >= best_before else Freshness.CURRENT


def facet_term(facet: Facet, value: str) -> str:
    """The term that stands for a facet's value; values that differ in case, accents or spacing only are the same."""
    folded = " ".join(fold(value).split())
    return f"{facet}:{folded.encode('utf-8', 'replace').decode()}"  # halves of characters, which no file and no database takes


def facets_of(document: Document) -> Iterator[str]:
    """The facet terms of a document; a person is found by the whole name and by each part of it."""
    yield from (facet_term(Facet.TAG, tag) for tag in document.tags)
    if document.product:
        yield facet_term(Facet.PRODUCT, document.product)
    if document.release:
        yield facet_term(Facet.RELEASE, document.release)
    if document.author:
        names = {document.author, *document.author.split()}
        yield from (facet_term(Facet.USER, name) for name in names)


def labels_of(document: Document) -> str:
    """Tags, product and release as a text, since people type them as words too."""
    return " \n".join((*document.tags, document.product, document.release))


def by_question(documents: Iterable[Document]) -> Iterator[tuple[int, list[Document]]]:
    """The documents of each question, the question first. Refuses (ValueError) answers that come without their question."""
    for question_id, found in groupby(documents, key=lambda document: document.question_id):
        group = sorted(found, key=lambda document: (document.kind is Kind.ANSWER, document.answer_id or 0))
        kinds = [document.kind for document in group]
        if kinds.count(Kind.QUESTION) != 1:
            raise ValueError(f"the documents of question {question_id} need the question itself, once")
        yield question_id, group


class Tally:
    """Counts the tags and states of questions, one after the other."""

    def __init__(self) -> None:
        self._questions = 0
        self._tags: Counter[str] = Counter()
        self._states: Counter[Freshness] = Counter()

    def add(self, tags: Iterable[str], states: Iterable[Freshness]) -> None:
        """One more question, its tags, and what its answers are."""
        self._questions += 1
        self._tags.update(tags)
        self._states.update(set(states))

    def counts(self, *, is_all: bool) -> Counts:
        """What was counted."""
        tags = sorted(self._tags.items(), key=lambda pair: (-pair[1], pair[0]))[:TAGS_COUNTED]
        states = tuple((state, self._states[state]) for state in Freshness if self._states[state])
        return Counts(self._questions, is_all, tuple(tags), states)
