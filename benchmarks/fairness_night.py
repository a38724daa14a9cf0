"""What the fairness night costs: `python -m benchmarks.fairness_night [--votes 200000] [--people 20000] [--database URL]`.

The first night counts a whole window of honest votes and looks at everybody; the second one only a day's new votes.
"""

import argparse
import random
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import func, insert, select

from app import schema
from app.accounts.models import User
from app.config import load
from app.db import db, transaction
from app.factory import create_app
from benchmarks.sweeping import NOW, a_question, an_answer
from community.fairness import night
from community.models import Answer, Finding, Question, QuestionTag, Tag, Vote

BATCH = 10_000
TAGS = 50
EARLY = NOW - timedelta(days=60)


def _fill(people: int, votes: int) -> None:
    """People, an answer of each, and votes of anybody for anybody."""
    chance = random.Random(1)
    known: set[tuple[object, object]] = set()
    with transaction() as session:
        for start in range(1, people + 1, BATCH):
            numbers = range(start, min(start + BATCH, people + 1))
            session.execute(insert(User), [{"id": n, "name": f"Person {n}", "created_at": EARLY} for n in numbers])
        session.execute(insert(Tag), [{"id": n + 1, "name": f"tag-{n}", "created_at": EARLY} for n in range(TAGS)])
        for start in range(1, people + 1, BATCH):
            numbers = range(start, min(start + BATCH, people + 1))
            session.execute(insert(Question), [a_question(n) | {"author_id": n} for n in numbers])
            session.execute(insert(QuestionTag), [{"question_id": n, "tag_id": n % TAGS + 1, "position": 0} for n in numbers])
            session.execute(insert(Answer), [an_answer(n, late=False) | {"author_id": n % people + 1} for n in numbers])
        for start in range(0, votes, BATCH):
            steps = range(start, min(start + BATCH, votes))
            some = [_vote(chance, people, EARLY + timedelta(days=58) * step / votes) for step in steps]
            new = [one for one in some if (key := (one["voter_id"], one["question_id"])) not in known and not known.add(key)]  # type: ignore[func-returns-value]  # it adds, and is never true
            session.execute(insert(Vote), new)


def _vote(chance: random.Random, people: int, at: datetime) -> dict[str, object]:
    answer = 1 + int(people * chance.random() ** 2)
    voter = 1 + int(people * chance.random() ** 2)
    return {"voter_id": voter, "author_id": answer % people + 1, "answer_id": None, "question_id": answer, "value": 1, "at": at}


def _timed(name: str, votes: int, now: datetime) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    night.look(now)
    took, used = time.perf_counter() - started, time.process_time() - cpu
    found = db.session.execute(select(func.count()).select_from(Finding)).scalar_one()
    db.session.rollback()
    each = used * 1e6 / votes
    print(f"{name}, {votes:,} new votes: {took:.1f} s ({used:.1f} s CPU, {each:.0f} µs each), {found} findings in all")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--votes", type=int, default=200_000)
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--database", default="", help="PostgreSQL's address; SQLite without it")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environment = {"DATA_DIR": str(Path(folder) / "data")}
        if wanted.database:
            environment["DATABASE_URL"] = wanted.database
        app = create_app(load(environment))
        schema.upgrade(app)
        with app.app_context():
            _fill(wanted.people, wanted.votes)
            _timed("the first night", wanted.votes, NOW)
            chance = random.Random(2)
            daily = wanted.votes // 60
            with transaction() as session:
                fresh = [_vote(chance, wanted.people, NOW + timedelta(hours=2)) for _ in range(daily)]
                known = {(row[0], row[1]) for row in session.execute(select(Vote.voter_id, Vote.question_id))}
                new = {(one["voter_id"], one["question_id"]): one for one in fresh}
                session.execute(insert(Vote), [one for key, one in new.items() if key not in known])
            _timed("the next night", daily, NOW + timedelta(days=1))
            db.session.remove()


if __name__ == "__main__":
    main()
