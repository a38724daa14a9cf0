"""How fast each search engine is, on posts made from the titles and sentences of the dump.

    python -m benchmarks.search_speed [--posts 5000 …] [--engines whoosh sqlite postgresql] [--queries 150]

"Similar" is what the form one asks on is given: by words, and by words and meaning where the model is installed (its vectors are
made up, which costs as much as real ones). CPU is this process's and, with PostgreSQL, that of the server's process for our
connection. Cold: the first of these queries on a freshly opened engine, whose files the system may still have in memory. Small by
default; 10000 50000 200000 take an hour.
"""

import argparse
import os
import random
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import quantiles
from xml.etree.ElementTree import iterparse

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # as in the product; NumPy looks at it when it is imported

import numpy as np
import psutil
from sqlalchemy import Engine, create_engine, text

from app.db import prepare_engine
from app.rendering.text import plain_text
from benchmarks.stage import DUMP
from search.analysis import query_terms
from search.database_engine import DatabaseEngine
from search.engine import Document, Kind, Query, SearchEngine
from search.semantic.encoder import Encoder
from search.semantic.fusion import DEPTH, DEPTH_BY_WORDS
from search.semantic.nearest import DIMENSIONS, Matrix, pack
from search.semantic.package import ModelMissing, folder
from search.similar import best_of
from search.whoosh_engine import WhooshEngine
from tests.databases import migrate
from tests.servers import PostgreSQL

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SEED = 20261121
CHANGED_WORDS = 0.3
"""So many words of a title are taken from another one, so that no two are the same."""
OF_TITLES, AT_ONCE = 500, 5_000
"""So many titles get a vector of the model's; those of the questions are made of these, so many at a time."""
ADDED = 40
"""So many questions are added one by one."""
TAGS = ("esim", "roaming", "router", "wifi", "billing", "voicemail", "porting", "tv")


@dataclass(frozen=True)
class Texts:
    """What posts are made of."""

    titles: Sequence[Sequence[str]]
    sentences: Sequence[str]
    lengths: Sequence[int]
    """Of real posts, in sentences."""


def read_dump(folder: Path) -> Texts:
    """The titles and sentences of a real site."""
    titles: list[list[str]] = []
    sentences: list[str] = []
    lengths: list[int] = []
    for _, row in iterparse(folder / "Posts.xml"):  # noqa: S314 - a file of ours
        if row.get("PostTypeId") in {"1", "2"}:
            said = [one for one in re.split(r"(?<=[.?!])\s+|\n+", plain_text(row.get("Body") or "")) if one.strip()]
            sentences += said
            lengths.append(max(1, len(said)))
            if row.get("Title"):
                titles.append((row.get("Title") or "").split())
        row.clear()
    return Texts(titles, sentences, lengths)


def documents(texts: Texts, posts: int) -> Iterator[Document]:
    """So many posts; the same ones each time."""
    dice, number, made = random.Random(SEED), 0, 0
    while made < posts:
        number += 1
        group = question(texts, number, dice)
        made += len(group)
        yield from group


def question(texts: Texts, number: int, dice: random.Random) -> list[Document]:
    """A question with its answers."""

    def body() -> str:
        return " ".join(dice.choices(texts.sentences, k=dice.choice(texts.lengths)))

    def word(own: str) -> str:
        return dice.choice(dice.choice(texts.titles)) if dice.random() < CHANGED_WORDS else own

    title = [word(own) for own in dice.choice(texts.titles)]
    asked = NOW - timedelta(days=dice.random() * 2000)
    made = [
        Document(
            kind=Kind.QUESTION,
            question_id=number,
            title=" ".join(title),
            body=body(),
            tags=tuple(dice.sample(TAGS, 2)),
            created_at=asked,
            votes=dice.choice((0, 0, 1, 2, 5)),
        )
    ]
    for place in range(dice.choice((0, 1, 1, 1, 2, 3))):
        best_before = NOW + timedelta(days=dice.randint(-600, 300))
        made.append(
            Document(
                kind=Kind.ANSWER,
                question_id=number,
                answer_id=number * 10 + place,
                body=body(),
                created_at=asked,
                best_before_at=best_before,
                expires_at=best_before + timedelta(days=365),
                accepted=place == 0 and dice.random() < 0.5,
                votes=dice.choice((0, 0, 1, 3)),
            )
        )
    return made


