"""How fast the type-ahead is: titles made as for `benchmarks.search_speed`, typed letter by letter.

    python -m benchmarks.typeahead_speed [--posts 200000] [--databases sqlite postgresql] [--titles 150]

CPU is this process's and, with PostgreSQL, that of the server's process for our connection.
"""

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from flask import Flask
from sqlalchemy import insert, text

from app import schema
from app.accounts.models import User
from app.config import load
from app.db import db
from app.factory import create_app
from benchmarks.search_speed import NOW, SEED, Cpu, Texts, documents, read_dump, report
from benchmarks.stage import DUMP
from community.models import Question
from search.analysis import ENGLISH
from search.engine import Kind
from search.suggest import keeper
from search.suggest.queries import LEAST_TYPED, suggestions
from tests.servers import PostgreSQL

AT_ONCE = 5_000
"""Questions written in one statement."""


def titles(texts: Texts, posts: int) -> Iterator[str]:
    """The titles of so many posts' questions."""
    return (document.title for document in documents(texts, posts) if document.kind is Kind.QUESTION)


def fill(texts: Texts, posts: int) -> int:
    """Write the questions; returns how many."""
    dice = random.Random(SEED)
    author = db.session.execute(insert(User).values(name="Everybody", created_at=NOW).returning(User.id)).scalar_one()
    rows = [
        {
            "title": title,
            "author_id": author,
            "created_at": NOW - timedelta(days=dice.random() * 2000),
            "activity_at": NOW,
            "body_source": "",
            "body_html": "",
            "renderer_version": "0",
            "interval_days": 365,
            "grace_days": 365,
            "views": dice.randint(0, 5000),
            "lead_fresh_from": NOW - timedelta(days=200),
            "lead_best_before_at": NOW + timedelta(days=dice.randint(-300, 300)),
            "lead_expires_at": NOW + timedelta(days=400),
        }
        for title in titles(texts, posts)
    ]
    for start in range(0, len(rows), AT_ONCE):
        db.session.execute(insert(Question), rows[start : start + AT_ONCE])
    db.session.commit()
    return len(rows)


def measure(name: str, app: Flask, texts: Texts, posts: int, count: int) -> None:
    """Fill a site, let the words be kept, type, and print what it costs."""
    with app.app_context():
        questions = fill(texts, posts)
        started = time.perf_counter()
        for _ in range(0, questions, keeper.SLICE):
            keeper.catch_up(NOW)
        kept = time.perf_counter() - started
        server = []
        if name == "postgresql":
            db.session.execute(text("ANALYZE"))
            db.session.commit()
            server = [db.session.execute(text("SELECT pg_backend_pid()")).scalar_one()]
        print(f"\n{name}, {posts:,} posts in {questions:,} questions: words kept in {kept:.0f} s")
        cpu = Cpu(server)
        dice = random.Random(SEED + 1)
        typed = [" ".join(dice.choice(texts.titles)) for _ in range(count)]
        by_length: dict[str, list[tuple[float, float]]] = {"2 letters": [], "3 to 8 letters": [], "more": []}
        for title in typed:
            for end in range(LEAST_TYPED, min(len(title), 40) + 1):
                used, began = cpu(), time.perf_counter()
                suggestions(title[:end], ENGLISH, NOW)
                kind = "2 letters" if end == LEAST_TYPED else "3 to 8 letters" if end <= 8 else "more"
                by_length[kind].append((cpu() - used, time.perf_counter() - began))
        for kind, found in by_length.items():
            print(f"  {kind:<16}", end="   ")
            report(found)
        print(f"  {'all':<16}", end="   ")
        report([one for found in by_length.values() for one in found])
        db.session.remove()
        db.engine.dispose()


def run(name: str, folder: Path, texts: Texts, posts: int, count: int) -> None:
    """One database."""
    if name == "sqlite":
        app = create_app(load({"DATA_DIR": str(folder)}))
        schema.upgrade(app)
        measure(name, app, texts, posts, count)
        return
    with PostgreSQL() as server:
        app = create_app(load({"DATA_DIR": str(folder), "DATABASE_URL": server.create_database("typeahead")}))
        schema.upgrade(app)
        measure(name, app, texts, posts, count)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--posts", type=int, default=200_000)
    options.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    options.add_argument("--titles", type=int, default=150)
    chosen = options.parse_args()
    texts = read_dump(DUMP)
    for name in chosen.databases:
        folder = Path(tempfile.mkdtemp(prefix="bestbefore-typeahead-"))
        try:
            run(name, folder, texts, chosen.posts, chosen.titles)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
