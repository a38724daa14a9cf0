"""The answers of a person, the newest first, each as it stands today."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from app.db import UTCDateTime, db
from community import lifecycle
from community.lifecycle import State
from community.models import Answer, Question
from community.queries import pager
from community.queries.addresses import answer_url
from community.queries.list_rows import past_day
from community.queries.pager import Place, Turned
from community.queries.shared import Freshness, day, freshness

PAGE = 30

_answers, _questions = Answer.__table__.c, Question.__table__.c


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One answer."""

    title: str
    """Of the question."""
    url: str
    freshness: Freshness
    line: str
    line_kind: str
    score: int
    accepted: bool
    official: bool
    at: datetime


def answers(user_id: int, where: Place[datetime] | None, now: datetime) -> tuple[Turned[AnswerRow], datetime | None]:
    """A page of them, and when the clock changes the first of its rows. What is removed is left out. One statement."""
    back = where is not None and where.back
    found = db.session.connection().execute(_page(where is not None, back), {"id": user_id, **pager.values(where)}).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.moment_cursor(row.created_at, row.id))
    changes = [lifecycle.next_change(row.best_before_at, row.expires_at, row.archived_at, now) for row in turned.rows]
    page = Turned([_row(row, now) for row in turned.rows], turned.back, turned.onward)
    return page, min((change for change in changes if change is not None), default=None)


def _row(record: Any, now: datetime) -> AnswerRow:  # noqa: ANN401 - a row of the query's own columns
    fresh = freshness(record.fresh_from, record.best_before_at, record.expires_at, record.archived_at, now)
    line, kind = line_of(fresh, now)
    return AnswerRow(
        title=record.title,
        url=answer_url(record.question_id, record.title, record.id),
        freshness=fresh,
        line=line,
        line_kind=kind,
        score=record.score,
        accepted=record.accepted_answer_id == record.id,
        official=record.official,
        at=record.created_at,
    )


def line_of(fresh: Freshness, now: datetime) -> tuple[str, str]:
    """What an answer is today, and in which colour."""
    if fresh.state == State.FRESH and fresh.best_before is not None:
        return f"Good until {day(fresh.best_before)}", "fresh"
    since = past_day(fresh.since, now) if fresh.since is not None else ""
    if fresh.state == State.DUE:
        return f"Past its date since {since}", "due"
    return f"{'Archived' if fresh.state == State.ARCHIVED else 'Expired'} on {since}", "gone"


@cache
def _page(is_turned: bool, back: bool) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            _answers.id,
            _answers.question_id,
            _answers.created_at,
            _answers.fresh_from,
            _answers.best_before_at,
            _answers.expires_at,
            _answers.archived_at,
            _answers.score,
            _answers.official,
            _questions.title,
            _questions.accepted_answer_id,
        )
        .join(Question.__table__, _questions.id == _answers.question_id)
        .where(_answers.author_id == bindparam("id"), _answers.removed_at.is_(None), _questions.removed_at.is_(None))
    )
    behind = pager.edge(UTCDateTime()) if is_turned else None
    return pager.turned(query, _answers.created_at, _answers.id, behind, size=PAGE, back=back)