def queries(texts: Texts, count: int) -> dict[str, list[Callable[[SearchEngine], object]]]:
    """What is asked, by kind."""
    dice = random.Random(SEED + 1)
    titles = [dice.choice(texts.titles) for _ in range(count)]

    def words(title: Sequence[str], most: int) -> tuple[str, ...]:
        telling = [word for word in title if query_terms(word)]
        return tuple(dice.sample(telling, min(len(telling), most)))

    def search(asked: tuple[str, ...]) -> Callable[[SearchEngine], object]:
        return lambda engine: engine.search(Query(now=NOW, words=asked, limit=15))

    def similar(typed: str) -> Callable[[SearchEngine], object]:
        return lambda engine: engine.similar(typed, 5, NOW)

    halves = [" ".join(title[: max(2, dice.randint(2, len(title)))]) for title in titles]
    return {
        "1 word": [search(words(title, 1)) for title in titles],
        "2-3 words, all": [search(words(title, dice.choice((2, 3)))) for title in titles],
        "3 words of two titles": [search((*words(title, 2), *words(dice.choice(titles), 1))) for title in titles],
        "similar, by words": [similar(" ".join(title)) for title in titles],
        "type-ahead": [similar(half) for half in halves],
    }


def by_meaning_too(texts: Texts, questions: int, count: int) -> list[Callable[[SearchEngine], object]]:
    """The same titles, asked as the site asks; nothing without the model."""
    try:
        encoder = Encoder(folder())
    except ModelMissing as missing:
        print(f"  by words alone: {missing}")
        return []
    made, matrix = np.random.default_rng(SEED), Matrix(questions)
    some = encoder.encode([" ".join(title) for title in texts.titles[:OF_TITLES]])
    for start in range(1, questions + 1, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, questions + 1))
        noise = made.standard_normal((len(numbers), DIMENSIONS), dtype=np.float32) * np.float32(0.02)
        matrix.put(dict(zip(numbers, pack(some[made.integers(len(some), size=len(numbers))] + noise), strict=True)))

    def similar(typed: str) -> Callable[[SearchEngine], object]:
        def ask(engine: SearchEngine) -> object:
            words = engine.similar(typed, DEPTH_BY_WORDS, NOW).hits
            near = matrix.nearest(encoder.encode([typed])[0], DEPTH, [hit.question_id for hit in words])
            return best_of(engine, typed, words, near, NOW)

        return ask

    dice = random.Random(SEED + 1)
    return [similar(" ".join(dice.choice(texts.titles))) for _ in range(count)]


class Cpu:
    """CPU seconds of this process and of whoever works for it."""

    def __init__(self, others: Sequence[int]) -> None:
        self._files = [Path(f"/proc/{pid}/schedstat") for pid in others]

    def __call__(self) -> float:
        """Seconds so far."""
        return time.process_time() + sum(map(_nanoseconds, self._files)) / 1e9


def _nanoseconds(schedule: Path) -> int:
    try:
        return int(schedule.read_text().split()[0])
    except FileNotFoundError:  # a connection that was closed meanwhile
        return 0


