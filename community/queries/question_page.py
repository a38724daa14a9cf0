"""A question's page, with all its loads: seven statements at most, however many answers there are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import Connection, Row

from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from app.pages import person_key, question_key
from app.rendering.stored import stored
from community import lifecycle
from community.lifecycle import Event as LifeEvent
from community.lifecycle import State
from community.queries import question_statements as sql
from community.queries.addresses import answer_url, question_url
from community.queries.question_objects import AnswerShown, Closed, QuestionPage, QuestionShown, Removed, Seen, Successor
from community.queries.question_rights import Rights
from community.queries.shared import (
    NO_ANSWER,
    Comment,
    Event,
    Freshness,
    Person,
    Source,
    freshness,
    link,
    person,
    tag_pairs,
)

Record = Row[Any]

MOST_RELATED = 5
"""Related questions in the side column."""

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
}

_RANK = {State.FRESH: 0, State.DUE: 1, State.EXPIRED: 2, State.ARCHIVED: 3}


def question_page(question_id: int, viewer: User | None, now: datetime) -> QuestionPage:
    """What the page shows to `viewer` at `now`. Raises NotFound, and Gone for a removed question unless moderators look.

    Loads: the question with its tags and what it is to the viewer; its answers with the viewer's votes and words; its comments;
    the first answer's life; everybody named; the questions it links to. The order is that of `community.lead`: the accepted
    answer while it is current, then by state, official before others, by score; the expired and the archived come last.
    """
    database = db.session.connection()
    question = _question(database, question_id, viewer, now)
    answers = _answers(database, question_id, viewer)
    rights = Rights(question, answers, viewer, now)
    if question.removed_at is not None and not rights.sees_removed:
        raise Gone("This question has been removed.")
    shown = _in_order([answer for answer in answers if answer.removed_at is None or rights.sees_removed], question, now)
    comments = _comments(database, question_id, rights)
    steps = database.execute(sql.LIFE, {"answer_id": shown[0].id}).all() if shown else []
    people, experts_until = _people(database, question_id, _named(question, shown, comments, steps), now)
    others = _others(database, question)
    view = _View(question, rights, viewer, now, people, comments)
    made = [view.answer(answer) for answer in shown]
    living = [answer for answer in made if answer.removed is None]
    first = living[0].freshness if living else NO_ANSWER
    linked = [other for other in others.values() if other.id != question.duplicate_of_id]
    related = [
        link(other.id, other.title, other.lead_fresh_from, other.lead_best_before_at, other.lead_expires_at, now)
        for other in linked
    ]
    changes = [
        *(_next_change(answer, now) for answer in shown),
        *(_next_change_of_lead(other, now) for other in linked),
        *experts_until,
    ]
    return QuestionPage(
        question=view.question(others.get(question.duplicate_of_id or 0), made),
        freshness=first,
        answers=made,
        related=related,
        life=_life(shown[0], steps, people, now) if shown else (),
        releases=_releases(question, shown),
        depends_on=frozenset(
            (
                question_key(question_id),
                *map(person_key, people),
                *map(question_key, others),
                *(question_key(answer.successor_question_id) for answer in shown if answer.successor_question_id is not None),
            )
        ),
        valid_until=min((change for change in changes if change is not None), default=None),
    )


def _question(database: Connection, question_id: int, viewer: User | None, now: datetime) -> Record:
    found: Record | None
    if viewer is None:
        found = database.execute(sql.QUESTION, {"question_id": question_id}).first()
    else:
        mine = {"question_id": question_id, "viewer_id": viewer.id, "now": now}
        found = database.execute(sql.QUESTION_FOR_VIEWER, mine).first()
    if found is None:
        raise NotFound("There is no such question.")
    return found


def _answers(database: Connection, question_id: int, viewer: User | None) -> list[Record]:
    if viewer is None:
        return list(database.execute(sql.ANSWERS, {"question_id": question_id}))
    return list(database.execute(sql.ANSWERS_FOR_VIEWER, {"question_id": question_id, "viewer_id": viewer.id}))


def _in_order(answers: list[Record], question: Record, now: datetime) -> list[Record]:
    def rank(answer: Record) -> tuple[bool, bool, int, bool, int, int]:
        state = lifecycle.state_at(answer.best_before_at, answer.expires_at, answer.archived_at, now)
        pinned = answer.id == question.accepted_answer_id and state in (State.FRESH, State.DUE)
        return (answer.removed_at is not None, not pinned, _RANK[state], not answer.official, -answer.score, answer.id)

    return sorted(answers, key=rank)


def _comments(database: Connection, question_id: int, rights: Rights) -> list[Record]:
    found = database.execute(sql.COMMENTS, {"question_id": question_id})
    return [comment for comment in found if comment.removed_at is None or rights.sees_removed]


def _named(question: Record, answers: Sequence[Record], comments: Sequence[Record], steps: Sequence[Record]) -> set[int]:
    """Ids of everybody the page names."""
    named = {question.author_id, question.seen_by_id, question.closed_by_id, question.removed_by_id}
    for answer in answers:
        named |= {answer.author_id, answer.verified_by_id, answer.removed_by_id}
    named.update(comment.author_id for comment in comments)
    named.update(step.actor_id for step in steps)
    named.discard(None)
    return named


def _people(
    database: Connection, question_id: int, ids: Iterable[int], now: datetime
) -> tuple[dict[int, Person], list[datetime]]:
    people: dict[int, Person] = {}
    experts_until = []
    for row in database.execute(sql.PEOPLE, {"question_id": question_id, "ids": list(ids), "now": now}):
        if row.id in people:
            continue
        title = f"{row.expert_in} expert" if row.expert_in else ""
        people[row.id] = person(row.id, row.name, row.avatar_url, row.role, row.reputation, title)
        if row.expert_until is not None:
            experts_until.append(row.expert_until)
    return people, experts_until


def _others(database: Connection, question: Record) -> dict[int, Record]:
    """The questions this one links to, related ones in search's order."""
    wanted = [entry["id"] for entry in question.related or ()][:MOST_RELATED]
    if question.duplicate_of_id is not None:
        wanted.append(question.duplicate_of_id)
    if not wanted:
        return {}
    found = {row.id: row for row in database.execute(sql.OTHER_QUESTIONS, {"ids": wanted})}
    return {other: found[other] for other in wanted if other in found}


