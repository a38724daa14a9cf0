"""What a person has checked, the newest first: which answer, with what result, and what it is today."""

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from app.db import UTCDateTime, db
from community import lifecycle
from community.models import Answer, Question, Verification
from community.queries import pager
from community.queries.addresses import answer_url
from community.queries.pager import Place, Turned
from community.queries.shared import Freshness, freshness

PAGE = 30
VERDICT_WORDS = {"right": "Still right", "repaired": "Wrong, and repaired", "wrong": "Wrong", "unsure": "Could not tell"}

_checks, _answers, _questions = Verification.__table__.c, Answer.__table__.c, Question.__table__.c


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check."""

    title: str
    """Of the question."""
    url: str
    freshness: Freshness
    """Of the answer, today."""
    verdict: str
    release: str
    at: datetime


def checks(user_id: int, where: Place[datetime] | None, now: datetime) -> tuple[Turned[CheckRow], datetime | None]:
    """A page of them, and when the clock changes the first of its rows. What is removed is left out. One statement."""
    back = where is not None and where.back
    found = db.session.connection().execute(_page(where is not None, back), {"id": user_id, **pager.values(where)}).all()
    turned = pager.cut(found, where, PAGE, lambda row: pager.moment_cursor(row.at, row.id))
    changes = [lifecycle.next_change(row.best_before_at, row.expires_at, row.archived_at, now) for row in turned.rows]
    rows = [
        CheckRow(
            title=row.title,
            url=answer_url(row.question_id, row.title, row.answer_id),
            freshness=freshness(row.fresh_from, row.best_before_at, row.expires_at, row.archived_at, now),
            verdict=VERDICT_WORDS[row.verdict],
            release=row.release,
            at=row.at,
        )
        for row in turned.rows
    ]
    return Turned(rows, turned.back, turned.onward), min((change for change in changes if change is not None), default=None)


@cache
def _page(is_turned: bool, back: bool) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            _checks.id,
            _checks.answer_id,
            _checks.verdict,
            _checks.release,
            _checks.at,
            _answers.question_id,
            _answers.fresh_from,
            _answers.best_before_at,
            _answers.expires_at,
            _answers.archived_at,
            _questions.title,
        )
        .join(Answer.__table__, _answers.id == _checks.answer_id)
        .join(Question.__table__, _questions.id == _answers.question_id)
        .where(_checks.verifier_id == bindparam("id"), _answers.removed_at.is_(None), _questions.removed_at.is_(None))
    )
    query = query.where(_checks.undone_at.is_(None))
    behind = pager.edge(UTCDateTime()) if is_turned else None
    return pager.turned(query, _checks.at, _checks.id, behind, size=PAGE, back=back)
