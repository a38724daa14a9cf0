"""Redis stopped and started under load: everything arrives, only later. And a stock RQ worker answers the doorbell too."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from flask import Flask
from redis import Redis as Client
from rq import Queue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.doorbell import QUEUE
from app.outbox import OutboxMessage
from community import answers, questions
from community.models import Answer, Notification, Question
from reputation import audit
from tests import people as everybody
from tests.faults.storm import Acknowledged, Writer
from tests.people import People
from tests.servers import Redis
from tests.source import ROOT
from tests.web import Web, Worker, as_environment

PATIENCE_SECONDS = 60


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait for it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.02)


def more_than(before: int, done: Acknowledged) -> bool:
    """Whether more than so many acts were acknowledged by now."""
    return done.count() > before


def waiting(session: Session) -> int:
    """How many messages are not delivered yet; none is dead."""
    session.rollback()
    assert session.execute(select(OutboxMessage.last_error).where(OutboxMessage.dead_at.is_not(None))).first() is None
    return session.execute(select(func.count()).select_from(OutboxMessage)).scalar_one()


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(240)
def test_redis_stopped_and_started_under_load_loses_nothing(session: Session, settings: Settings) -> None:
    people = [everybody.person(f"Writer{number}", datetime.now(UTC)) for number in range(3)]
    session.add_all(people)
    session.commit()
    done, stop = Acknowledged(), threading.Event()
    with Redis() as redis, Web(replace(settings, redis_url=redis.url, posts_per_hour=100_000)) as web, Worker(web.settings):
        storm = [Writer(person.email or "", web.settings.port, done, stop, seed) for seed, person in enumerate(people)]
        for writer in storm:
            writer.start()
        until(lambda: done.count() > 20, "the storm to rise")
        for round in range(4):
            redis.kill() if round % 2 else redis.stop()
            before = done.count()
            until(partial(more_than, before + 10, done), "writers to go on without Redis")
            redis.start()
            until(partial(more_than, before + 20, done), "writers to go on with Redis")
        stop.set()
        for writer in storm:
            writer.join(PATIENCE_SECONDS)
        until(lambda: waiting(session) == 0, "everything to be delivered")
    assert [refusal for writer in storm for refusal in writer.refused] == []
    kept = set(session.scalars(select(Answer.body_source)))
    assert [word for word in done.answers if not any(word in body for body in kept)] == []
    assert audit.audit(session).clean
    owed = select(func.count()).select_from(Answer).join(Question, Question.id == Answer.question_id)
    told = select(func.count()).select_from(Notification).join(Question, Question.id == Notification.question_id)
    assert (
        session.execute(told.where(Notification.kind == "answered", Notification.user_id == Question.author_id)).scalar_one()
        == session.execute(owed.where(Answer.author_id != Question.author_id)).scalar_one()
    )


@pytest.fixture
def settings(settings: Settings, redis_url: str) -> Settings:
    """With a Redis."""
    return replace(settings, redis_url=redis_url)


def ask_and_answer(people: People, now: datetime) -> int:
    """Marta asks, Jonas answers; returns the question."""
    question = questions.ask(
        title="Why does the router blink red", body="It blinks red since noon, three times a second.", by=people.marta, now=now
    )
    answers.post(question, body="It waits for the line: look at the fibre's plug.", by=people.jonas, now=now)
    return question


def test_a_commit_rings_and_rq_delivers(app: Flask, session: Session, people: People, settings: Settings, now: datetime) -> None:
    ask_and_answer(people, now)
    assert waiting(session) > 0
    with Client.from_url(settings.redis_url or "") as connection:
        queue = Queue(QUEUE, connection=connection)
        assert queue.count > 0
        program = [sys.executable, "-m", "rq.cli", "worker", "--burst", "--url", settings.redis_url or "", QUEUE]
        subprocess.run(
            program, cwd=ROOT, env={**os.environ, **as_environment(settings)}, check=True, timeout=60, capture_output=True
        )
        assert queue.count == 0
    assert waiting(session) == 0
    assert session.execute(select(Notification.kind)).scalars().all() == ["answered"]


def test_what_is_rolled_back_rings_nobody(
    app: Flask, session: Session, people: People, settings: Settings, now: datetime
) -> None:
    with pytest.raises(Exception, match="title"):
        questions.ask(title="x", body="too short a title", by=people.marta, now=now)
    with Client.from_url(settings.redis_url or "") as connection:
        assert Queue(QUEUE, connection=connection).count == 0
    assert waiting(session) == 0


def test_a_redis_that_is_away_refuses_no_writer(
    app: Flask, session: Session, people: People, redis_server: Redis, now: datetime
) -> None:
    redis_server.stop()
    try:
        started = time.monotonic()
        question = ask_and_answer(people, now)
        assert time.monotonic() - started < 5
    finally:
        redis_server.start()
    assert session.get(Question, question) is not None
    assert waiting(session) > 0
