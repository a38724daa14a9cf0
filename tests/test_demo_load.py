"""An empty forum becomes the demo community: all of it or nothing, once, on both databases."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from app.accounts.models import User
from app.db import Base, db
from app.demo import load
from app.demo.content import DemoContent, load_content
from app.demo.events import Vote
from app.demo.load import load_demo
from app.errors import Forbidden
from community.models import Answer
from search.engine import Condition
from search.site import current_engine
from tests.statements import count_statements

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def content() -> DemoContent:
    return load_content()


def sizes(session: scoped_session[Session]) -> dict[str, int]:
    """How many rows each table has."""
    counts = {
        table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in Base.metadata.sorted_tables
    }
    session.rollback()
    return counts


def test_an_empty_forum_is_filled_once(session: scoped_session[Session], now: datetime, content: DemoContent) -> None:
    with count_statements() as sent:
        assert load_demo(now)
    # Some seconds on a small machine; statements are counted, since seconds differ with what else the machine does.
    assert len(sent) < 28 * len(content.events)
    filled = sizes(session)
    assert filled["users"] == len(content.people)
    assert filled["tags"] == len(content.tags)
    assert filled["questions"] == len(content.questions)
    assert filled["answers"] == len(content.answers)
    assert filled["votes"] == sum(isinstance(event, Vote) for event in content.events)
    assert filled["outbox"] == 0, "everybody has heard of it"
    assert current_engine().health().condition is Condition.READY
    states = Counter(session.scalars(select(Answer.state)))
    assert states == Counter(answer.state_at_start for answer in content.answers)
    left = [date - now for date in session.scalars(select(Answer.best_before_at).where(Answer.state == "fresh"))]
    assert timedelta(hours=6) < min(left) < timedelta(days=3), "one is nearly over, and pictures do not depend on the minute"

    assert not load_demo(now + timedelta(days=1))
    assert sizes(session) == filled


@on_sqlite
def test_a_forum_with_people_is_left_alone(session: scoped_session[Session], now: datetime) -> None:
    session.add(User(name="Marta", name_key="marta", created_at=now))
    session.commit()
    before = sizes(session)
    assert not load_demo(now)
    assert sizes(session) == before


def test_it_is_all_or_nothing(
    session: scoped_session[Session], now: datetime, content: DemoContent, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last event is one that the verb refuses: Leila has too little reputation to vote down."""
    last = Vote(question="which-network-is-best", number=99, by="leila", days_ago=0, on="question", value=-1)
    monkeypatch.setattr(load, "load_content", lambda: replace(content, events=(*content.events, last)))
    with pytest.raises(Forbidden, match="reputation to vote down"):
        load_demo(now)
    assert set(sizes(session).values()) == {0}


def test_of_two_at_once_one_fills_it(app: Flask, now: datetime, content: DemoContent, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the oldest question's story only, as the second waits for as long as SQLite lets a writer wait."""
    oldest = content.questions[0].question
    short = replace(content, events=tuple(event for event in content.events if event.question == oldest))
    monkeypatch.setattr(load, "load_content", lambda: short)

    def start() -> bool:
        with app.app_context():
            try:
                return load_demo(now)
            finally:
                db.session.remove()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(future.result() for future in [pool.submit(start), pool.submit(start)]) == [False, True]
    with app.app_context():
        assert db.session.execute(select(func.count()).select_from(User)).scalar_one() == len(content.people)
