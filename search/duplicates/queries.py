"""The moderators' page of possible duplicates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, bindparam, exists, func, select
from sqlalchemy.orm import aliased

from app.accounts.models import User
from app.db import db
from app.rendering.text import plain_text
from community.models import Answer, Question
from community.queries.addresses import question_url
from community.queries.shared import Freshness, Person, freshness, lead_freshness, person
from search.duplicates.models import DuplicatePair, DuplicateSkip

MOST = 10
"""So many pairs are shown, the most alike first."""
COUNTED = 200
"""So many waiting ones are counted; more are "more than" that."""
SKIPPED_FOR = timedelta(days=7)
"""A pair that somebody skipped is not shown to them for so long."""
EXCERPT = 280
"""Characters of a question's text."""
ANSWERS = 5
"""So many answers of each are shown by their states."""

older, newer = aliased(Question), aliased(Question)

_SIDES: Select[*tuple[Any, ...]] = (
    select(
        *(Question.id, Question.title, Question.body_html, Question.created_at, Question.score, Question.views),
        *(Question.answer_count, Question.lead_fresh_from, Question.lead_best_before_at, Question.lead_expires_at),
        *(User.id.label("author_id"), User.name, User.avatar_url, User.role, Question.origin_author),
    )
    .join(User, User.id == Question.author_id)
    .where(Question.id.in_(bindparam("ids", expanding=True)))
)
_ANSWERS: Select[*tuple[Any, ...]] = (
    select(
        *(Answer.question_id, Answer.id, Answer.fresh_from, Answer.best_before_at, Answer.expires_at, Answer.archived_at),
        *(Answer.score, Answer.official, Question.accepted_answer_id),
    )
    .join(Question, Question.id == Answer.question_id)
    .where(Answer.question_id.in_(bindparam("ids", expanding=True)), Answer.removed_at.is_(None))
    .order_by(Answer.question_id, Answer.score.desc(), Answer.id)
)


@dataclass(frozen=True, slots=True)
class State:
    """One answer of a question, in a word."""

    freshness: Freshness
    votes: int
    accepted: bool
    official: bool


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two questions."""

    id: int
    title: str
    url: str
    excerpt: str
    author: Person | None
    asked_at: datetime
    votes: int
    views: int
    answers: int
    freshness: Freshness
    """Of its lead answer."""
    states: tuple[State, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two questions that may be the same."""

    id: int
    older: Side
    newer: Side
    likeness: float
    by_meaning: bool
    found_at: datetime

    @property
    def percent(self) -> int:
        """How much they are alike, in per cent, never rounded up to all."""
        return min(int(100 * self.likeness), 100)


@dataclass(frozen=True, slots=True)
class DuplicatesPage:
    """What the page shows."""

    pairs: tuple[Pair, ...]
    waiting: int
    """How many wait for this person, counted no further than COUNTED + 1."""


def duplicates_page(by: User, now: datetime) -> DuplicatesPage:
    """The pairs that wait for this person, the most alike first: four statements, however many there are."""
    waiting = _waiting(by, now)
    rows = db.session.execute(waiting.order_by(DuplicatePair.likeness.desc(), DuplicatePair.id.desc()).limit(MOST)).all()
    counted = select(func.count()).select_from(waiting.limit(COUNTED + 1).subquery())
    ids = sorted({number for row in rows for number in (row.older_id, row.newer_id)})
    sides = _sides(ids, now) if ids else {}
    pairs = tuple(
        Pair(row.id, sides[row.older_id], sides[row.newer_id], row.likeness, row.by_meaning, row.found_at) for row in rows
    )
    return DuplicatesPage(pairs, db.session.execute(counted).scalar_one())


def _waiting(by: User, now: datetime) -> Select[*tuple[Any, ...]]:
    """Open pairs of which neither question is closed or removed, and which this person has not skipped of late."""
    skipped = exists().where(
        DuplicateSkip.pair_id == DuplicatePair.id, DuplicateSkip.user_id == by.id, DuplicateSkip.at > now - SKIPPED_FOR
    )
    columns = (DuplicatePair.id, DuplicatePair.older_id, DuplicatePair.newer_id, DuplicatePair.likeness)
    return (
        select(*columns, DuplicatePair.by_meaning, DuplicatePair.found_at)
        .join(older, older.id == DuplicatePair.older_id)
        .join(newer, newer.id == DuplicatePair.newer_id)
        .where(DuplicatePair.state == "open", ~skipped)
        .where(older.removed_at.is_(None), older.closed_at.is_(None), newer.removed_at.is_(None), newer.closed_at.is_(None))
    )


def _sides(ids: list[int], now: datetime) -> Mapping[int, Side]:
    answers: dict[int, list[State]] = {number: [] for number in ids}
    for row in db.session.execute(_ANSWERS, {"ids": ids}):
        state = freshness(row.fresh_from, row.best_before_at, row.expires_at, row.archived_at, now)
        answers[row.question_id].append(State(state, row.score, row.id == row.accepted_answer_id, row.official))
    return {row.id: _side(row, answers[row.id], now) for row in db.session.execute(_SIDES, {"ids": ids})}


def _side(row: Row[Any], states: list[State], now: datetime) -> Side:
    text = plain_text(row.body_html)
    author = None if row.origin_author else person(row.author_id, row.name, row.avatar_url, row.role)
    return Side(
        id=row.id,
        title=row.title,
        url=question_url(row.id, row.title),
        excerpt=text if len(text) <= EXCERPT else f"{text[:EXCERPT].rpartition(' ')[0] or text[:EXCERPT]} …",
        author=author,
        asked_at=row.created_at,
        votes=row.score,
        views=row.views,
        answers=row.answer_count,
        freshness=lead_freshness(row.lead_fresh_from, row.lead_best_before_at, row.lead_expires_at, now),
        states=tuple(states[:ANSWERS]),
    )
