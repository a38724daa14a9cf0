"""Active reputation: what answers that are current today have earned their authors.

An answer counts while it is fresh and neither it nor its question is removed: with everything its author has for it in the
ledger, and under the tags its question has today. `settle` compares what is kept with what is, so it may run twice, late, or
for nothing.
"""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, delete, func, select
from sqlalchemy.orm import Session

from app.db import db, insert_into, transaction
from community import lifecycle, reach
from community.boards import subjects
from community.lifecycle import State
from community.models import Answer, CurrentAnswer, Question
from reputation import ledger
from reputation.boards import keeping, periods
from reputation.boards.keeping import Key
from reputation.models import Entry

EVERY = timedelta(days=1)
"""How often everything is compared, beside what the outbox tells."""
SLICE = 500
"""Answers that are compared together."""


@dataclass(frozen=True, slots=True)
class Given:
    """What an answer gives: to whom, how much, under which tags."""

    user_id: int
    points: int
    tag_ids: str


def reconcile(now: datetime) -> int:
    """Compare every answer; returns how many were off. Its cost is linear in the answers, in small transactions, most of which
    only read."""
    last = off = 0
    while True:
        some = select(Answer.id).where(Answer.id > last).order_by(Answer.id).limit(SLICE)
        ids = db.session.scalars(some).all()
        db.session.rollback()
        if not ids:
            return off
        off += settle(ids, now)
        last = ids[-1]


def settle(answer_ids: Collection[int], now: datetime) -> int:
    """Make these answers give what they should at `now`; returns how many were off. Where none is, it only reads."""
    off = sorted(_off(db.session(), answer_ids, now))
    db.session.rollback()
    if not off:
        return 0
    with transaction() as session:
        reach.questions_of(session, off)
        concerned = _off(session, off, now)
        ledger.lock_people(session, {given.user_id for pair in concerned.values() for given in pair if given is not None})
        # What the ledger says may have moved until the people were held.
        concerned = {answer_id: pair for answer_id, pair in _off(session, off, now).items() if answer_id in concerned}
        moved: Counter[Key] = Counter()
        for answer_id, (kept, right) in concerned.items():
            _count(moved, kept, -1)
            _count(moved, right, 1)
            _keep(session, answer_id, right)
        keeping.add_points(session, moved)
        return len(concerned)


def _off(session: Session, answer_ids: Collection[int], now: datetime) -> dict[int, tuple[Given | None, Given | None]]:
    """Answers that give something else than they should: (what they give, what they should)."""
    kept = {
        row.answer_id: Given(row.user_id, row.points, row.tag_ids)
        for row in session.execute(
            select(CurrentAnswer.answer_id, CurrentAnswer.user_id, CurrentAnswer.points, CurrentAnswer.tag_ids).where(
                CurrentAnswer.answer_id.in_(answer_ids)
            )
        )
    }
    right = _right(session, answer_ids, now)
    return {
        answer_id: (kept.get(answer_id), right.get(answer_id))
        for answer_id in kept.keys() | right.keys()
        if kept.get(answer_id) != right.get(answer_id)
    }


def _right(session: Session, answer_ids: Collection[int], now: datetime) -> dict[int, Given]:
    earned = func.sum(Entry.delta)
    rows = session.execute(
        select(
            Answer.id,
            Answer.question_id,
            Answer.author_id,
            Answer.best_before_at,
            Answer.expires_at,
            Answer.archived_at,
            earned.label("earned"),
        )
        .join(Entry, and_(Entry.answer_id == Answer.id, Entry.user_id == Answer.author_id))
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.id.in_(answer_ids), Answer.removed_at.is_(None), Question.removed_at.is_(None))
        .where(Answer.best_before_at > now, Answer.archived_at.is_(None))
        .group_by(Answer.id)
        .having(earned != 0)
    ).all()
    fresh = [row for row in rows if lifecycle.state_at(row.best_before_at, row.expires_at, row.archived_at, now) == State.FRESH]
    tags = subjects.tags_of(session, {row.question_id for row in fresh})
    return {row.id: Given(row.author_id, int(row.earned), keeping.written(tags.get(row.question_id, ()))) for row in fresh}


def _count(moved: Counter[Key], given: Given | None, sign: int) -> None:
    if given is not None:
        for tag_id in (0, *keeping.tags_in(given.tag_ids)):
            moved[given.user_id, periods.CURRENT, tag_id] += sign * given.points


def _keep(session: Session, answer_id: int, right: Given | None) -> None:
    if right is None:
        session.execute(delete(CurrentAnswer).where(CurrentAnswer.answer_id == answer_id))
        return
    values = {"user_id": right.user_id, "points": right.points, "tag_ids": right.tag_ids}
    fresh = insert_into(session, CurrentAnswer).values(answer_id=answer_id, **values)
    session.execute(fresh.on_conflict_do_update(index_elements=[CurrentAnswer.answer_id], set_=values))
