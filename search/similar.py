"""Questions that are like a question: stored beside it for its page, and looked up while a title is typed."""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from app.db import db, transaction
from community.models import Question
from community.questions import store_related
from search.documents import batches
from search.engine import Freshness, Hit
from search.site import current_engine

RELATED = 4
"""So many related questions are kept for a question's page."""
SUGGESTED = 5
"""So many similar questions are shown while a title is typed."""
BATCH = 100
LONGEST_TITLE = 300
"""So much of what was typed is looked at, in characters."""

_ORDER = {Freshness.CURRENT: 0, Freshness.DUE: 1, None: 2}

_QUESTIONS = (
    select(Question.id, Question.title, Question.related, Question.origin_url)
    .where(Question.id.in_(bindparam("ids", expanding=True)), Question.removed_at.is_(None))
    .order_by(Question.id)
)
_ALONE = (
    select(Question.id).where(Question.id > bindparam("after"), Question.removed_at.is_(None)).order_by(Question.id).limit(BATCH)
)


def suggestions(title: str, now: datetime) -> list[Hit]:
    """Questions like the one whose title is being typed; of the best ones those with a current answer first, then due ones."""
    hits = current_engine().similar(title[:LONGEST_TITLE], SUGGESTED, now).hits
    return sorted(hits, key=lambda hit: _ORDER.get(hit.freshness, len(_ORDER)))


def relate(question_ids: Collection[int], now: datetime) -> None:
    """Look up and store what is related to these questions, and to those that a new one among them is related to."""
    questions = _read(question_ids)
    found = {question.id: _related(question, now) for question in questions if not _chosen_by_people(question)}
    neighbours = {other for question in questions if not question.related for other in found.get(question.id, ())}
    for question in _read(neighbours - found.keys()):
        if not _chosen_by_people(question):
            found[question.id] = _related(question, now)
    _store(found)


def relate_all(now: datetime) -> Iterator[int]:
    """Look up and store what is related to every question, after a rebuild. Gives the number done after each batch."""
    last = done = 0
    while ids := db.session.scalars(_ALONE, {"after": last}).all():
        _store({question.id: _related(question, now) for question in _read(ids) if not _chosen_by_people(question)})
        last = ids[-1]
        done += len(ids)
        yield done
    db.session.rollback()


def _read(question_ids: Collection[int]) -> list[Row[Any]]:
    rows: list[Row[Any]] = []
    for ids in batches(question_ids, BATCH):
        rows += db.session.execute(_QUESTIONS, {"ids": ids}).all()
    db.session.rollback()
    return rows


def _chosen_by_people(question: Row[Any]) -> bool:
    """Links that an import brought were set by people; what a machine finds does not take their place."""
    return question.origin_url is not None and bool(question.related)


def _related(question: Row[Any], now: datetime) -> list[int]:
    return [hit.question_id for hit in current_engine().similar(question.title, RELATED, now, without=question.id).hits]


def _store(found: dict[int, list[int]]) -> None:
    if found:
        with transaction():
            for question_id in sorted(found):
                store_related(question_id, found[question_id])
