"""The history of a post: its versions, and what one of them changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from app.pages import person_key, question_key
from community import policy
from community.models import Answer, Question, Revision
from community.queries.addresses import answer_url, question_url
from community.queries.diff import Line, diff
from community.queries.shared import Person, person


@dataclass(frozen=True)
class Version:
    """One line of the history."""

    number: int
    author: Person
    at: datetime
    summary: str
    url: str
    shown: bool


@dataclass(frozen=True)
class History:
    """What the page shows: all versions, newest first, and what the chosen one changed."""

    heading: str
    post_url: str
    versions: Sequence[Version]
    chosen: Version
    title: tuple[Line, ...]
    """What it changed in the title; empty where nothing was."""
    tags: tuple[Line, ...]
    body: tuple[Line, ...]
    depends_on: frozenset[str]


def of_question(question_id: int, number: int | None, viewer: User | None, now: datetime) -> History:
    """The history of a question, `number` (or the newest) chosen. Raises NotFound, and Gone unless moderators look."""
    row = db.session.execute(select(Question.title, Question.removed_at).where(Question.id == question_id)).first()
    if row is None:
        raise NotFound("There is no such question.")
    if row.removed_at is not None and not policy.can(viewer, "see_removed", None, now):
        raise Gone("This question has been removed.")
    post_url = question_url(question_id, row.title)
    base = f"/questions/{question_id}/revisions"
    return _history(Revision.question_id == question_id, row.title, post_url, base, number, question_id)


def of_answer(answer_id: int, number: int | None, viewer: User | None, now: datetime) -> History:
    """The history of an answer, `number` (or the newest) chosen. Raises NotFound, and Gone unless moderators look."""
    row = db.session.execute(
        select(Question.id, Question.title, Question.removed_at, Answer.removed_at.label("answer_removed_at"))
        .join(Answer, Answer.question_id == Question.id)
        .where(Answer.id == answer_id)
    ).first()
    if row is None:
        raise NotFound("There is no such answer.")
    if (row.removed_at or row.answer_removed_at) and not policy.can(viewer, "see_removed", None, now):
        raise Gone("This answer has been removed.")
    post_url = answer_url(row.id, row.title, answer_id)
    base = f"/answers/{answer_id}/revisions"
    return _history(Revision.answer_id == answer_id, row.title, post_url, base, number, row.id)


def _history(
    of_post: ColumnElement[bool], heading: str, post_url: str, base: str, number: int | None, question_id: int
) -> History:
    rows = db.session.execute(
        select(
            Revision.number,
            Revision.summary,
            Revision.at,
            Revision.author_id,
            User.name,
            User.avatar_url,
            User.role,
        )
        .join(User, User.id == Revision.author_id)
        .where(of_post)
        .order_by(Revision.number.desc())
    ).all()
    if not rows:
        raise NotFound("No version of this was kept.")
    wanted = rows[0].number if number is None else number
    versions = [_version(row, base, wanted) for row in rows]
    chosen = next((version for version in versions if version.shown), None)
    if chosen is None:
        raise NotFound("There is no such version.")
    # An import may not hold every version, so the one before is the next lower number that there is.
    before = next((version.number for version in versions if version.number < wanted), None)
    texts = {
        row.number: row
        for row in db.session.execute(
            select(Revision.number, Revision.title, Revision.tags, Revision.body_source).where(
                of_post, Revision.number.in_([wanted] if before is None else [before, wanted])
            )
        )
    }
    new, old = texts[wanted], texts.get(before)
    return History(
        heading=heading,
        post_url=post_url,
        versions=versions,
        chosen=chosen,
        title=_changed(old.title or "" if old else "", new.title or ""),
        tags=_changed(old.tags if old else "", new.tags),
        body=diff(old.body_source if old else "", new.body_source),
        depends_on=frozenset((question_key(question_id), *(person_key(row.author_id) for row in rows))),
    )


def _version(row: Row[*tuple[Any, ...]], base: str, wanted: int) -> Version:
    return Version(
        number=row.number,
        author=person(row.author_id, row.name, row.avatar_url, row.role),
        at=row.at,
        summary=row.summary,
        url=f"{base}?revision={row.number}",
        shown=row.number == wanted,
    )


def _changed(old: str, new: str) -> tuple[Line, ...]:
    return diff(old, new) if old != new else ()
