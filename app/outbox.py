"""Side effects leave through here: written with the change itself, delivered at least once, in any process.

`emit` writes a message in the verb's own transaction. `drain` claims messages by conditional UPDATE, hands them to their handlers
and removes what is delivered; a failing handler is tried again with growing pauses and is a dead letter after MAX_ATTEMPTS,
kept for a person to see. Handlers take the payload (ids) and read the database again; they may run twice.
"""

import logging
import os
import secrets
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from flask import current_app
from sqlalchemy import JSON, Index, delete, func, insert, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.db import Base, after_commit, db, transaction

MAX_ATTEMPTS = 12
"""After so many failures a message is a dead letter."""
LEASE = timedelta(minutes=1)
"""How long a claimed message is another worker's before it may be taken over."""
BACK_OFF = timedelta(seconds=2)
"""The pause after the first failure; it doubles with each further one, up to an hour."""
LONGEST_PAUSE = timedelta(hours=1)

log = logging.getLogger(__name__)

Payload = dict[str, Any]
EMITTED_AT = "emitted_at"
"""The key of a delivered payload under which the moment stands at which the message was written, however late it arrives."""


class OutboxMessage(Base):
    """One thing that others should hear of."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_available", "dead_at", "available_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    topic: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    available_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_by: Mapped[str | None]
    claimed_until: Mapped[datetime | None]
    delivered: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The names of the handlers that are done with it, so that one handler's failure does not repeat the others."""
    last_error: Mapped[str | None]
    dead_at: Mapped[datetime | None]


@dataclass(frozen=True)
class Handler:
    """Who listens: `run` takes the payloads of one or more messages of a topic, oldest first."""

    name: str
    run: Callable[[Sequence[Payload]], None]
    batch: int = 1
    """The most payloads `run` takes at once."""


DOORBELL = "bestbefore_doorbell"
"""The application's extension that is called after a commit that left messages; absent: the worker's own tick finds them."""

AT_ONCE = "bestbefore_at_once"
"""The application's extension of functions, by topic, that hear of a message inside the transaction that writes it. They take the
session and the payload, and must not fail for reasons of their own: the handlers come later anyway."""


def emit(
    session: Session,
    topic: str,
    now: datetime,
    delay: timedelta = timedelta(),
    /,
    **payload: Any,  # noqa: ANN401 - a payload is JSON
) -> None:
    """Write a message into the verb's transaction, to be delivered after `delay`. Payloads hold ids and plain values, never what
    the database can tell."""
    session.add(OutboxMessage(topic=topic, payload=payload, created_at=now, available_at=now + delay))
    at_once = current_app.extensions.get(AT_ONCE, {}).get(topic)
    if at_once is not None:
        at_once(session, payload)
    ring = current_app.extensions.get(DOORBELL)
    if ring is not None:
        after_commit(session, "doorbell", ring)


def emit_all(session: Session, topic: str, now: datetime, payloads: Sequence[Payload]) -> None:
    """Many messages of one topic in one statement."""
    if not payloads:
        return
    rows = [{"topic": topic, "payload": payload, "created_at": now, "available_at": now} for payload in payloads]
    session.connection().execute(insert(OutboxMessage.__table__), rows)  # type: ignore[arg-type]  # a table, though declared as any FROM clause
    ring = current_app.extensions.get(DOORBELL)
    if ring is not None:
        after_commit(session, "doorbell", ring)


def drain(handlers: Mapping[str, Sequence[Handler]], now: datetime, limit: int = 200) -> int:
    """Deliver what waits; returns how many messages were claimed. Safe to run in several processes at once.

    Handlers of one name, the inbox's say, hear of what was claimed in the order it happened, whatever the topics.
    """
    worker = f"{os.getpid()}-{secrets.token_hex(4)}"
    messages = _claim(worker, now, limit)
    heard: dict[str, list[tuple[OutboxMessage, Handler]]] = defaultdict(list)
    failed: dict[int, str] = {}
    for message in messages:
        for handler in handlers.get(message.topic, ()):
            if handler.name not in message.delivered:
                heard[handler.name].append((message, handler))
        if message.topic not in handlers:
            failed[message.id] = f"nobody listens to {message.topic!r}"
    for waiting in heard.values():
        for _topic, run in groupby(waiting, key=lambda found: found[0].topic):
            several = list(run)
            handler = several[0][1]
            for start in range(0, len(several), handler.batch):
                _deliver(handler, [message for message, _ in several[start : start + handler.batch]], failed)
    _settle(messages, failed, worker, now)
    return len(messages)


