"""Questions and answers of a batch, as rows of our tables."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from app import rendering
from app.importers.bulk import Values
from app.importers.stackexchange import dates
from app.importers.stackexchange.dates import Life
from app.importers.stackexchange.people import Authors
from app.importers.stackexchange.values import as_moment
from community.lifecycle import Event, State, state_at
from community.tags import Policy


class PostRow(NamedTuple):
    """A question or an answer as the stage holds it, and its HTML."""

    id: int
    thread: int
    accepted: int | None
    accepted_on: int | None
    """The day of the vote that accepted the answer, where it is known."""
    created: int
    score: int
    views: int
    body: str
    owner: int | None
    owner_name: str
    editor: int | None
    edited: int | None
    active: int | None
    title: str | None
    tags: str
    closed: int | None
    licence: str
    html: str


COLUMNS = (
    "p.id, p.thread, p.accepted, (SELECT max(v.at) FROM votes v WHERE v.post = p.accepted AND v.kind = 1), p.created, p.score, p.views,"
    " p.body, p.owner, p.owner_name, p.editor, p.edited, p.active, p.title, p.tags, p.closed, p.licence, r.html"
)
"""What a PostRow is made of, from `posts p` and `rendered r`."""


@dataclass
class Best:
    """An answer, as far as it matters for which one leads."""

    id: int
    score: int
    life: Life


@dataclass
class Thread:
    """A question on its way into our tables, and what its answers make of it."""

    id: int
    row: PostRow
    policy: Policy
    tags: list[str]
    accepted_at: datetime | None = None
    accepted_id: int | None = None
    accepted_author: int | None = None
    answers: int = 0
    lead: Best | None = None
    current_until: datetime | None = None
    revisions: int = 1
    entries: list[Values] = field(default_factory=list)


def written(row: PostRow, local: int, source: str, authors: Authors) -> Values:
    """The columns that questions and answers have in common."""
    author = authors.known(row.owner)
    path = "questions" if row.id == row.thread else "a"
    return {
        "id": local,
        "body_source": row.body,
        "body_format": "html",
        "body_html": row.html,
        "renderer_version": rendering.RENDERER_VERSION,
        "author_id": authors.of(row.owner),
        "created_at": as_moment(row.created),
        "edited_at": as_moment(row.edited) if row.edited is not None else None,
        "edited_by_id": authors.known(row.editor) if row.edited is not None else None,
        "score": row.score,
        "imported_score": row.score,
        "origin_url": f"https://{source}/{path}/{row.id}",
        "origin_author": None if author is not None else former_name(row.owner_name, row.owner),
        "licence": row.licence,
    }


def former_name(name: str, number: int | None) -> str | None:
    """What the source calls somebody whose account is unknown."""
    return name or (f"user{number}" if number is not None else None)


def question(thread: Thread, source: str, authors: Authors, closed_reason: str | None, closed_by: int | None) -> Values:
    """The row of a question; what its answers make of it follows in `summary`."""
    row = thread.row
    closed = as_moment(row.closed) if row.closed is not None else None
    return written(row, thread.id, source, authors) | {
        "title": row.title,
        "product": "",
        "release": "",
        "activity_at": as_moment(row.active if row.active is not None else row.created),
        "views": row.views,
        "answer_count": 0,
        "me_too_count": 0,
        "follower_count": 0,
        "revision_count": thread.revisions,
        "interval_days": thread.policy.interval_days,
        "grace_days": thread.policy.grace_days,
        "verifiers_needed": thread.policy.verifiers_needed,
        "closed_at": closed,
        "closed_reason": closed_reason if closed else None,
        "closed_by_id": closed_by if closed else None,
        "related": [],
    }


def answer(row: PostRow, local: int, thread: Thread, source: str, authors: Authors, spread_days: int, now: datetime) -> tuple[Values, Life]:
    """The row of an answer, and its life. The thread learns of it: its number, whether it was accepted, whether it leads."""
    created = as_moment(row.created)
    accepted_at = None
    if thread.row.accepted == row.id:
        on = thread.row.accepted_on
        # Votes are dated by the day, so the vote seems older than an answer accepted on the day it was written.
        accepted_at = max(created, as_moment(on)) if on is not None else created
        thread.accepted_at, thread.accepted_id, thread.accepted_author = accepted_at, local, authors.known(row.owner)
    life = dates.life(source, row.id, created, accepted_at, thread.policy, spread_days, now)
    thread.answers += 1
    if thread.current_until is None or life.deadlines.expires > thread.current_until:
        thread.current_until = life.deadlines.expires
    best = Best(local, row.score, life)
    if thread.lead is None or rank(best, thread, now) < rank(thread.lead, thread, now):
        thread.lead = best
    values = written(row, local, source, authors) | {
        "question_id": thread.id,
        "official": False,
        "revision_count": 1,
        "state": life.state,
        "fresh_from": life.fresh_from,
        "best_before_at": life.deadlines.best_before,
        "expires_at": life.deadlines.expires,
        "state_reason": life.reason,
        "verified_on": "",
        "round": 0,
        "works_count": 0,
        "broken_count": 0,
        "check_count": 0,
    }
    return values, life
