"""A sweep over a million answers of which a thousand are due: its cost follows the due ones."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from app import schema
from app.accounts.models import User
from app.config import load
from app.db import db, transaction
from app.factory import create_app
from community.freshness.sweep import sweep
from community.models import Answer, Question

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
BATCH = 10_000


def measure(folder: Path, answers: int, due: int) -> None:
    """Fill a database of its own and sweep it, with the due ones and again with nothing; then a tenth of the table."""
    for size in (answers // 10, answers):
        data = folder / f"sweep-{size}"
        app = create_app(load({"DATA_DIR": str(data)}))
        schema.upgrade(app)
        with app.app_context():
            _fill(size, due)
            started, cpu = time.perf_counter(), time.process_time()
            done = sweep(NOW)
            took, used = time.perf_counter() - started, time.process_time() - cpu
            started = time.perf_counter()
            again = sweep(NOW)
            nothing = time.perf_counter() - started
            db.session.remove()
        each = took * 1000 / max(done.due, 1)
        print(f"sweep, {size:,} answers, {done.due:,} due: {took:.2f} s ({used:.2f} s CPU), {each:.1f} ms each")
        print(f"  again, {again.due} due: {nothing * 1000:.1f} ms")


def _fill(answers: int, due: int) -> None:
    every = answers // due
    with transaction() as session:
        session.add(User(name="Sweeper", created_at=NOW))
        session.flush()
        for start in range(1, answers + 1, BATCH):
            numbers = range(start, min(start + BATCH, answers + 1))
            session.execute(insert(Question), [a_question(number) for number in numbers])
            session.execute(insert(Answer), [an_answer(number, late=number % every == 0) for number in numbers])


def a_question(number: int) -> dict[str, object]:
    """A question with one answer, as many as asked for."""
    then = NOW - timedelta(days=30)
    return {
        "id": number,
        "title": f"Question {number}",
        "author_id": 1,
        "body_source": "x",
        "body_html": "<p>x</p>",
        "renderer_version": 1,
        "created_at": then,
        "activity_at": then,
        "interval_days": 90,
        "grace_days": 365,
        "answer_count": 1,
        "related": [],
    }


def an_answer(number: int, *, late: bool) -> dict[str, object]:
    """Its answer, past its date or not."""
    fresh_from = NOW - timedelta(days=91 if late else 30)
    return {
        "id": number,
        "question_id": number,
        "author_id": 1,
        "body_source": "x",
        "body_html": "<p>x</p>",
        "renderer_version": 1,
        "created_at": fresh_from,
        "state": "fresh",
        "fresh_from": fresh_from,
        "best_before_at": fresh_from + timedelta(days=90),
        "expires_at": fresh_from + timedelta(days=455),
    }
