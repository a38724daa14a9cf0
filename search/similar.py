"""Questions that are like a question: stored beside it for its page, and looked up while a title is typed.

By words from the engine, and by meaning where the model is there and warm (`search.semantic`); while it is not, by words alone.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, case, select

from app.db import db, transaction
from community.models import Answer, Question
from community.questions import store_related
from search.analysis import query_terms
from search.documents import batches
from search.engine import Freshness, Hit, Query, SearchEngine
from search.facts import freshness_at, seconds
from search.semantic.fusion import DEPTH, DEPTH_BY_WORDS, FEW, Near, fuse
from search.semantic.meaning import current_meaning
from search.site import current_engine

RELATED = 4
"""So many related questions are kept for a question's page."""
SUGGESTED = 5
"""So many similar questions are shown while a title is typed."""
BATCH = 100
LONGEST_TITLE = 300
"""So much of what was typed is looked at, in characters."""

MOST_CODES = 3
"""So many error codes or versions of a title are looked up as such."""

_CODE = re.compile(r"(?=.*[\d_@:+#]).{3,}")
"""A term that says one thing exactly, which the model cannot know."""
_ORDER = {Freshness.CURRENT: 0, Freshness.DUE: 1, None: 2}

_QUESTIONS = (
    select(Question.id, Question.title, Question.related, Question.origin_url)
    .where(Question.id.in_(bindparam("ids", expanding=True)), Question.removed_at.is_(None))
    .order_by(Question.id)
)
_LIVING = (
    select(Answer.id, Answer.question_id, Answer.best_before_at, Answer.expires_at)
    .join(Question, Question.id == Answer.question_id)
    .where(
        Answer.question_id.in_(bindparam("ids", expanding=True)),
        Answer.removed_at.is_(None),
        Answer.archived_at.is_(None),
        Answer.expires_at > bindparam("now"),
    )
    .order_by(Answer.question_id, case((Answer.id == Question.accepted_answer_id, 0), else_=1), Answer.score.desc(), Answer.id)
)
"""The most useful first, apart from their dates."""
_ALONE = (
    select(Question.id).where(Question.id > bindparam("after"), Question.removed_at.is_(None)).order_by(Question.id).limit(BATCH)
)


def suggestions(title: str, now: datetime) -> list[Hit]:
    """Questions like the one whose title is being typed; of the best ones those with a current answer first, then due ones.

    Never waits for the model: the first one who types starts it loading, and is answered by words alone.
    """
    title = title[:LONGEST_TITLE]
    meaning = current_meaning()
    words = current_engine().similar(title, DEPTH_BY_WORDS, now).hits
    near = meaning.near(title, DEPTH, _ids(words)) if title.strip() and meaning.is_warm() else None
    hits = _best(title, words, near, SUGGESTED, now)
    return sorted(hits, key=lambda hit: _ORDER.get(hit.freshness, len(_ORDER)))


def best_of(engine: SearchEngine, text: str, words: Sequence[Hit], near: Sequence[Near], now: datetime) -> list[Hit]:
    """The hits by words and those by meaning in one order; what only meaning found is a hit without an answer."""
    by_words = {hit.question_id: hit for hit in words}
    order = fuse(near, {number: hit.score for number, hit in by_words.items()}, _with_code(engine, text, now))
    return [
        Hit(one.question_id, one.score, found.title, found.answer_id, found.freshness)
        if (found := by_words.get(one.question_id)) is not None
        else Hit(one.question_id, one.score, ())
        for one in order
    ]


def _best(
    text: str, words: Sequence[Hit], near: Sequence[Near] | None, limit: int, now: datetime, without: int | None = None
) -> list[Hit]:
    if near is None:
        return list(words[:limit])
    hits = [hit for hit in best_of(current_engine(), text, words, near, now) if hit.question_id != without]
    return _with_answers(hits[:limit], _ids(words), now)


def _with_code(engine: SearchEngine, text: str, now: datetime) -> set[int]:
    """The questions that have one of the error codes and versions in `text`, where few have it."""
    codes = [term for term in query_terms(text) if _CODE.fullmatch(term)][:MOST_CODES]
    found = [engine.search(Query(now=now, words=(code,), limit=FEW + 1)) for code in codes]
    return {hit.question_id for one in found if not one.relaxed and len(one.hits) <= FEW for hit in one.hits}


def _with_answers(hits: Sequence[Hit], known: Collection[int], now: datetime) -> list[Hit]:
    """The hits that only meaning found, each with its best living answer."""
    others = [hit.question_id for hit in hits if hit.question_id not in known]
    rows = db.session.execute(_LIVING, {"ids": others, "now": now}).all() if others else []
    best: dict[int, tuple[int, Freshness]] = {}
    for row in rows:
        state = freshness_at(seconds(now), seconds(row.best_before_at), seconds(row.expires_at), 0)
        if row.question_id not in best or (state is Freshness.CURRENT and best[row.question_id][1] is Freshness.DUE):
            best[row.question_id] = (row.id, state)
    return [
        Hit(hit.question_id, hit.score, hit.title, *best[hit.question_id]) if hit.question_id in best else hit for hit in hits
    ]


def _ids(hits: Sequence[Hit]) -> list[int]:
    return [hit.question_id for hit in hits]


def relate(question_ids: Collection[int], now: datetime) -> None:
    """Look up and store what is related to these questions, to those that a new one among them is related to, and to those that a
    removed one was related to, which mostly name it too. (No page shows a removed one meanwhile, whoever names it.)"""
    questions = _read(question_ids)
    found = {question.id: _related(question, now) for question in questions if not _chosen_by_people(question)}
    neighbours = {other for question in questions if not question.related for other in found.get(question.id, ())}
    for gone in _removed(set(question_ids) - {question.id for question in questions}):
        neighbours |= {entry["id"] for entry in gone.related}
        if not _chosen_by_people(gone):
            found[gone.id] = []  # when it comes back it is new again
    for question in _read(neighbours - found.keys()):
        if not _chosen_by_people(question):
            found[question.id] = _related(question, now)
    _store(found)


def _removed(question_ids: Collection[int]) -> Sequence[Row[Any]]:
    """Those of them that are removed, with what they were related to."""
    columns = (Question.id, Question.related, Question.origin_url)
    of_these = select(*columns).where(Question.id.in_(sorted(question_ids)), Question.removed_at.is_not(None))
    rows = db.session.execute(of_these).all() if question_ids else []
    db.session.rollback()
    return rows


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
    words = current_engine().similar(question.title, DEPTH_BY_WORDS, now, without=question.id).hits
    meaning = current_meaning()
    near = meaning.near_question(question.id, DEPTH, _ids(words)) if meaning.wait() else None
    return _ids(_best(question.title, words, near, RELATED, now, without=question.id))


def _store(found: dict[int, list[int]]) -> None:
    db.session.rollback()  # what was read to find them
    if found:
        with transaction():
            for question_id in sorted(found):
                store_related(question_id, found[question_id])
