"""Versions of questions and answers, from the history's rows of titles, bodies and tags."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from app.importers.bulk import Values
from app.importers.stackexchange.stage import Stage
from app.importers.stackexchange.tagging import tagged
from app.importers.stackexchange.values import as_moment, name

_TITLES, _BODIES = (1, 4, 7), (2, 5, 8)
_ROLLBACKS = (7, 8, 9)


class HistoryRow(NamedTuple):
    """One change of a title, a body or tags; all None from `guid` on for a post without a history."""

    post: int
    thread: int
    title: str | None
    """The post's present title, for what no change tells; tags, date and author likewise."""
    tags: str
    created: int
    owner: int | None
    guid: str | None
    """What was changed at once has it in common."""
    kind: int | None
    at: int | None
    user: int | None
    text: str | None
    comment: str | None


_QUERY = """
    SELECT p.id, p.thread, p.title, p.tags, p.created, p.owner, h.guid, h.kind, h.at, h.user, h.text, h.comment
    FROM posts p LEFT JOIN history h ON h.post = p.id AND h.kind < 10
    WHERE p.thread BETWEEN ? AND ? ORDER BY p.thread, p.id, h.at, h.guid, h.id"""


@dataclass
class _Version:
    """A post's text as it stands after a change."""

    title: str | None
    tags: str
    body: str | None = None

    def change(self, kind: int | None, text: str) -> None:
        if kind in _TITLES:
            self.title = name(text)
        elif kind in _BODIES:
            self.body = text
        elif kind is not None:
            self.tags = " ".join(tagged(text).names)


def revisions(stage: Stage, low: int, high: int, questions: Mapping[int, int], answers: Mapping[int, int]) -> Iterator[Values]:
    """The versions of the posts in `questions` and `answers` (numbers there → ids here), threads `low` to `high` only.

    `author_id` is the author's number there. What a history does not tell is taken from the post as it is now, in HTML.
    """
    rows = map(HistoryRow._make, stage.rows(_QUERY, (low, high)))
    for post, changes in groupby(rows, key=lambda row: row.post):
        if post in questions or post in answers:
            about = {"question_id": questions.get(post), "answer_id": answers.get(post)}
            for number, values in enumerate(_versions(stage, post, changes), start=1):
                yield about | {"number": number} | values


def _versions(stage: Stage, post: int, changes: Iterable[HistoryRow]) -> Iterator[Values]:
    version: _Version | None = None
    for _, group in groupby(changes, key=lambda row: (row.at, row.guid)):
        summary = ""
        for row in group:
            version = version or _Version(row.title, " ".join(tagged(row.tags).names))
            version.change(row.kind, row.text or "")
            summary = summary or name(row.comment) or ("rolled back" if row.kind in _ROLLBACKS else "")
        if version is not None:
            told = version.body is not None
            yield {
                "title": version.title,
                "tags": version.tags,
                "body_source": version.body if told else stage.one("SELECT body FROM posts WHERE id = ?", (post,))[0],
                "body_format": "markdown" if told else "html",
                "author_id": row.owner if row.kind is None else row.user,
                "summary": summary,
                "at": as_moment(row.created if row.at is None else row.at),
            }
