"""The outbox: delivered once in effect, whatever fails, dies, or happens twice."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.db import db, transaction
from app.outbox import BACK_OFF, LEASE, MAX_ATTEMPTS, Handler, OutboxMessage, Payload
from tests.at_once import at_once


class Listener:
    """Hears payloads; fails as often as told, or on what it is told."""

    def __init__(self, failures: int = 0, poison: int | None = None) -> None:
        self.heard: list[int] = []
        self.calls: list[int] = []
        self._failures = failures
        self._poison = poison
        self._lock = threading.Lock()

    def __call__(self, payloads: Sequence[Payload]) -> None:
        with self._lock:
            self.calls.append(len(payloads))
            if self._failures:
                self._failures -= 1
                raise ValueError("not now")
            if any(payload["number"] == self._poison for payload in payloads):
                raise ValueError("not this")
            self.heard += [payload["number"] for payload in payloads]


def emit(now: datetime, *numbers: int, topic: str = "bell") -> None:
    with transaction() as session:
        for number in numbers:
            outbox.emit(session, topic, now, number=number)


def emit_in_vain(now: datetime) -> None:
    """Emit in a transaction that is rolled back."""

    def act() -> None:
        with transaction() as session:
            outbox.emit(session, "bell", now, number=0)
            raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        act()


def messages(session: Session) -> list[OutboxMessage]:
    session.rollback()
    return list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id).execution_options(populate_existing=True)))


def test_what_is_committed_is_delivered_in_order_and_gone(session: Session, now: datetime) -> None:
    listener = Listener()
    emit(now, 1, 2, 3)
    assert outbox.drain({"bell": [Handler("listener", listener)]}, now) == 3
    assert listener.heard == [1, 2, 3]
    assert messages(session) == []
    assert outbox.drain({"bell": [Handler("listener", listener)]}, now) == 0


def test_what_is_rolled_back_is_never_heard(session: Session, now: datetime) -> None:
    emit_in_vain(now)
    assert messages(session) == []


def test_a_batch_takes_many_at_once_and_a_poisoned_one_harms_only_itself(session: Session, now: datetime) -> None:
    listener = Listener(poison=3)
    emit(now, *range(1, 6))
    outbox.drain({"bell": [Handler("listener", listener, batch=10)]}, now)
    assert sorted(listener.heard) == [1, 2, 4, 5]
    assert listener.calls[0] == 5
    [left] = messages(session)
    assert left.payload == {"number": 3}
    assert left.last_error == "listener: ValueError: not this"


def test_one_listener_failing_does_not_repeat_the_others(session: Session, now: datetime) -> None:
    good, bad = Listener(), Listener(failures=2)
    handlers = {"bell": [Handler("good", good), Handler("bad", bad)]}
    emit(now, 1)
    later = now
    for _ in range(3):
        outbox.drain(handlers, later)
        later += timedelta(hours=2)
    assert good.heard == [1]
    assert bad.heard == [1]
    assert messages(session) == []


def test_pauses_grow_and_end_in_a_dead_letter_that_can_be_revived(session: Session, now: datetime) -> None:
    listener = Listener(failures=MAX_ATTEMPTS)
    handlers = {"bell": [Handler("listener", listener)]}
    emit(now, 1)
    pauses = []
    for _ in range(MAX_ATTEMPTS):
        assert outbox.drain(handlers, now) == 1
        [message] = messages(session)
        pauses.append(message.available_at - now)
        assert outbox.drain(handlers, message.available_at - timedelta(milliseconds=1)) == 0
        now = message.available_at
    assert pauses[:4] == [BACK_OFF, BACK_OFF * 2, BACK_OFF * 4, BACK_OFF * 8]
    assert max(pauses) <= outbox.LONGEST_PAUSE
    assert message.dead_at is not None
    assert outbox.drain(handlers, now + timedelta(days=30)) == 0
    found = outbox.status(session, now)
    assert (found.waiting, found.dead) == (0, 1)
    assert "not now" in found.errors[0]
    assert outbox.retry_dead(now) == 1
    assert outbox.drain(handlers, now) == 1
    assert listener.heard == [1]


def test_a_topic_nobody_knows_is_kept_and_said(session: Session, now: datetime) -> None:
    emit(now, 1, topic="misspelt")
    outbox.drain({"bell": []}, now)
    [message] = messages(session)
    assert message.last_error == "nobody listens to 'misspelt'"


def test_a_topic_with_no_listener_yet_is_delivered(session: Session, now: datetime) -> None:
    emit(now, 1)
    assert outbox.drain({"bell": ()}, now) == 1
    assert messages(session) == []


def test_what_a_dead_worker_had_claimed_is_taken_over(session: Session, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener()
    emit(now, 1)

    def die(*_: object) -> None:
        raise KeyboardInterrupt  # as a kill does, between the handler and the settling

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_settle", die)
        with pytest.raises(KeyboardInterrupt):
            outbox.drain({"bell": [Handler("listener", listener)]}, now)
    assert outbox.drain({"bell": [Handler("listener", listener)]}, now + LEASE / 2) == 0, "it is still the first one's"
    assert outbox.drain({"bell": [Handler("listener", listener)]}, now + LEASE * 1.01) == 1
    assert listener.heard == [1, 1], "at least once: handlers may hear twice"
    assert messages(session) == []


def test_eight_workers_at_once_deliver_each_message_once(app: Flask, session: Session, now: datetime) -> None:
    listener = Listener()
    emit(now, *range(200))

    def drain(_: int) -> int:
        claimed = 0
        while some := outbox.drain({"bell": [Handler("listener", listener)]}, now, limit=7):
            claimed += some
        return claimed

    results = at_once(app, 8, drain)
    assert sorted(listener.heard) == list(range(200))
    assert sum(result for result in results if isinstance(result, int)) == 200
    assert messages(session) == []


def test_the_doorbell_rings_after_the_commit_and_only_then(app: Flask, session: Session, now: datetime) -> None:
    rings: list[int] = []

    def ring() -> None:
        rings.append(len(messages(session)))

    app.extensions[outbox.DOORBELL] = ring
    emit(now, 1, 2)
    assert rings == [2], "once for a transaction, when both can be seen"
    emit_in_vain(now)
    assert rings == [2]


def test_a_verb_inside_a_verb_is_one_transaction(session: Session, now: datetime) -> None:
    def outer(end: Callable[[], None]) -> None:
        with transaction() as open_session:
            outbox.emit(open_session, "bell", now, number=1)
            emit(now, 2)
            end()

    def fail() -> None:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        outer(fail)
    assert messages(session) == []
    outer(lambda: None)
    assert [message.payload["number"] for message in messages(session)] == [1, 2]
    assert db.session.info == {} or not any(db.session.info.values())