def measure(name: str, open_engine: Callable[[], tuple[SearchEngine, list[int]]], texts: Texts, posts: int, count: int) -> None:
    """Fill an engine and print what it costs."""
    engine, others = open_engine()
    cpu = Cpu(others)
    started, used = time.perf_counter(), cpu()
    engine.rebuild(documents(texts, posts), lambda _: ())
    built, used = time.perf_counter() - started, cpu() - used
    health = engine.health()
    print(
        f"\n{name}, {health.documents:,} posts in {health.questions:,} questions: built in {built:.0f} s ({used:.0f} s CPU),",
        end=" ",
    )
    print(f"{health.bytes_on_disk / 1e6:.0f} MB, this process {psutil.Process().memory_info().rss / 1e6:.0f} MB")
    engine, others = open_engine()
    kinds = queries(texts, count)
    if hybrid := by_meaning_too(texts, health.questions, count):
        kinds["similar, by meaning too"] = hybrid
    for kind, asked in kinds.items():
        cold = timed(asked[:1], engine, Cpu(others))
        print(f"  {kind:<24} cold {cold[0][0] * 1000:6.1f} ms", end="   ")
        report(timed(asked[1:], engine, Cpu(others)))
    added = []
    dice = random.Random(SEED + 2)
    for number in range(10_000_000, 10_000_000 + ADDED):
        group = question(texts, number, dice)
        word = f"added{number}"
        group[0] = Document(**{**vars(group[0]), "title": f"{group[0].title} {word}"})
        cpu = Cpu(others)
        started, used = time.perf_counter(), cpu()
        engine.replace([number], group)
        assert engine.search(Query(now=NOW, words=(word,))).hits
        added.append((cpu() - used, time.perf_counter() - started))
    print(f"  {'add one, and find it':<24} {'':14}", end="   ")
    report(added)


def timed(asked: Sequence[Callable[[SearchEngine], object]], engine: SearchEngine, cpu: Cpu) -> list[tuple[float, float]]:
    """CPU and wall seconds of each."""
    found = []
    for ask in asked:
        used, started = cpu(), time.perf_counter()
        ask(engine)
        found.append((cpu() - used, time.perf_counter() - started))
    return found


def report(found: Sequence[tuple[float, float]]) -> None:
    """Percentiles in milliseconds."""
    for name, seconds in zip(("CPU", "wall"), zip(*found, strict=True), strict=True):
        cuts = quantiles(seconds, n=100, method="inclusive")
        p50, p95, p99 = (cuts[at] * 1000 for at in (49, 94, 98))
        print(f"{name} p50 {p50:6.1f}  p95 {p95:6.1f}  p99 {p99:6.1f} ms", end="   ")
    print()


def open_database(url: str) -> Engine:
    """As the product does."""
    engine = create_engine(url, **({"connect_args": {"check_same_thread": False}} if url.startswith("sqlite") else {}))
    prepare_engine(engine)
    return engine


def run(name: str, place: Path, texts: Texts, posts: int, count: int) -> None:
    """One engine with so many posts."""
    if name == "whoosh":
        measure(name, lambda: (WhooshEngine(place / "index"), []), texts, posts, count)
    elif name == "sqlite":
        url = f"sqlite:///{place / 'search.db'}"
        migrate(url, place)
        measure(name, lambda: (DatabaseEngine(open_database(url)), []), texts, posts, count)
    else:
        with PostgreSQL() as server:
            url = server.create_database("search")
            migrate(url, place)

            def open_engine() -> tuple[SearchEngine, list[int]]:
                engine = create_engine(url, pool_size=1, max_overflow=1)
                with engine.connect() as connection:
                    pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
                return DatabaseEngine(engine), [pid]

            measure(name, open_engine, texts, posts, count)


def main() -> None:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--posts", type=int, nargs="+", default=[5000])
    options.add_argument("--engines", nargs="+", default=["whoosh", "sqlite", "postgresql"])
    options.add_argument("--queries", type=int, default=150)
    chosen = options.parse_args()
    texts = read_dump(DUMP)
    for posts in chosen.posts:
        for name in chosen.engines:
            folder = Path(tempfile.mkdtemp(prefix="bestbefore-speed-"))
            try:
                run(name, folder, texts, posts, chosen.queries)
            finally:
                shutil.rmtree(folder)


if __name__ == "__main__":
    main()
