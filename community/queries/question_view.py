"""How a question's rows become what its page shows."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Row

from app.accounts.models import User
from app.rendering.stored import stored
from community.freshness import approval
from community.lifecycle import Event as LifeEvent
from community.lifecycle import State
from community.queries.addresses import answer_url, question_url
from community.queries.question_objects import AnswerShown, Closed, QuestionShown, Removed, Seen, Successor
from community.queries.question_rights import Rights
from community.queries.shared import Comment, Event, Freshness, Person, Source, freshness, tag_pairs

Record = Row[Any]

LIFE_WORDS = {
    LifeEvent.POSTED: "Posted",
    LifeEvent.IMPORTED: "Brought over from another forum",
    LifeEvent.ACCEPTED: "Accepted",
    LifeEvent.BEST_BEFORE_REACHED: "Past its date",
    LifeEvent.GRACE_ENDED: "Expired",
    LifeEvent.VERIFIED: "Still right",
    LifeEvent.REPAIRED: "Repaired",
    LifeEvent.REPAIR_PROPOSED: "Repaired, waits for another person to agree",
    LifeEvent.FOUND_WRONG: "Found wrong",
    LifeEvent.ARCHIVED: "Archived",
    LifeEvent.SUPERSEDED: "Another answer took its place",
    LifeEvent.RESTORED: "Taken out of the archive",
    LifeEvent.POLICY_CHANGED: "New dates, by a change of policy",
    LifeEvent.DOUBTED: "Doubted",
    LifeEvent.REFUTED: "Expired, as doubt grew too strong",
    LifeEvent.CONFIRMED: "Confirmed by readers",
    LifeEvent.EASED: "Open again, as doubt grew less",
    LifeEvent.CLOCK_TURNED_BACK: "The site’s clock was set right",
    LifeEvent.UNDONE: "A check was taken back",
}
"""How a page calls what happened to an answer."""

UNNAMED = frozenset({LifeEvent.DOUBTED, LifeEvent.REFUTED, LifeEvent.CONFIRMED, LifeEvent.EASED})
"""Steps that readers caused: nobody is told who reported an answer, or who confirmed it."""


class View:
    """Turns rows into what is shown to one viewer, with what all of them share."""

    def __init__(
        self,
        question: Record,
        rights: Rights,
        viewer: User | None,
        now: datetime,
        people: Mapping[int, Person],
        comments: Sequence[Record],
    ) -> None:
        self._row, self._rights, self._viewer, self._now, self._people = question, rights, viewer, now, people
        self._comments: dict[int | None, list[Comment]] = {}
        for comment in comments:
            self._comments.setdefault(comment.answer_id, []).append(self._comment(comment))

    def question(self, target: Record | None, answers: Sequence[AnswerShown]) -> QuestionShown:
        """The question; `target` is the one it is a duplicate of, where readers can be sent there."""
        row, signed_in = self._row, self._viewer is not None
        names = [part.partition(" ")[2] for part in sorted((row.tag_names or "").split(",")) if part]
        return QuestionShown(
            id=row.id,
            title=row.title,
            url=question_url(row.id, row.title),
            html=stored(row.body_html),
            score=row.score,
            my_vote=(row.my_vote or 0) if signed_in else 0,
            can_vote=self._rights.vote(row.author_id, row.removed_at is not None),
            author=self._people.get(row.author_id),
            asked_at=row.created_at,
            edited_at=row.edited_at,
            views=row.views,
            me_too=row.me_too_count,
            i_have_this=signed_in and bool(row.i_have_this),
            following=signed_in and bool(row.following),
            tags=tag_pairs(names),
            product=row.product,
            release=row.release,
            solved=any(answer.accepted and answer.freshness.state in (State.FRESH, State.DUE) for answer in answers),
            accepted_answer_id=row.accepted_answer_id,
            effort=row.effort if signed_in else None,
            seen=Seen(row.seen_at, self._people.get(row.seen_by_id)) if row.seen_at else None,
            closed=self._closed(target),
            removed=self._removed(row),
            comments=tuple(self._comments.get(None, ())),
            source=_source(row),
            is_mine=self._viewer is not None and self._viewer.id == row.author_id,
            can=self._rights.question(),
        )

    def answer(self, row: Record) -> AnswerShown:
        """One of its answers."""
        fresh = self._freshness(row)
        return AnswerShown(
            id=row.id,
            html=stored(row.body_html),
            score=row.score,
            my_vote=row.my_vote,
            can_vote=self._rights.vote(row.author_id, row.removed_at is not None),
            author=self._people.get(row.author_id),
            posted_at=row.created_at,
            edited_at=row.edited_at,
            freshness=fresh,
            accepted=row.id == self._row.accepted_answer_id and row.removed_at is None,
            official=row.official,
            works=row.works_count,
            broken=row.broken_count,
            checks=row.check_count,
            my_signal=row.my_signal,
            comments=tuple(self._comments.get(row.id, ())),
            successor=self._successor(row) if row.archived_at is not None else None,
            removed=self._removed(row),
            source=_source(row),
            is_mine=self._viewer is not None and self._viewer.id == row.author_id,
            can=self._rights.answer(row, fresh.state),
        )

    def _freshness(self, row: Record) -> Freshness:
        return freshness(
            row.fresh_from,
            row.best_before_at,
            row.expires_at,
            row.archived_at,
            self._now,
            written_state=row.state,
            written_reason=row.state_reason,
            checked_by=self._people.get(row.verified_by_id),
            checked_at=row.verified_at,
            checked_on=row.verified_on,
            broken=row.broken_count,
            updated_at=approval.waiting_since(row, self._now),
        )

    def _comment(self, row: Record) -> Comment:
        can_delete, can_edit, can_restore, can_flag = self._rights.comment(row.author_id, row.removed_at is not None)
        return Comment(
            id=row.id,
            html=stored(row.body_html),
            author=self._people.get(row.author_id),
            at=row.created_at,
            can_delete=can_delete,
            can_edit=can_edit,
            can_flag=can_flag,
            can_restore=can_restore,
            needs_reason=self._viewer is None or self._viewer.id != row.author_id,
            edited_at=row.edited_at,
            removed_reason=row.removed_reason,
        )

    def _successor(self, row: Record) -> Successor | None:
        if row.successor_id is None:
            return None
        url = answer_url(row.successor_question_id, row.successor_title, row.successor_id)
        elsewhere = row.successor_question_id != self._row.id
        return Successor(url, row.successor_title if elsewhere else f"the answer by {row.successor_author}")

    def _closed(self, target: Record | None) -> Closed | None:
        row = self._row
        if row.closed_at is None:
            return None
        by = self._people.get(row.closed_by_id)
        reason = (row.closed_reason or "").rstrip(".")
        if target is None:
            return Closed(reason, row.closed_at, by)
        return Closed(reason, row.closed_at, by, question_url(target.id, target.title), target.title)

    def _removed(self, row: Record) -> Removed | None:
        if row.removed_at is None:
            return None
        return Removed((row.removed_reason or "").rstrip("."), row.removed_at, self._people.get(row.removed_by_id))


def _source(row: Record) -> Source | None:
    if row.origin_url is None:
        return None
    site = (urlsplit(row.origin_url).hostname or "").removeprefix("www.")
    licence = row.licence or ""
    return Source(row.origin_url, site, row.origin_author or "", licence, licence_url(licence))


def licence_url(licence: str) -> str:
    """Where a Creative Commons licence can be read, from its short name as "CC BY-SA 4.0"; "" for other names."""
    kind, _, version = licence.removeprefix("CC ").rpartition(" ")
    if not licence.startswith("CC ") or not kind or not version.replace(".", "").isdigit():
        return ""
    return f"https://creativecommons.org/licenses/{kind.lower()}/{version}/"


def life_of(answer: Record, steps: Sequence[Record], people: Mapping[int, Person], now: datetime) -> tuple[Event, ...]:
    """What happened to an answer, the clock's steps included that no sweep has written down yet."""
    told = [
        Event(
            step.at,
            LIFE_WORDS[LifeEvent(step.event)] + (f" on {step.release}" if step.release else ""),
            None if step.event in UNNAMED else people.get(step.actor_id),
            step.to_state,
        )
        for step in steps
    ]
    written = State(answer.state)
    if written == State.FRESH and now >= answer.best_before_at:
        told.insert(0, Event(answer.best_before_at, LIFE_WORDS[LifeEvent.BEST_BEFORE_REACHED], None, State.DUE))
    if written in (State.FRESH, State.DUE) and now >= answer.expires_at:
        told.insert(0, Event(answer.expires_at, LIFE_WORDS[LifeEvent.GRACE_ENDED], None, State.EXPIRED))
    return tuple(told)
