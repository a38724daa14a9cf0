"""A ledger of ten million entries: `python -m benchmarks.ledger [--entries N] [--folder PATH]`.

Builds a SQLite database in bulk (votes, their entries under the daily cap, what the boards make of them), asks the product for
people's pages and boards, and runs the whole audit. Says what each takes; ends with an error when the books are not in order.
"""

import argparse
import random
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app import schema
from app.accounts.models import User
from app.config import load
from app.db import db, transaction
from app.factory import create_app
from benchmarks.sweeping import BATCH, a_question, an_answer
from community.boards.causes import CHECKERS
from community.models import Answer, Question, Tag
from community.queries import pager
from community.queries.boards import boards_page
from community.queries.person import person_page
from reputation import audit, grounds, ledger, points
from reputation.ledger import Posting

PEOPLE = 20_000
ANSWERS = 200_000
TAGS = 200
TAGGED = 5
"""One entry in so many is under a tag."""
DAYS = 3 * 365
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
START = NOW - timedelta(days=DAYS)
INDEXES = ("ix_ledger_entries_%", "ix_votes_%", "uq_votes_%", "ix_standings_%", "ix_answers_%")
ROUNDS = 200


def main() -> int:
    """Build, measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--entries", type=int, default=10_000_000)
    options.add_argument("--folder", type=Path)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="bestbefore-ledger-") as name:
        folder = chosen.folder or Path(name)
        settings = load({"DATA_DIR": str(folder)})
        app = create_app(settings)
        with app.app_context():
            schema.upgrade(app)
            started = time.perf_counter()
            _fill(chosen.entries)
            size = sum(file.stat().st_size for file in folder.glob("*.db*"))
            print(f"built in {time.perf_counter() - started:.0f} s, {size / 1e9:.1f} GB", flush=True)
            return _measure()


def _fill(entries: int) -> None:
    db.session.connection().exec_driver_sql("PRAGMA cache_size = -1000000")
    db.session.rollback()
    with transaction() as session:
        found = session.execute(
            text("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND (" + _like() + ")")
        ).all()
        for name, _ in found:
            session.execute(text(f"DROP INDEX {name}"))
        _posts(session)
        for statement in _statements(entries):
            started = time.perf_counter()
            session.connection().exec_driver_sql(statement)
            print(f"  {time.perf_counter() - started:6.1f} s  {' '.join(statement.split())[:70]}", flush=True)
        for _, made in found:
            session.execute(text(made))
    db.session.connection().exec_driver_sql("ANALYZE")
    db.session.commit()


def _posts(session: Session) -> None:
    """Few people have most of it: the answers of number n belong to who stands at the square of its share."""
    session.execute(insert(User), [{"id": one, "name": f"Person {one}", "created_at": START} for one in range(1, PEOPLE + 1)])
    tags = [{"id": one, "name": f"tag-{one}", "question_count": one, "created_at": START} for one in range(1, TAGS + 1)]
    session.execute(insert(Tag), tags)
    for start in range(1, ANSWERS + 1, BATCH):
        numbers = range(start, start + BATCH)
        session.execute(insert(Question), [a_question(one) | {"author_id": 1 + one % PEOPLE} for one in numbers])
        answers = [(one, an_answer(one, late=False)) for one in numbers]
        session.execute(
            insert(Answer), [one | {"author_id": 1 + int(PEOPLE * (number / (ANSWERS + 1)) ** 2)} for number, one in answers]
        )


def _like() -> str:
    return " OR ".join(f"name LIKE '{pattern}'" for pattern in INDEXES)


def _numbers(count: int) -> str:
    return f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"


def _statements(entries: int) -> list[str]:
    start, span = int(START.timestamp()), DAYS * 86_400
    moment = f"strftime('%Y-%m-%d %H:%M:%S.000000', {start} + abs(random()) % {span}, 'unixepoch')"
    days = "(SELECT DISTINCT day FROM ledger_entries)"
    periods = f"""
        SELECT day, 'all' AS period FROM {days} UNION ALL SELECT day, 'month:' || substr(day, 1, 7) FROM {days}
        UNION ALL SELECT day, 'week:' || date(day, '-6 days', 'weekday 1') FROM {days}"""
    answer = f"(1 + (i * 7919) % {ANSWERS})"
    share = f"({answer} / ({ANSWERS} + 1.0))"
    author = f"1 + CAST({PEOPLE} * {share} * {share} AS INTEGER)"
    cap, up = points.DAILY_CAP, points.of("answer_upvoted")
    return [
        f"""{_numbers(entries)} INSERT INTO votes (id, voter_id, author_id, answer_id, value, at)
            SELECT i, 1 + (i / {ANSWERS} * 397 + i * 31) % {PEOPLE}, {author}, {answer}, 1, {moment} FROM n""",
        f"""INSERT INTO ledger_entries (id, user_id, delta, withheld, reason, cause, actor_id, question_id, answer_id, tag_ids,
            day, at)
            SELECT id, author_id, CASE WHEN place <= {cap // up} THEN {up} ELSE 0 END,
            CASE WHEN place <= {cap // up} THEN 0 ELSE {up} END,
            'answer_upvoted', 'vote:' || id || ':author', voter_id, answer_id,
            answer_id, CASE WHEN answer_id % {TAGGED} = 0 THEN 1 + answer_id % {TAGS} ELSE '' END, substr(at, 1, 10), at
            FROM (SELECT *, row_number() OVER (PARTITION BY author_id, substr(at, 1, 10) ORDER BY id) AS place FROM votes)
            ORDER BY id""",
        "CREATE INDEX bench_people ON ledger_entries (user_id, delta)",
        """UPDATE users SET reputation = 1 + coalesce((SELECT sum(delta) FROM ledger_entries WHERE user_id = users.id), 0)""",
        "DROP INDEX bench_people",
        f"""INSERT INTO standings (user_id, period, tag_id, points)
            SELECT user_id, period, 0, sum(delta)
            FROM (SELECT user_id, day, sum(delta) AS delta FROM ledger_entries GROUP BY 1, 2)
            JOIN ({periods}) USING (day) GROUP BY 1, 2 HAVING sum(delta) <> 0""",
        f"""INSERT INTO standings (user_id, period, tag_id, points)
            SELECT user_id, period, CAST(tag_ids AS INTEGER), sum(delta) FROM (SELECT user_id, day, tag_ids, sum(delta) AS delta
            FROM ledger_entries WHERE tag_ids <> '' GROUP BY 1, 2, 3) JOIN ({periods}) USING (day) GROUP BY 1, 2, 3
            HAVING sum(delta) <> 0""",
    ]


def _measure() -> int:
    most = db.session.execute(text("SELECT user_id, count(*) FROM ledger_entries GROUP BY 1 ORDER BY 2 DESC LIMIT 1")).one()
    rows = db.session.execute(text("SELECT count(*) FROM standings")).scalar()
    print(f"{most[1]:,} entries of person {most[0]}, who has most; {rows:,} rows of boards")
    dice = random.Random(5)
    middle = pager.Place(START + timedelta(days=DAYS // 2), 1)
    acts: dict[str, Callable[[], object]] = {
        "total of a person": lambda: ledger_total(1 + dice.randrange(PEOPLE)),
        "total of who has most": lambda: ledger_total(most[0]),
        "page of a person's points": lambda: person_page(1 + dice.randrange(PEOPLE), "reputation", None, None, NOW),
        "page of who has most": lambda: person_page(most[0], "reputation", None, None, NOW),
        "the same, in the middle": lambda: person_page(most[0], "reputation", middle, None, NOW),
        "board of the week": lambda: boards_page("week", "", "", None, None, NOW),
        "board of all time": lambda: boards_page("all", "", "", None, None, NOW),
        "the same, 5,000 places down": lambda: boards_page("all", "", "", pager.Place(_points_at(5000), 10_000), None, NOW),
        "board of the month and a tag": lambda: boards_page("month", "tag-6", "", None, None, NOW),
    }
    for name, act in acts.items():
        _print(name, act)
    _print("paying a vote", _pay())
    started, cpu = time.perf_counter(), time.process_time()
    books = audit.audit(db.session())
    took, used = time.perf_counter() - started, time.process_time() - cpu
    print(f"audit of the books: {took:.0f} s, CPU {used:.0f} s, {'in order' if books.clean else books}", flush=True)
    started = time.perf_counter()
    causes = grounds.check(db.session(), CHECKERS)
    print(
        f"audit of what was paid for: {time.perf_counter() - started:.0f} s, {'in order' if causes.clean else causes}", flush=True
    )
    return 0 if books.clean and causes.clean else 1


def ledger_total(user_id: int) -> object:
    """As every page reads it."""
    return db.session.execute(text("SELECT reputation FROM users WHERE id = :id"), {"id": user_id}).scalar()


def _points_at(place: int) -> int:
    found = text(
        "SELECT points FROM standings WHERE tag_id = 0 AND period = 'all' AND points > 0 ORDER BY points DESC LIMIT 1 OFFSET :n"
    )
    return int(db.session.execute(found, {"n": place}).scalar() or 1)


def _pay() -> Callable[[], object]:
    numbers = iter(range(10**9))

    def pay() -> None:
        with transaction() as session:
            posting = Posting(
                1 + next(numbers) % PEOPLE, "answer_accepted", f"import:bench:{next(numbers)}", answer_id=5, question_id=5
            )
            ledger.post(session, [posting], NOW)

    return pay


def _print(name: str, act: Callable[[], object]) -> None:
    act()
    times, cpu = [], time.process_time()
    for _ in range(ROUNDS):
        db.session.rollback()
        started = time.perf_counter()
        act()
        times.append(time.perf_counter() - started)
    each = (time.process_time() - cpu) / ROUNDS * 1000
    db.session.rollback()
    times.sort()
    print(
        f"{name}: median {median(times) * 1000:.2f} ms, 95 % under {times[int(ROUNDS * 0.95)] * 1000:.2f} ms, CPU {each:.2f} ms",
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
