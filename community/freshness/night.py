"""The nightly run: a day passes for every belief, in batches, and dates follow where they have moved.

Resumable when killed, harmless when run twice for a day or by two schedulers at once, and it counts every day that was missed: a
belief's row knows up to which day it has been counted. A quiet night changes almost no date, since the dates foresee it; only
those that move are written, with the questions held.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from app.db import db, insert_into, transaction
from community import lead, reach
from community.freshness import beliefs, dates, life
from community.freshness.belief import Belief
from community.freshness.dates import Standing
from community.lifecycle import Deadlines
from community.models import Answer, AnswerBelief, Night, Question

BATCH = 2000
"""Answers whose day one transaction counts."""
MOVED_BATCH = 100
"""Answers whose dates one transaction moves."""
SLICE_SECONDS = 3.0
"""After so long the schedule's call ends and the next one goes on, so that the outbox never waits long for a night."""


@dataclass(slots=True)
class Counted:
    """The row of a belief, read in bulk."""

    answer_id: int
    day: date
    pi: float
    pa: float
    k: float
    t: float
    f: float
    hb: float
    hr: float
    before_signals: float
    bad: float
    ok: float
    views_per_day: float
    views_counted: int
    score: float
    draw: float | None


@dataclass(frozen=True)
class Ran:
    """What a run did."""

    counted: int = 0
    """Answers that a day or more was counted for, or that were given their first belief."""
    moved: int = 0
    """Answers whose dates were moved."""
    finished: bool = True


_COLUMNS = [getattr(AnswerBelief, column.name) for column in fields(Counted)]
_ANSWERS = (
    select(
        Answer.id,
        Answer.fresh_from,
        Answer.best_before_at,
        Answer.expires_at,
        Answer.archived_at,
        Answer.removed_at,
        Answer.verified_at,
        Question.views,
        Question.lead_answer_id,
        Question.freshness,
        Question.interval_days,
        Question.grace_days,
        Question.change_rate,
        Question.permanent_until,
    )
    .join(Question, Question.id == Answer.question_id)
    .where(Answer.id > bindparam("after"))
    .order_by(Answer.id)
    .limit(bindparam("batch"))
)
_WRITE = (
    update(AnswerBelief.__table__)  # type: ignore[arg-type]  # a table, though declared as any FROM clause
    .where(AnswerBelief.answer_id == bindparam("of_answer"))
    .values({column.name: bindparam(column.name) for column in fields(Counted) if column.name != "answer_id"})
)


def run(now: datetime, seconds: float | None = None) -> Ran:
    """Count the day for every answer; returns what was done. With `seconds` it ends after the batch in which they are over, and
    the next call goes on from there."""
    began = time.monotonic()
    today = beliefs.day_of(now)
    started = _begin(today, now)
    if started is None:
        return Ran()
    counted = moved = 0
    cursor: int | None = started
    while cursor is not None:
        if counted and seconds is not None and time.monotonic() - began >= seconds:
            return Ran(counted, moved, finished=False)
        cursor, here, late = _count(today, cursor, now, again=cursor == started)
        counted += here
        for start in range(0, len(late), MOVED_BATCH):
            moved += move_dates(late[start : start + MOVED_BATCH], now)
        _keep(today, cursor, now)
    return Ran(counted, moved)


def run_slice(now: datetime) -> Ran:
    """A slice of today's run, for the schedule."""
    return run(now, SLICE_SECONDS)


def _begin(today: date, now: datetime) -> int | None:
    """How far today's run has come; None when it is done."""
    found = db.session.execute(select(Night.cursor, Night.finished_at).where(Night.day == today)).first()
    db.session.rollback()
    if found is not None:
        return None if found.finished_at is not None else found.cursor
    with transaction() as session:
        session.execute(insert_into(session, Night).values(day=today, started_at=now, cursor=0).on_conflict_do_nothing())
    return 0


def _keep(today: date, cursor: int | None, now: datetime) -> None:
    """Write down how far the run has come, now that the batch's dates have moved too; None: it is done."""
    with transaction() as session:
        if cursor is None:
            session.execute(update(Night).where(Night.day == today, Night.finished_at.is_(None)).values(finished_at=now))
        else:
            session.execute(update(Night).where(Night.day == today, Night.cursor < cursor).values(cursor=cursor))


