"""PostgreSQL's own index of the vectors: it brings what the whole comparison brings, and follows every change."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from flask import Flask
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import db
from community.moderation import removal
from search.semantic import keeper, near_index
from search.semantic.hnsw import Hnsw
from search.semantic.meaning import MODEL, Meaning, current_meaning
from search.semantic.memory import Memory
from search.semantic.models import QuestionVector
from search.semantic.nearest import DIMENSIONS, pack
from tests.pages.forum import many
from tests.people import People
from tests.search.site import Site

pytestmark = pytest.mark.parametrize("database", ["postgresql"], indirect=True)

MANY, TOP = 1_500, 10


@pytest.fixture
def settings(settings: Settings, minilm: Path) -> Settings:
    assert minilm.is_dir()
    return replace(settings, semantic_search=True)


@pytest.fixture
def no_index(session: Session) -> Iterator[None]:
    """Before the test, and after it: the next one of this database begins without."""
    _drop(session)
    yield
    _drop(session)


@pytest.fixture
def index(no_index: None) -> None:
    """The index."""
    assert near_index.make()


def _drop(session: Session) -> None:
    session.rollback()
    session.execute(text(f"DROP INDEX IF EXISTS {near_index.INDEX}"))
    session.commit()


@pytest.mark.usefixtures("index")
def test_it_follows_what_happens_to_questions(site: Site, app: Flask, people: People, now: datetime) -> None:
    number = site.ask("How do I cancel my contract?")
    site.drain()
    meaning = current_meaning()
    assert meaning.wait()
    assert isinstance(meaning._neighbours, Hnsw)
    first = (meaning.near("I want to terminate the subscription", 5) or [])[0]
    db.session.rollback()
    memory = Memory()
    memory.take_in(everything=True)
    encoder = meaning.encoder()
    assert encoder is not None
    (exact,) = memory.nearest(encoder.encode(["I want to terminate the subscription"])[0], 1)
    assert first.question_id == number
    assert first.nearness == pytest.approx(exact.nearness, abs=1e-5)
    assert number not in {near.question_id for near in meaning.near_question(number, 5) or ()}
    removal.remove_question(number, reason="spam", by=people.mo, now=now)
    site.drain()
    assert number not in {near.question_id for near in meaning.near("terminate the subscription", 50, also=[number]) or ()}
    removal.restore_question(number, by=people.mo, now=now)
    site.drain()
    assert [near.question_id for near in meaning.near("terminate the subscription", 1) or ()] == [number]


@pytest.mark.usefixtures("index")
def test_it_brings_what_comparing_with_all_brings(session: Session, people: People, now: datetime) -> None:
    rows = np.random.default_rng(7).standard_normal((MANY, DIMENSIONS), dtype=np.float32)
    rows[:, :8] *= 8  # as texts do, these lie in some directions more than in others
    numbers = many(session, people, now, MANY)
    same = {"model": MODEL, "text_digest": "x", "change": 1}
    vectors = [{**same, "question_id": number, "vector": row} for number, row in zip(numbers, pack(rows), strict=True)]
    session.execute(insert(QuestionVector), vectors)
    session.commit()
    memory, hnsw = Memory(), Hnsw()
    memory.take_in(everything=True)
    found = 0
    for vector in rows[:50] / np.linalg.norm(rows[:50], axis=1, keepdims=True):
        exact = {near.question_id for near in memory.nearest(vector, TOP)}
        brought = hnsw.nearest(vector, TOP, also=[numbers[0]])
        assert brought[:TOP] == sorted(brought[:TOP], key=lambda near: -near.nearness)
        assert numbers[0] in {near.question_id for near in brought}
        found += len(exact & {near.question_id for near in brought[:TOP]})
    assert found >= 0.95 * 50 * TOP
    plan = session.execute(
        text(
            f"EXPLAIN SELECT question_id FROM question_vectors WHERE octet_length(vector) = {near_index.BYTES}"
            f" ORDER BY {near_index.VECTOR} <=> CAST(:vector AS halfvec({near_index.BYTES})) LIMIT {TOP}"
        ),
        {"vector": str(rows[0].tolist())},
    )
    assert near_index.INDEX in "".join(plan.scalars())


@pytest.mark.usefixtures("no_index")
def test_the_worker_makes_it_while_there_is_little_to_do(site: Site, app: Flask, now: datetime) -> None:
    site.ask("How do I cancel my contract?")
    site.drain()
    assert not near_index.make(most=0), "too many for the worker"
    assert not near_index.is_there()
    keeper.catch_up(now)
    assert near_index.is_there()
    other = Meaning(app, wanted=True)
    assert other.wait()
    assert isinstance(other._neighbours, Hnsw)
