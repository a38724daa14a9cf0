"""A question's page, with all its loads: six statements at most, however many answers there are."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row

from app.accounts.models import User
from app.db import db
from app.errors import Gone, NotFound
from app.pages import person_key, question_key
from community import lifecycle
from community.expertise.counting import SELF_ADDED_WAITS
from community.lifecycle import State
from community.queries import question_statements as sql
from community.queries.question_objects import QuestionPage
from community.queries.question_rights import Rights
from community.queries.question_view import UNNAMED, View, life_of
from community.queries.shared import NO_ANSWER, Person, link, person

Record = Row[Any]

MOST_RELATED = 5
"""Related questions in the side column."""

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
    view = View(question, rights, viewer, now, people, comments)
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
        life=life_of(shown[0], steps, people, now) if shown else (),
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
        mine = {"question_id": question_id, "viewer_id": viewer.id, "now": now, "ripe": now - SELF_ADDED_WAITS}
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
    named.update(step.actor_id for step in steps if step.event not in UNNAMED)
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


def _releases(question: Record, answers: Sequence[Record]) -> tuple[str, ...]:
    found = dict.fromkeys([question.release, *(answer.verified_on for answer in answers)])
    return tuple(release for release in found if release)


def _next_change(answer: Record, now: datetime) -> datetime | None:
    return lifecycle.next_change(answer.best_before_at, answer.expires_at, answer.archived_at, now)


def _next_change_of_lead(other: Record, now: datetime) -> datetime | None:
    if other.lead_best_before_at is None:
        return None
    return lifecycle.next_change(other.lead_best_before_at, other.lead_expires_at, None, now)
