"""The belief about an answer in the database: its row, kept up to the day, and its place in the queue and the audit's draw."""

import hashlib
import math
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from flask import current_app
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import insert_into
from community import lifecycle
from community.freshness import belief as model
from community.freshness.belief import Belief, TagRate
from community.lifecycle import State
from community.models import Answer, AnswerBelief, Question

NOT_LEAD = 0.25
"""The share of a question's views that reach an answer which is not its lead."""
LEAST_VIEWS = 0.05
"""Views per day that an unread answer is ranked with, so that of two unread ones the more doubtful comes first."""
MOST_NIGHTS = 1500
"""Older beliefs are stepped no further: they are certain by then."""


class Row(Protocol):
    """The belief's columns; the model has them, and so has what the nightly run reads many of at once."""

    answer_id: Any
    day: Any
    pi: Any
    pa: Any
    k: Any
    t: Any
    f: Any
    hb: Any
    hr: Any
    before_signals: Any
    bad: Any
    ok: Any
    views_per_day: Any
    views_counted: Any
    score: Any
    draw: Any


def day_of(now: datetime) -> date:
    """The day that nights are counted by: UTC, which knows no summer time."""
    return now.astimezone(UTC).date()


def read(row: Row) -> Belief:
    """The row as the mathematics takes it."""
    return Belief(row.pi, row.pa, row.k, row.t, row.f, row.hb, row.hr, row.views_per_day)


def write(row: Row, belief: Belief) -> None:
    """Put a belief into its row; what readers said today is part of it from now on."""
    row.pi = row.before_signals = belief.pi
    row.pa, row.k, row.t, row.f = belief.pa, belief.k, belief.T, belief.F
    row.hb, row.hr, row.views_per_day = belief.hb, belief.hr, belief.views
    row.bad = row.ok = 0.0


def adopted(answer: Answer, question: Question, now: datetime) -> AnswerBelief:
    """The first belief about an answer that came without one: imported, or older than beliefs are. The time since it was last
    vouched for counts; what was verified here begins from that."""
    days = max(0.0, (now - answer.fresh_from) / timedelta(days=1))
    if answer.verified_at is None:
        belief = model.imported(days)
    else:
        after, _ = model.verify(model.create(), TagRate(), False, 0.0)
        belief = model.imported(days)
        scale = (1 - after.pi) / (1 - model.PARAMETERS.NEW)
        belief = Belief(1 - (1 - belief.pi) * scale, 1 - (1 - belief.pa) * scale, F=belief.F, hb=belief.hb, hr=after.hr)
    if answer.state == State.EXPIRED and answer.verified_at is not None and answer.expires_at <= answer.verified_at:
        belief, _ = model.found_wrong(belief, TagRate())
    age = max(1.0, (now - question.created_at) / timedelta(days=1))
    share = 1.0 if question.lead_answer_id == answer.id else NOT_LEAD
    row = AnswerBelief(answer_id=answer.id, day=day_of(now), views_counted=question.views, crowd=0, escalated=0)
    write(row, belief)
    row.views_per_day = question.views * share / age
    rank(row, answer, question, now)
    return row


def hold(session: Session, answer_id: int) -> None:
    """Hold the belief, in a verb that holds people too, before those: the night holds thousands of beliefs while it waits for
    one, and that one's verb may wait for a person."""
    session.execute(select(AnswerBelief.answer_id).where(AnswerBelief.answer_id == answer_id).with_for_update())


def of(session: Session, answer: Answer, question: Question, now: datetime) -> AnswerBelief:
    """The belief about the answer, held, with every day counted that has passed."""
    session.flush()  # what this verb has changed already must not be read away
    kept = select(AnswerBelief).where(AnswerBelief.answer_id == answer.id).with_for_update()
    kept = kept.execution_options(populate_existing=True)
    found = session.scalars(kept).one_or_none()
    if found is None:
        # A night may be giving it its first belief at the same time.
        first = adopted(answer, question, now)
        values = {column.name: getattr(first, column.name) for column in AnswerBelief.__table__.columns}
        session.execute(insert_into(session, AnswerBelief).values(values).on_conflict_do_nothing())
        found = session.scalars(kept).one()
    step_to(found, answer, question, day_of(now))
    return found


def step_to(row: Row, answer: Any, question: Any, today: date) -> bool:  # noqa: ANN401 - models, or rows of them
    """Count the days that have passed, each as a night of its own. False when there was none; a day is never counted twice, nor
    when the clock was set back."""
    days = min((today - row.day).days, MOST_NIGHTS)
    if days <= 0:
        return False
    belief = read(row)
    for _ in range(days):
        belief = model.aged(belief, question.change_rate)
    share = 1.0 if question.lead_answer_id == answer.id else NOT_LEAD
    seen = max(0, question.views - row.views_counted) * share
    write(row, model.viewed(belief, seen, days))
    row.day, row.views_counted = today, question.views
    return True


def rank(row: Row, answer: Any, question: Any, now: datetime) -> None:  # noqa: ANN401 - as above
    """Where the answer stands in the queue and in today's draw of the blind audit. What is archived or removed stands nowhere."""
    if answer.archived_at is not None or answer.removed_at is not None:
        row.score, row.draw = 0.0, None
        return
    h = model.hazard(read(row), question.change_rate)
    row.score = model.score(max(row.views_per_day, LEAST_VIEWS), row.pi, h)
    current = lifecycle.is_current(answer.best_before_at, answer.expires_at, answer.archived_at, now)
    lately = answer.verified_at is not None and now - answer.verified_at < timedelta(days=model.PARAMETERS.PAUSE)
    row.draw = _draw(answer.id, row.views_per_day, row.day) if current and not lately and row.views_per_day > 0 else None


def _draw(answer_id: int, views: float, day: date) -> float:
    """An exponential variate with rate `views`, that belongs to this answer on this day: the lowest of many is a draw in
    proportion to views (Efraimidis and Spirakis, IPL 2006). Keyed, so that nobody can work out what will be audited."""
    key = current_app.config["SECRET_KEY"].encode()[:64]
    digest = hashlib.blake2b(f"{answer_id} {day}".encode(), digest_size=8, key=key).digest()
    return -math.log((int.from_bytes(digest) + 1) / 2**64) / views


def rerank(session: Session, answer: Answer, question: Question, now: datetime) -> None:
    """After a verb has set the answer's dates and verifier: its place in the queue and the draw."""
    rank(of(session, answer, question, now), answer, question, now)
