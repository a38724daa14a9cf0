"""A night over a million answers: how long, how much memory, and what two missed days and a learned rate cost.

.venv/bin/python -m benchmarks.nights [--answers 1000000] [--database postgresql://…]
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import insert, select, update

from app import schema
from app.accounts.models import User
from app.config import load
from app.db import db, transaction
from app.factory import create_app
from benchmarks.sweeping import BATCH, NOW, a_question, an_answer
from community import tags
from community.freshness import dates, learning, night
from community.models import Answer, Question, QuestionTag, Tag


def measure(answers: int, environment: dict[str, str]) -> None:
    """Fill a database of its own and let nights pass over it."""
    app = create_app(load(environment))
    schema.upgrade(app)
    with app.app_context():
        _fill(answers)
        _timed("first beliefs", answers, lambda: night.run(NOW).counted)
        _timed("a night", answers, lambda: night.run(NOW + timedelta(days=1)).counted)
        _timed("two missed days", answers, lambda: night.run(NOW + timedelta(days=3)).counted)
        _timed("the same night again", answers, lambda: night.run(NOW + timedelta(days=3)).counted)
        _timed("learning the rates", answers, lambda: learning.learn(NOW + timedelta(days=3)))
        db.session.remove()
    print(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def _timed(name: str, answers: int, act: Callable[[], int]) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    counted = act()
    took, used = time.perf_counter() - started, time.process_time() - cpu
    each = used * 1e6 / answers
    print(f"{name}, {answers:,} answers: {took:.1f} s ({used:.1f} s CPU, {each:.0f} µs each), {counted:,} counted")


def _fill(answers: int) -> None:
    with transaction() as session:
        session.add(User(name="Sleeper", created_at=NOW))
        session.add_all([Tag(name=f"tag-{number}", created_at=NOW) for number in range(50)])
        session.flush()
        tags = session.scalars(select(Tag.id)).all()
        for start in range(1, answers + 1, BATCH):
            numbers = range(start, min(start + BATCH, answers + 1))
            session.execute(insert(Question), [a_question(number) | {"views": number % 1000} for number in numbers])
            session.execute(insert(QuestionTag), [{"question_id": n, "tag_id": tags[n % 50], "position": 0} for n in numbers])
            session.execute(insert(Answer), [an_answer(number, late=False) | _dates() for number in numbers])
        session.execute(update(Question).values(lead_answer_id=Question.id))


def _dates() -> dict[str, object]:
    """As the belief gives them: a night moves none of these."""
    found = dates.of_old(NOW - timedelta(days=30), tags.Policy(), NOW)
    return {"best_before_at": found.best_before, "expires_at": found.expires}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--answers", type=int, default=1_000_000)
    parser.add_argument("--database", default="", help="PostgreSQL's address; SQLite without it")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DATA_DIR": str(Path(folder) / "data")}
        if wanted.database:
            environment["DATABASE_URL"] = wanted.database
        measure(wanted.answers, environment)


if __name__ == "__main__":
    main()
