"""Answers that a crowd of new accounts and visitors reports: what moderators see of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select

from app.accounts.models import User
from app.db import db
from community.freshness.crowds import SHOWN_FROM
from community.models import Answer, AnswerBelief, Question, Signal
from community.queries.addresses import answer_url
from community.queries.shared import Freshness, Person, freshness, person

MOST = 50
"""How many such answers the page shows, the largest crowds first."""
WORDS = 3
"""How many of the established readers' latest words on each it shows."""


@dataclass(frozen=True, slots=True)
class Word:
    """What an established reader says."""

    person: Person
    works: bool
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """One answer, and who reports it in this round."""

    answer_id: int
    title: str
    url: str
    freshness: Freshness
    reports: int
    accounts: int
    """From so many new or unconfirmed accounts."""
    marks: int
    """From so many network marks of people who are not signed in."""
    first: datetime
    last: datetime
    aside_at: datetime | None
    """Since when the crowd's reports are put aside."""
    aside: int
    """How many are."""
    broken: int
    """So many established readers say it no longer works,"""
    works: int
    """and so many that it works."""
    words: tuple[Word, ...]

    @property
    def within(self) -> str:
        """How fast they came, in words."""
        return span(self.last - self.first)


def doubts(now: datetime) -> tuple[Doubt, ...]:
    """The answers that are neither archived nor removed, the largest crowds first: three statements."""
    rows = db.session.execute(
        select(Answer, Question.title, AnswerBelief.aside_at)
        .join(AnswerBelief, AnswerBelief.answer_id == Answer.id)
        .join(Question, Question.id == Answer.question_id)
        .where(AnswerBelief.crowd >= SHOWN_FROM, Answer.archived_at.is_(None))
        .where(Answer.removed_at.is_(None), Question.removed_at.is_(None))
        .order_by(AnswerBelief.crowd.desc(), Answer.id)
        .limit(MOST)
    ).all()
    if not rows:
        return ()
    ids = [row.Answer.id for row in rows]
    patterns, words = _patterns(ids), _words(ids)
    found = []
    for answer, title, aside_at in rows:
        seen = patterns.get(answer.id)
        if seen is None:
            continue
        found.append(
            Doubt(
                answer.id,
                title,
                answer_url(answer.question_id, title, answer.id),
                _freshness(answer, now),
                seen.accounts + seen.marks + seen.broken,
                *(seen.accounts, seen.marks, seen.first, seen.last),
                *(aside_at, seen.aside, seen.broken, seen.works),
                tuple(words.get(answer.id, ())),
            )
        )
    return tuple(found)


def span(length: timedelta) -> str:
    """A length of time in round words: "40 seconds", "3 hours"."""
    seconds = int(length.total_seconds())
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {name}s"
    return f"{seconds} second{'' if seconds == 1 else 's'}"


def _patterns(ids: list[int]) -> dict[int, Any]:
    """Who reports and confirms each answer in its round."""
    report, works = Signal.kind == "broken", Signal.kind == "works"
    crowd, established = Signal.untried.is_(True), Signal.untried.is_(False)

    def many(*those: ColumnElement[bool]) -> ColumnElement[int]:
        return func.sum(case((and_(*those), 1), else_=0))

    rows = db.session.execute(
        select(
            Signal.answer_id,
            many(report, crowd, Signal.user_id.is_not(None)).label("accounts"),
            many(report, crowd, Signal.user_id.is_(None)).label("marks"),
            func.min(case((and_(report, crowd), Signal.at))).label("first"),
            func.max(case((and_(report, crowd), Signal.at))).label("last"),
            many(report, Signal.aside_at.is_not(None)).label("aside"),
            many(report, established).label("broken"),
            many(works, established).label("works"),
        )
        .join(Answer, and_(Answer.id == Signal.answer_id, Answer.round == Signal.round))
        .where(Signal.answer_id.in_(ids), Signal.link_id.is_(None))
        .group_by(Signal.answer_id)
    )
    return {row.answer_id: row for row in rows if row.first is not None}


def _words(ids: list[int]) -> dict[int, list[Word]]:
    """The latest words of established readers on each."""
    place = func.row_number().over(partition_by=Signal.answer_id, order_by=Signal.id.desc()).label("place")
    said = (
        select(Signal.answer_id, Signal.kind, Signal.note, Signal.at, Signal.user_id, place)
        .join(Answer, and_(Answer.id == Signal.answer_id, Answer.round == Signal.round))
        .where(Signal.answer_id.in_(ids), Signal.user_id.is_not(None), Signal.untried.is_(False), Signal.kind != "check")
        .subquery()
    )
    rows = db.session.execute(
        select(said, User.id, User.name, User.avatar_url, User.role)
        .join(User, User.id == said.c.user_id)
        .where(said.c.place <= WORDS)
        .order_by(said.c.answer_id, said.c.place)
    )
    found: dict[int, list[Word]] = {}
    for row in rows:
        who = person(row.id, row.name, row.avatar_url, row.role)
        found.setdefault(row.answer_id, []).append(Word(who, row.kind == "works", row.note, row.at))
    return found


def _freshness(answer: Answer, now: datetime) -> Freshness:
    return freshness(
        answer.fresh_from,
        answer.best_before_at,
        answer.expires_at,
        answer.archived_at,
        now,
        written_state=answer.state,
        written_reason=answer.state_reason,
        checked_at=answer.verified_at,
        checked_on=answer.verified_on,
        broken=answer.broken_count,
    )