def _count(today: date, after: int, now: datetime, *, again: bool) -> tuple[int | None, int, list[int]]:
    """One batch: the next cursor (None at the end), how many rows were counted, and which answers' dates have moved. `again`: a
    run that was killed may have counted it, and not have moved its dates."""
    with transaction() as session:
        answers = session.execute(_ANSWERS, {"after": after, "batch": BATCH}).all()
        if not answers:
            return None, 0, []
        last = answers[-1].id
        kept = select(*_COLUMNS).where(AnswerBelief.answer_id > after, AnswerBelief.answer_id <= last)
        rows = {row[0]: Counted(*row) for row in session.execute(kept.order_by(AnswerBelief.answer_id).with_for_update())}
        missing = [answer.id for answer in answers if answer.id not in rows]
        written, late = [], []
        for answer in answers:
            row = rows.get(answer.id)
            if row is None:
                continue
            if beliefs.step_to(row, answer, answer, today):
                beliefs.rank(row, answer, answer, now)
                values = {name: getattr(row, name) for name in Counted.__slots__}
                values["of_answer"] = values.pop("answer_id")
                written.append(values)
            elif not again or row.day != today:
                continue
            if answer.removed_at is None and answer.archived_at is None and _moves(answer, answer, beliefs.read(row), now):
                late.append(answer.id)
        if written:
            session.connection().execute(_WRITE, written)
        late += _adopt(session, missing, now)
    return last, len(written) + len(missing), late


def _moves(answer: Any, policy: dates.Policy, belief: Belief, now: datetime) -> bool:  # noqa: ANN401 - a model or a row of one
    standing = Standing(answer.fresh_from, answer.best_before_at, answer.expires_at)
    wanted = dates.at_night(belief, policy, standing, answer.id, dates.SPREAD_DAYS, now)
    return wanted != Deadlines(answer.best_before_at, answer.expires_at)


def _adopt(session: Session, answer_ids: Sequence[int], now: datetime) -> list[int]:
    """Give the answers that came without a belief their first one; returns those whose dates it moves."""
    if not answer_ids:
        return []
    found = session.execute(
        select(Answer, Question).join(Question, Question.id == Answer.question_id).where(Answer.id.in_(answer_ids))
    )
    rows, late = [], []
    for answer, question in found:
        row = beliefs.adopted(answer, question, now)
        rows.append({column.name: getattr(row, column.name) for column in AnswerBelief.__table__.columns})
        if answer.removed_at is None and answer.archived_at is None and _moves(answer, question, beliefs.read(row), now):
            late.append(answer.id)
        session.expunge(answer)
    session.execute(insert_into(session, AnswerBelief).on_conflict_do_nothing(), rows)
    return late


def adopt_all(now: datetime) -> int:
    """Give every answer without a belief its first one, as after an import; returns how many there were."""
    adopted = last = 0
    while True:
        with transaction() as session:
            lacking = ~select(AnswerBelief.answer_id).where(AnswerBelief.answer_id == Answer.id).exists()
            ids = session.scalars(select(Answer.id).where(Answer.id > last, lacking).order_by(Answer.id).limit(BATCH)).all()
            _adopt(session, ids, now)
        if not ids:
            return adopted
        adopted, last = adopted + len(ids), ids[-1]


def move_dates(answer_ids: Sequence[int], now: datetime, spread_days: int = dates.SPREAD_DAYS) -> int:
    """Let the dates of these answers follow their beliefs, in one transaction; returns how many moved. Their questions are
    held, in the order of their ids."""
    with transaction() as session:
        questions = reach.questions_of(session, answer_ids)
        answers = session.scalars(
            select(Answer)
            .where(Answer.id.in_(answer_ids), Answer.archived_at.is_(None), Answer.removed_at.is_(None))
            .order_by(Answer.id)
            .execution_options(populate_existing=True)
        ).all()
        changed = {}
        moved = 0
        for answer in answers:
            question = questions[answer.question_id]
            before = (answer.best_before_at, answer.expires_at)
            life.catch_up(session, answer, now)
            row = beliefs.of(session, answer, question, now)
            standing = Standing(answer.fresh_from, answer.best_before_at, answer.expires_at)
            wanted = dates.at_night(beliefs.read(row), question, standing, answer.id, spread_days, now)
            life.follow_evidence(session, answer, wanted, "its belief", now)
            beliefs.rank(row, answer, question, now)
            if (wanted.best_before, wanted.expires) != before:
                moved += 1
                changed[question.id] = question
        lead.refresh_all(session, list(changed.values()), now)
        for question in changed.values():
            reach.changed(session, question, now)
        return moved