def _claim(worker: str, now: datetime, limit: int) -> list[OutboxMessage]:
    free = or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until < now)
    ready = (OutboxMessage.dead_at.is_(None), OutboxMessage.available_at <= now, free)
    if not db.session.execute(select(OutboxMessage.id).where(*ready).limit(1)).first():
        db.session.rollback()
        return []
    with transaction() as session:
        wanted = (
            session.execute(
                select(OutboxMessage.id).where(*ready).order_by(OutboxMessage.id).limit(limit).with_for_update(skip_locked=True)
            )
            .scalars()
            .all()
        )
        session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id.in_(wanted), *ready)
            .values(claimed_by=worker, claimed_until=now + LEASE, attempts=OutboxMessage.attempts + 1)
            .execution_options(synchronize_session=False)
        )
    mine = select(OutboxMessage).where(OutboxMessage.claimed_by == worker).order_by(OutboxMessage.id)
    messages = list(db.session.execute(mine.execution_options(populate_existing=True)).scalars())
    for message in messages:
        db.session.expunge(message)
    db.session.rollback()
    return messages


def _deliver(handler: Handler, messages: Sequence[OutboxMessage], failed: dict[int, str]) -> None:
    try:
        handler.run([{**message.payload, EMITTED_AT: message.created_at} for message in messages])
    except (
        Exception
    ) as error:  # a handler's failure must not stop the others; it is kept, tried again, and shown as a dead letter
        db.session.rollback()
        if len(messages) > 1:
            for message in messages:
                _deliver(handler, [message], failed)
            return
        log.exception("handler %s failed on message %s", handler.name, messages[0].id)
        failed[messages[0].id] = f"{handler.name}: {type(error).__name__}: {error}"
    else:
        for message in messages:
            message.delivered = [*message.delivered, handler.name]


def _settle(messages: Sequence[OutboxMessage], failed: Mapping[int, str], worker: str, now: datetime) -> None:
    if not messages:
        return
    with transaction() as session:
        done = [message.id for message in messages if message.id not in failed]
        session.execute(delete(OutboxMessage).where(OutboxMessage.id.in_(done), OutboxMessage.claimed_by == worker))
        for message in messages:
            if message.id in failed:
                pause = min(BACK_OFF * 2 ** (message.attempts - 1), LONGEST_PAUSE)
                session.execute(
                    update(OutboxMessage)
                    .where(OutboxMessage.id == message.id, OutboxMessage.claimed_by == worker)
                    .values(
                        claimed_by=None,
                        claimed_until=None,
                        delivered=message.delivered,
                        last_error=failed[message.id],
                        available_at=now + pause,
                        dead_at=now if message.attempts >= MAX_ATTEMPTS else None,
                    )
                )


def retry_dead(now: datetime) -> int:
    """Give every dead letter a new life; returns how many there were."""
    with transaction() as session:
        again = session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.dead_at.is_not(None))
            .values(dead_at=None, attempts=0, available_at=now, claimed_by=None, claimed_until=None)
            .returning(OutboxMessage.id)
        )
        return len(again.all())


@dataclass(frozen=True)
class Status:
    """What waits in the outbox, how long the oldest has waited, what is dead, and the dead ones' last errors."""

    waiting: int
    oldest: timedelta | None
    dead: int
    errors: tuple[str, ...]


def status(session: Session, now: datetime) -> Status:
    """How the outbox stands."""
    alive = select(func.count(), func.min(OutboxMessage.created_at)).where(OutboxMessage.dead_at.is_(None))
    row = session.execute(alive).one()
    oldest: datetime | None = row[1]
    dead = session.execute(select(OutboxMessage.topic, OutboxMessage.last_error).where(OutboxMessage.dead_at.is_not(None))).all()
    errors = tuple(f"{topic}: {error}" for topic, error in dead[:20])
    return Status(row[0], now - oldest if oldest is not None else None, len(dead), errors)
