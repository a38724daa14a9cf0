"""`kill -9` of the web server, the worker, or both, two hundred times in a storm of writes: nothing acknowledged is lost."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.config import Settings
from app.db import db
from app.outbox import OutboxMessage
from community.models import Answer, Notification, Question, Vote
from reputation import audit
from search import site
from search.engine import Query
from tests import people as everybody
from tests.faults.storm import Acknowledged, Writer
from tests.source import ROOT
from tests.web import as_environment

KILLS = {"sqlite": 200, "postgresql": 60}
WRITERS = 4
PATIENCE_SECONDS = 60


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Nobody is told to slow down: it is a storm."""
    return replace(settings, posts_per_hour=100_000)


class Forge:
    """The other end of `tests.faults.forge`."""

    def __init__(self, settings: Settings) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.forge", str(self._listener.fileno())],
            cwd=ROOT,
            env={**os.environ, **as_environment(settings)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            pass_fds=[self._listener.fileno()],
        )

    def make(self, kind: str) -> int:
        """A new "web" or "worker"; returns its process id."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{kind}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it and all it has made."""
        self._process.communicate(timeout=10)
        self._listener.close()


@contextmanager
def forge(settings: Settings) -> Iterator[Forge]:
    """A forge for the length of the block."""
    made = Forge(settings)
    try:
        yield made
    finally:
        made.close()


def kill(pid: int) -> None:
    """As a power cut would."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_storm_of_kills_loses_nothing(session: Session, settings: Settings) -> None:
    kills = KILLS["sqlite" if settings.is_sqlite else "postgresql"]
    writers = _writers(session)
    done, stop, dice = Acknowledged(), threading.Event(), random.Random(20261121)
    with forge(settings) as smith:
        living = {"web": smith.make("web"), "worker": smith.make("worker")}
        storm = [Writer(email, smith.port, done, stop, seed) for seed, email in enumerate(writers)]
        for writer in storm:
            writer.start()
        _until(lambda: len(done.questions) > 3, "the first questions")
        for _ in range(kills):
            # Not before it has done something: a process killed while it starts leaves nothing to find.
            before = done.count()
            _until(partial(_more_than, before, done), "somebody to be served")
            time.sleep(dice.uniform(0, 0.08))
            for kind in dice.choice((["web"], ["worker"], ["web", "worker"])):
                kill(living[kind])
                living[kind] = smith.make(kind)
        stop.set()
        for writer in storm:
            writer.join(PATIENCE_SECONDS)
        _until(lambda: _waiting(session) == 0, "everything to be delivered")
        kill(living["worker"])
    assert [refusal for writer in storm for refusal in writer.refused] == []
    assert len(done.answers) > kills / 4, "the storm was too weak to say anything"
    _nothing_is_lost(session, done)
    _nothing_happened_twice(session)
    _the_index_knows_each_once(done)


def _writers(session: Session) -> list[str]:
    now = datetime.now(UTC)
    people = [everybody.person(f"Writer{number}", now) for number in range(WRITERS)]
    session.add_all(people)
    session.commit()
    return [person.email or "" for person in people]


def _until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited too long for {what}"
        time.sleep(0.005)


def _more_than(before: int, done: Acknowledged) -> bool:
    return done.count() > before


def _waiting(session: Session) -> int:
    session.rollback()
    dead = session.execute(select(OutboxMessage.last_error).where(OutboxMessage.dead_at.is_not(None))).first()
    assert dead is None, dead
    return session.execute(select(func.count()).select_from(OutboxMessage)).scalar_one()


def _nothing_is_lost(session: Session, done: Acknowledged) -> None:
    session.rollback()
    bodies = dict(session.execute(select(Question.id, Question.body_source)).all())
    assert [number for number, word in done.questions.items() if word not in bodies.get(number, "")] == []
    answers = {
        body.split()[-1].rstrip("."): question
        for body, question in session.execute(select(Answer.body_source, Answer.question_id))
    }
    assert {word: question for word, question in done.answers.items() if answers.get(word) != question} == {}
    votes = {
        (email, question)
        for email, question in session.execute(
            select(User.email, Vote.question_id).join(User, User.id == Vote.voter_id).where(Vote.withdrawn_at.is_(None))
        )
    }
    assert done.votes - votes == set()


def _nothing_happened_twice(session: Session) -> None:
    found = audit.audit(session)
    assert found.clean, found
    assert found.entries > 0
    counted = session.execute(select(Question.id, Question.answer_count, Question.score)).all()
    answers = dict(session.execute(select(Answer.question_id, func.count()).group_by(Answer.question_id)).all())
    votes = dict(
        session.execute(
            select(Vote.question_id, func.sum(Vote.value)).where(Vote.withdrawn_at.is_(None)).group_by(Vote.question_id)
        ).all()
    )
    assert [row for row in counted if row[1] != answers.get(row[0], 0) or row[2] != votes.get(row[0], 0)] == []
    # Everybody who should hear of an answer did, once: its question's asker, unless they wrote it.
    owed = session.execute(
        select(func.count())
        .select_from(Answer)
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.author_id != Question.author_id)
    ).scalar_one()
    told = session.execute(
        select(func.count())
        .select_from(Notification)
        .join(Question, Question.id == Notification.question_id)
        .where(Notification.kind == "answered", Notification.user_id == Question.author_id)
    ).scalar_one()
    assert told == owed
    unread = dict(session.execute(select(Notification.user_id, func.count()).group_by(Notification.user_id)).all())
    cached = dict(session.execute(select(User.id, User.unread_count).where(User.unread_count > 0)).all())
    assert cached == unread


def _the_index_knows_each_once(done: Acknowledged) -> None:
    engine, now = site.current_engine(), datetime.now(UTC)
    everything = {**{word: number for number, word in done.questions.items()}, **done.answers}
    found = {word: [hit.question_id for hit in engine.search(Query(now=now, words=(word,))).hits] for word in everything}
    assert {word: hits for word, hits in found.items() if hits != [everything[word]]} == {}
    asked = db.session.execute(select(func.count()).select_from(Question)).scalar_one()
    assert engine.health().questions == asked
