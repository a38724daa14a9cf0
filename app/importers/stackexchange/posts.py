"""Questions and answers of a batch, as rows of our tables."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app import rendering
from app.importers.bulk import Values
from app.importers.stackexchange import closings
from app.importers.stackexchange.check import COMMUNITY_USER
from app.importers.stackexchange.dates import Life
from app.importers.stackexchange.people import Authors
from app.importers.stackexchange.values import as_moment
from community.lifecycle import Event, State
from community.tags import Policy

_ORDER = (State.FRESH, State.DUE, State.EXPIRED)


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
    closed_why: str | None
    """The code of the reason, as the newest closing in the history gives it."""
    closed_by: str | None
    """Who voted to close, as JSON."""
    community: int | None
    licence: str
    revisions: int
    html: str

    @property
    def size(self) -> int:
        """Characters of its texts: what it takes in memory, about."""
        return len(self.body) + len(self.html)


SELECT = """
    SELECT p.id, p.thread, p.accepted, (SELECT max(v.at) FROM votes v WHERE v.post = p.accepted AND v.kind = 1),
        p.created, p.score, p.views, p.body, p.owner, p.owner_name, p.editor, p.edited, p.active, p.title, p.tags, p.closed,
        (SELECT h.comment FROM history h WHERE h.post = p.id AND h.kind = 10 ORDER BY h.at DESC, h.id DESC LIMIT 1),
        (SELECT h.text FROM history h WHERE h.post = p.id AND h.kind = 10 ORDER BY h.at DESC, h.id DESC LIMIT 1),
        p.community, p.licence,
        (SELECT count(*) FROM (SELECT DISTINCT h.at, h.guid FROM history h WHERE h.post = p.id AND h.kind < 10)), r.html
    FROM posts p JOIN html_posts r ON r.id = p.id"""
"""What PostRows are made of; the words about which posts, and in which order, follow."""


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
    accepted_at: datetime | None = None
    accepted_id: int | None = None
    accepted_author: int | None = None
    """Who is paid for the accepted answer; None for somebody unknown, and where the answer belongs to the community."""
    answers: int = 0
    lead: Best | None = None
    current_until: datetime | None = None

    def accept(self, row: PostRow, local: int, at: datetime, authors: Authors) -> None:
        """Note that this answer is the accepted one."""
        self.accepted_id, self.accepted_at = local, at
        the_community_s = row.owner == COMMUNITY_USER or (row.community is not None and as_moment(row.community) <= at)
        self.accepted_author = None if the_community_s else authors.known(row.owner)

    def learn(self, best: Best) -> None:
        """Take in one more answer."""
        self.answers += 1
        expires = best.life.deadlines.expires
        self.current_until = expires if self.current_until is None else max(self.current_until, expires)
        if self.lead is None or self._rank(best) < self._rank(self.lead):
            self.lead = best

    def _rank(self, best: Best) -> tuple[bool, int, int, int]:
        """As `community.lead` ranks answers; none of these is official, and a test compares."""
        state = best.life.state
        pinned = best.id == self.accepted_id and state in (State.FRESH, State.DUE)
        return (not pinned, _ORDER.index(state), -best.score, best.id)

    def summary(self) -> Values:
        """What the question's row keeps of its answers."""
        lead = self.lead
        return {
            "question": self.id,
            "answer_count": self.answers,
            "accepted_answer_id": self.accepted_id,
            "accepted_at": self.accepted_at,
            "lead_answer_id": lead.id if lead else None,
            "lead_fresh_from": lead.life.fresh_from if lead else None,
            "lead_best_before_at": lead.life.deadlines.best_before if lead else None,
            "lead_expires_at": lead.life.deadlines.expires if lead else None,
            "lead_state": lead.life.state if lead else "",
            "current_until": self.current_until,
        }


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
        "revision_count": max(1, row.revisions),
    }


def former_name(name: str, number: int | None) -> str | None:
    """What the source calls somebody whose account is unknown."""
    return name or (f"user{number}" if number is not None else None)


def question(thread: Thread, source: str, authors: Authors) -> Values:
    """The row of a question; what its answers make of it follows in `Thread.summary`."""
    row = thread.row
    closed = row.closed is not None
    return written(row, thread.id, source, authors) | {
        "title": row.title,
        "activity_at": as_moment(row.active if row.active is not None else row.created),
        "views": row.views,
        "interval_days": thread.policy.interval_days,
        "grace_days": thread.policy.grace_days,
        "verifiers_needed": thread.policy.verifiers_needed,
        "freshness": thread.policy.freshness,
        "permanent_until": thread.policy.permanent_until,
        "change_rate": thread.policy.change_rate,
        "closed_at": as_moment(row.closed) if row.closed is not None else None,
        "closed_reason": closings.reason(row.closed_why, source) if closed else None,
        "closed_by_id": authors.known(closer(row)),
    }


def closer(row: PostRow) -> int | None:
    """The number of who closed the question, None where it is open or nobody is named."""
    return closings.last_voter(row.closed_by) if row.closed is not None else None


def answer(row: PostRow, local: int, thread: Thread, source: str, authors: Authors, life: Life) -> Values:
    """The row of an answer."""
    return written(row, local, source, authors) | {
        "question_id": thread.id,
        "state": life.state,
        "fresh_from": life.fresh_from,
        "best_before_at": life.deadlines.best_before,
        "expires_at": life.deadlines.expires,
        "state_reason": life.reason,
    }


def transition(local: int, life: Life, now: datetime) -> Values:
    """The first step of an imported answer's life."""
    return {
        "answer_id": local,
        "from_state": None,
        "to_state": life.state,
        "event": Event.IMPORTED,
        "actor_id": None,
        "reason": life.reason,
        "at": now,
    }


def accepted_at(row: PostRow, thread: Thread) -> datetime | None:
    """When the answer was accepted, None when it was not. Votes are dated by the day, so one that seems older than the answer it
    accepts was cast on the day the answer was written; where the vote is missing, the answer's own date has to do."""
    if thread.row.accepted != row.id:
        return None
    created, on = as_moment(row.created), thread.row.accepted_on
    return max(created, as_moment(on)) if on is not None else created
