"""Keeps the index in step with the database. In the embedded default only the worker calls this, or a person at a terminal."""

import logging
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from app import clock
from app.db import transaction
from app.outbox import EMITTED_AT, Payload, emit_all
from app.pages import SEARCH, touch
from community.models import Answer, Question
from search import similar
from search.documents import all_documents, documents_of
from search.engine import Condition, IndexBusy, IndexUnusable
from search.semantic import keeper
from search.site import current_engine

log = logging.getLogger(__name__)


def index_questions(payloads: Sequence[Payload]) -> None:
    """Handler of `question.changed`: bring these questions up to date in one commit, then their vectors, then what is related.

    Without a usable index one is made, of everything. Raises IndexBusy when another writer does not finish: tried again later.
    """
    question_ids = frozenset(payload["question_id"] for payload in payloads)
    try:
        current_engine().replace(question_ids, documents_of(question_ids))
    except IndexUnusable as unusable:
        log.warning("%s; making a new one", unusable)
        rebuild()
    _found_anew()
    keeper.keep(question_ids)
    similar.relate(question_ids, clock.utcnow())


def person_renamed(payloads: Sequence[Payload]) -> None:
    """Handler of `person.renamed`: whatever they wrote under is indexed again, so that the name they had finds nothing."""
    with transaction() as session:
        for user_id, now in {payload["user_id"]: payload[EMITTED_AT] for payload in payloads}.items():
            asked = select(Question.id).where(Question.author_id == user_id)
            answered = select(Answer.question_id).where(Answer.author_id == user_id)
            ids = session.scalars(asked.union(answered)).all()
            emit_all(session, "question.changed", now, [{"question_id": number} for number in sorted(ids)])


def rebuild() -> int:
    """Make the index anew beside the old one and put it in its place; returns the number of questions.

    Reads in batches, so its memory does not grow with the site. Raises IndexBusy when another process is at it.
    """
    made = current_engine().rebuild(all_documents(), documents_of)
    _found_anew()
    return made


def _found_anew() -> None:
    """Say that searches find something else now; after the index has changed, so that no stored page outlives it."""
    with transaction() as session:
        touch(session, SEARCH)


def ensure_index(_now: datetime) -> None:
    """Make an index when there is none, or one that is damaged or from another version. For the schedule; quick otherwise."""
    health = current_engine().health()
    if health.condition is Condition.READY:
        return
    log.warning("the search index is %s (%s); making a new one", health.condition, health.reason)
    try:
        log.warning("the new search index has %d questions", rebuild())
    except IndexBusy:
        log.warning("another process is making it already")
