"""How well similar questions are found: by words, by meaning, and by both as the site does it.

.venv/bin/python -m benchmarks.search_quality [--stackfaq FOLDER] [--tsv FILE …] [--engine whoosh database] [--database URL]

Each question of a collection is in the index with its answers, as on a site; its vector is computed as the worker does. Times are
CPU of this process for each title, with the database's own left out where it is a server.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the product; NumPy looks at it when it is imported

from app import schema
from app.config import load
from app.db import db
from app.factory import create_app
from benchmarks.labelled import Collection, Post, pairs, stackfaq
from benchmarks.measures import CUT, Quality, quality
from search.database_engine import DatabaseEngine
from search.engine import Document, Hit, Kind, SearchEngine
from search.semantic.encoder import Encoder
from search.semantic.fusion import DEPTH, DEPTH_BY_WORDS, Near
from search.semantic.keeper import text_of
from search.semantic.nearest import Matrix, pack
from search.semantic.package import ModelMissing, folder
from search.similar import best_of
from search.whoosh_engine import WhooshEngine

STACKFAQ = Path(__file__).resolve().parent.parent.parent / "shared" / "data" / "stackfaq"
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ANSWERS_OF_ONE = 10_000
"""No question has so many, so its answers can be numbered from its own number."""

Find = Callable[[str, int | None], Sequence[int]]


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--stackfaq", type=Path, default=STACKFAQ)
    options.add_argument("--tsv", type=Path, nargs="+", default=[], help="pairs: id, title, body, id, title, body, 0 or 1")
    options.add_argument("--engine", nargs="+", choices=["whoosh", "database"], default=["whoosh", "database"])
    options.add_argument("--database", help="an empty PostgreSQL database; left out: SQLite")
    chosen = options.parse_args()
    collections = [pairs(file) for file in chosen.tsv]
    if not collections:
        if not chosen.stackfaq.is_dir():
            print(f"The collection is not at hand: {chosen.stackfaq}", file=sys.stderr)
            return 1
        collections.append(stackfaq(chosen.stackfaq))
    try:
        encoder = Encoder(folder())
    except ModelMissing as missing:
        print(f"Words alone: {missing}.")
        encoder = None
    for collection in collections:
        print(f"\n{collection.name}: {len(collection.pool):,} questions, {len(collection.asked):,} titles asked, cut at {CUT}")
        print(f"{'':24}{'MAP':>8}{'MRR':>8}{'P@1':>8}{'P@5':>8}{'R@10':>8}{'R@20':>8}{'CPU ms':>9}")
        for name, measured, cpu in measure(collection, chosen.engine, encoder, chosen.database):
            print(f"{name:24}{''.join(f'{value:8.4f}' for value in measured)}{cpu:9.1f}", flush=True)
    return 0


def measure(
    collection: Collection, engines: Sequence[str], encoder: Encoder | None, database: str | None = None
) -> Iterator[tuple[str, Quality, float]]:
    """Each way of finding: its name, how good it is, and its milliseconds of CPU for a title."""
    matrix = _matrix(collection, encoder) if encoder is not None else None
    if encoder is not None and matrix is not None:
        yield "meaning", *_asked(collection, by_meaning(encoder, matrix))
    with tempfile.TemporaryDirectory(prefix="bestbefore-quality-") as name:
        app = create_app(load({"DATA_DIR": name, **({"DATABASE_URL": database} if database else {})}))
        schema.upgrade(app)
        with app.app_context():
            for kind in engines:
                engine: SearchEngine = WhooshEngine(Path(name) / "search") if kind == "whoosh" else DatabaseEngine(db.engine)
                shown = kind if kind == "whoosh" else db.engine.dialect.name
                engine.rebuild(_documents(collection), lambda _ids: ())
                yield f"{shown}: words", *_asked(collection, by_words(engine))
                if encoder is not None and matrix is not None:
                    yield f"{shown}: both", *_asked(collection, by_both(engine, encoder, matrix))
            db.session.remove()
            db.engine.dispose()


def by_meaning(encoder: Encoder, matrix: Matrix) -> Find:
    """The nearest, whatever their words."""
    return lambda title, _itself: _numbers(matrix.nearest(encoder.encode([title])[0], DEPTH))


def by_words(engine: SearchEngine) -> Find:
    """What the engine finds."""
    return lambda title, itself: _numbers(engine.similar(title, DEPTH, NOW, itself).hits)


def by_both(engine: SearchEngine, encoder: Encoder, matrix: Matrix) -> Find:
    """As the site does it."""

    def find(title: str, itself: int | None) -> Sequence[int]:
        words = engine.similar(title, DEPTH_BY_WORDS, NOW, itself).hits
        near = matrix.nearest(encoder.encode([title])[0], DEPTH, _numbers(words))
        return _numbers(best_of(engine, title, words, near, NOW))

    return find


def _asked(collection: Collection, find: Find) -> tuple[Quality, float]:
    cpu = time.process_time()
    found = [[number for number in find(asked.title, asked.itself) if number != asked.itself] for asked in collection.asked]
    each = (time.process_time() - cpu) * 1000 / len(collection.asked)
    return quality(zip(found, (asked.right for asked in collection.asked), strict=True)), each


def _numbers(hits: Iterable[Near | Hit]) -> list[int]:
    return [hit.question_id for hit in hits]


def _matrix(collection: Collection, encoder: Encoder) -> Matrix:
    texts = [text_of(post.title, post.body) for post in collection.pool.values()]
    matrix = Matrix(len(texts))
    matrix.put(dict(zip(collection.pool, pack(encoder.encode(texts)), strict=True)))
    return matrix


def _documents(collection: Collection) -> Iterator[Document]:
    for number, post in collection.pool.items():
        yield from _documents_of(number, post)


def _documents_of(number: int, post: Post) -> Iterator[Document]:
    yield Document(kind=Kind.QUESTION, question_id=number, title=post.title, body=post.body, created_at=NOW, activity_at=NOW)
    for place, answer in enumerate(post.answers):
        yield Document(
            kind=Kind.ANSWER,
            question_id=number,
            answer_id=number * ANSWERS_OF_ONE + place,
            body=answer,
            created_at=NOW,
            best_before_at=NOW + timedelta(days=90),
            expires_at=NOW + timedelta(days=455),
        )


if __name__ == "__main__":
    sys.exit(main())