class _View:
    """Turns rows into what is shown, with what all of them share."""

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
        )

    def _comment(self, row: Record) -> Comment:
        can_delete, can_edit, can_restore = self._rights.comment(row.author_id, row.removed_at is not None)
        return Comment(
            id=row.id,
            html=stored(row.body_html),
            author=self._people.get(row.author_id),
            at=row.created_at,
            can_delete=can_delete,
            can_edit=can_edit,
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


def _life(answer: Record, steps: Sequence[Record], people: Mapping[int, Person], now: datetime) -> tuple[Event, ...]:
    """What happened to an answer, the clock's steps included that no sweep has written down yet."""
    told = [
        Event(
            step.at,
            LIFE_WORDS[LifeEvent(step.event)] + (f" on {step.release}" if step.release else ""),
            people.get(step.actor_id),
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


def _releases(question: Record, answers: Sequence[Record]) -> tuple[str, ...]:
    found = dict.fromkeys([question.release, *(answer.verified_on for answer in answers)])
    return tuple(release for release in found if release)


def _next_change(answer: Record, now: datetime) -> datetime | None:
    return lifecycle.next_change(answer.best_before_at, answer.expires_at, answer.archived_at, now)


def _next_change_of_lead(other: Record, now: datetime) -> datetime | None:
    if other.lead_best_before_at is None:
        return None
    return lifecycle.next_change(other.lead_best_before_at, other.lead_expires_at, None, now)
