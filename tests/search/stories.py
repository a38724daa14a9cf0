"""Documents for the tests: a small forum about roaming and routers."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from search.engine import Document, Fragments, Kind, Query, Results, SearchEngine

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def day(days: float) -> datetime:
    """So many days from now."""
    return NOW + timedelta(days=days)


def question(number: int, title: str, body: str = "", **more: Any) -> Document:  # noqa: ANN401 - a document's own fields
    """A question asked ten days ago."""
    return Document(kind=Kind.QUESTION, question_id=number, title=title, body=body, **{"created_at": day(-10), **more})


def answer(number: int, to: int, body: str, *, best_before: float = 90, expires: float | None = None, **more: Any) -> Document:  # noqa: ANN401 - a document's own fields
    """An answer that is current for `best_before` more days and expires a year later."""
    return Document(
        kind=Kind.ANSWER,
        question_id=to,
        answer_id=number,
        body=body,
        best_before_at=day(best_before),
        expires_at=day(best_before + 365 if expires is None else expires),
        **{"created_at": day(-5), **more},
    )


@dataclass
class Forum:
    """What a database would hold: gives the documents of any of its questions, as an engine asks for them."""

    documents: list[Document] = field(default_factory=list)

    def of(self, question_ids: Collection[int]) -> Iterator[Document]:
        return (document for document in self.documents if document.question_id in question_ids)


def fill(engine: SearchEngine, *documents: Document) -> None:
    """Make `documents` all the engine knows."""
    engine.rebuild(documents, nothing_missed)


def nothing_missed(question_ids: Collection[int]) -> Iterable[Document]:
    raise AssertionError(f"nobody changed {set(question_ids)}")


def words(text: str, **more: Any) -> Query:  # noqa: ANN401 - a query's own fields
    """A query for the words of `text`."""
    return Query(now=more.pop("now", NOW), words=tuple(text.split()), **more)


def found(results: Results) -> list[int]:
    """The numbers of the questions, best first."""
    return [hit.question_id for hit in results.hits]


def plain(fragments: Fragments) -> str:
    """A text without its marks."""
    return "".join(fragment.text for fragment in fragments)


def matches(fragments: Fragments) -> list[str]:
    """The marked pieces of a text."""
    return [fragment.text for fragment in fragments if fragment.is_match]
