"""Comparing questions with others when they are asked or changed, a few of them each time, and proposing pairs."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Row, Select, bindparam, delete, or_, select
from sqlalchemy.orm import Session

from app.db import db, insert_into, transaction
from app.rendering.text import plain_text
from community.models import Question
from search.documents import batches
from search.duplicates import likeness
from search.duplicates.models import DuplicateLook, DuplicatePair
from search.semantic.keeper import text_of
from search.semantic.meaning import current_meaning
from search.site import current_engine, current_language

CANDIDATES = 20
"""So many of the most similar questions are compared."""
MOST = 3
"""So many pairs are proposed for one question at the most, the most alike."""
BATCH = 50
SLICE = 10
"""So many that were never compared are taken by the schedule at once, the newest first: about half a second."""

_ids: BindParameter[int] = bindparam("ids", expanding=True)
_QUESTIONS: Select[*tuple[Any, ...]] = select(
    Question.id, Question.title, Question.body_html, Question.created_at, Question.closed_at
).where(Question.id.in_(_ids), Question.removed_at.is_(None))
_LOOKS = select(DuplicateLook.question_id, DuplicateLook.digest).where(DuplicateLook.question_id.in_(_ids))
_MISSING = (
    select(Question.id)
    .outerjoin(DuplicateLook, DuplicateLook.question_id == Question.id)
    .where(Question.removed_at.is_(None), Question.closed_at.is_(None), DuplicateLook.question_id.is_(None))
    .order_by(Question.id.desc())
    .limit(SLICE)
)


class Like(NamedTuple):
    """How much another question is like one."""

    likeness: float
    by_meaning: bool


def look(question_ids: Collection[int], now: datetime) -> int:
    """Compare those of these questions whose text is another than when they were last compared; returns how many those were.

    What is removed loses what was proposed of it, and is compared anew when it comes back.
    """
    done = 0
    for ids in batches(question_ids, BATCH):
        rows = {row.id: row for row in db.session.execute(_QUESTIONS, {"ids": ids})}
        known = {row.question_id: row.digest for row in db.session.execute(_LOOKS, {"ids": ids})}
        db.session.rollback()
        gone = [number for number in ids if number not in rows]
        if gone:
            with transaction() as session:
                _forget(session, gone)
        for number, row in sorted(rows.items()):
            digest = _digest(row)
            if row.closed_at is None and known.get(number) != digest:
                found = _alike(row, now)
                db.session.rollback()
                with transaction() as session:
                    _propose(session, row, digest, found, now)
                done += 1
    return done


def catch_up(now: datetime) -> None:
    """For the schedule: questions that were never compared, after an import or an upgrade. Quick where there are none."""
    missing = list(db.session.scalars(_MISSING))
    db.session.rollback()
    look(missing, now)


def _digest(row: Row[Any]) -> str:
    return hashlib.sha256(text_of(row.title, plain_text(row.body_html)).encode()).hexdigest()[:16]


def _alike(row: Row[Any], now: datetime) -> dict[int, Like]:
    """Those that are alike enough, each with how much; open ones only."""
    language = current_language()
    words = [hit.question_id for hit in current_engine().similar(row.title, CANDIDATES, now, without=row.id).hits]
    meaning = current_meaning()
    near = None
    if meaning.wait():
        near = meaning.near_question(row.id, CANDIDATES, words)
        if near is None:
            near = meaning.near(text_of(row.title, plain_text(row.body_html)), CANDIDATES, words)
    others = {one.question_id for one in near} if near is not None else set(words)
    titles = {
        found.id: found.title
        for found in db.session.execute(_QUESTIONS, {"ids": sorted(others - {row.id})})
        if found.closed_at is None and not likeness.tells_apart(row.title, found.title, language)
    }
    if near is not None:
        return {
            one.question_id: Like(min(one.nearness, 1.0), by_meaning=True)
            for one in near
            if one.question_id in titles and one.nearness >= likeness.BY_MEANING
        }
    shared = {number: likeness.of_words(row.title, title, language) for number, title in titles.items()}
    return {number: Like(share, by_meaning=False) for number, share in shared.items() if share >= likeness.BY_WORDS}


def _propose(session: Session, row: Row[Any], digest: str, found: Mapping[int, Like], now: datetime) -> None:
    """Write down the most alike; what was decided stays decided, and what is alike no more is proposed no more."""
    pair, either = DuplicatePair, or_(DuplicatePair.older_id == row.id, DuplicatePair.newer_id == row.id)
    waiting = session.execute(select(pair.id, pair.older_id, pair.newer_id).where(either, pair.state == "open")).all()
    over = [one.id for one in waiting if (one.newer_id if one.older_id == row.id else one.older_id) not in found]
    session.execute(delete(pair).where(pair.id.in_(over), pair.state == "open").execution_options(synchronize_session=False))
    asked = {one.id: one.created_at for one in session.execute(_QUESTIONS, {"ids": [row.id, *found]})}
    best = sorted((number for number in found if number in asked), key=lambda number: (-found[number].likeness, number))[:MOST]
    for number in best if row.id in asked else ():
        older, newer = sorted((row.id, number), key=lambda one: (asked[one], one))
        values = {"likeness": found[number].likeness, "by_meaning": found[number].by_meaning}
        put = insert_into(session, pair).values(older_id=older, newer_id=newer, found_at=now, state="open", **values)
        session.execute(
            put.on_conflict_do_update(index_elements=["older_id", "newer_id"], set_=values, where=pair.state == "open")
        )
    looked = insert_into(session, DuplicateLook).values(question_id=row.id, digest=digest)
    session.execute(looked.on_conflict_do_update(index_elements=["question_id"], set_={"digest": digest}))


def _forget(session: Session, ids: Collection[int]) -> None:
    pair = DuplicatePair
    of_these = or_(pair.older_id.in_(ids), pair.newer_id.in_(ids))
    for statement in (
        delete(pair).where(of_these, pair.state == "open"),
        delete(DuplicateLook).where(DuplicateLook.question_id.in_(ids)),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
