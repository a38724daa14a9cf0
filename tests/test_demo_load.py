"""An empty forum becomes the demo community: all of it or nothing, once, through the verbs, on both databases."""

from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, scoped_session

from app.accounts.hashing import matches
from app.accounts.models import User
from app.db import Base, db
from app.demo import load
from app.demo.content import DemoContent, load_content
from app.demo.events import Answer as ToldAnswer
from app.demo.events import Vote as ToldVote
from app.demo.load import PASSWORD, load_demo
from app.errors import Forbidden
from app.outbox import OutboxMessage
from community.freshness.sweep import Swept, sweep
from community.lifecycle import state_at
from community.models import Answer, Comment, Expertise, Notification, Question, Tag, Transition
from community.notifications.inbox import KINDS
from reputation.models import Entry
from reputation.points import PRICES, STARTING_REPUTATION
from search.engine import Condition
from search.site import current_engine
from tests.statements import count_statements

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what the verbs' own tests hold on both databases already; filling one takes two seconds."""


@pytest.fixture
def content() -> DemoContent:
    return load_content()


@pytest.fixture
def demo(session: scoped_session[Session], now: datetime) -> scoped_session[Session]:
    """A database that has just been filled."""
    assert load_demo(now)
    return session


def pairs(content: DemoContent, session: scoped_session[Session]) -> list[tuple[ToldAnswer, Answer]]:
    """Each answer as it is told, and as it is in the database."""
    told: dict[str, list[ToldAnswer]] = defaultdict(list)
    for answer in content.answers:
        told[answer.question].append(answer)
    found: dict[int, list[Answer]] = defaultdict(list)
    for row in session.scalars(select(Answer).order_by(Answer.id)):
        found[row.question_id].append(row)
    ids = session.execute(select(Question.id).order_by(Question.id)).scalars().all()
    return [
        pair
        for question, question_id in zip(content.questions, ids, strict=True)
        for pair in zip(told[question.question], found[question_id], strict=True)
    ]


def sizes(session: scoped_session[Session]) -> dict[str, int]:
    """How many rows each table has."""
    counts = {
        table.name: session.execute(select(func.count()).select_from(table)).scalar_one() for table in Base.metadata.sorted_tables
    }
    session.rollback()
    return counts


@on_sqlite
def test_everything_that_is_told_is_there(demo: scoped_session[Session], content: DemoContent, now: datetime) -> None:
    counts = sizes(demo)
    assert counts["users"] == len(content.people)
    assert counts["tags"] == len(content.tags)
    assert counts["questions"] == len(content.questions)
    assert counts["answers"] == len(content.answers)
    assert counts["votes"] == sum(isinstance(event, ToldVote) for event in content.events)
    for told, answer in pairs(content, demo):
        assert answer.created_at == now - timedelta(days=told.days_ago)
        assert answer.official == told.official
    asked = dict(demo.execute(select(Question.title, Question.views)).all())
    assert asked == {question.title: question.views for question in content.questions}
    written = demo.scalars(select(Comment.body_html).where(Comment.body_html.contains("/people/"))).all()
    assert len(written) >= 5, "mentions became links"


def test_every_answer_is_in_the_state_it_is_meant_to_be_in(
    demo: scoped_session[Session], content: DemoContent, now: datetime
) -> None:
    for told, answer in pairs(content, demo):
        state = state_at(answer.best_before_at, answer.expires_at, answer.archived_at, now)
        assert state == told.state_at_start, f"{told.question}/{told.id}"
        assert answer.state == state, "and the sweep has written it down"
    assert sweep(now) == Swept(0, 0)


@on_sqlite
def test_a_life_is_told_in_order(demo: scoped_session[Session], now: datetime) -> None:
    lives: dict[int, list[Transition]] = defaultdict(list)
    for step in demo.scalars(select(Transition).order_by(Transition.id)):
        lives[step.answer_id].append(step)
    for steps in lives.values():
        assert steps[0].event == "posted"
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert [step.from_state for step in steps] == [None, *(step.to_state for step in steps[:-1])]
        assert steps[-1].at <= now


@on_sqlite
def test_reputation_is_the_sum_of_the_ledger(demo: scoped_session[Session]) -> None:
    sums = dict(demo.execute(select(Entry.user_id, func.sum(Entry.delta)).group_by(Entry.user_id)).all())
    people = demo.scalars(select(User).order_by(User.reputation.desc()).execution_options(populate_existing=True)).all()
    for person in people:
        assert person.reputation == STARTING_REPUTATION + sums.get(person.id, 0), person.name
    assert people[0].name == "Jonas Okafor"
    assert set(demo.scalars(select(Entry.reason).distinct())) == set(PRICES) - {"question_downvoted"}


@on_sqlite
def test_the_people_are_who_they_should_be(
    demo: scoped_session[Session], content: DemoContent, now: datetime, client: FlaskClient
) -> None:
    people = {person.email: person for person in demo.scalars(select(User))}
    for told in content.people:
        person = people[told.email]
        assert (person.name, person.role) == (told.name, told.role)
        assert person.email_confirmed_at is not None
        assert matches(person.password_hash, PASSWORD)
        held = select(Tag.name).join(Expertise, Expertise.tag_id == Tag.id)
        held = held.where(Expertise.user_id == person.id, Expertise.expires_at > now + timedelta(days=90))
        assert set(demo.scalars(held)) == set(told.expertise)
        face = client.get(person.avatar_url or "")
        assert (face.status_code, face.mimetype) == (200, "image/svg+xml")


@on_sqlite
def test_a_second_time_changes_nothing(demo: scoped_session[Session], now: datetime) -> None:
    before = sizes(demo)
    assert not load_demo(now + timedelta(days=1))
    assert sizes(demo) == before


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
    last = ToldVote(question="which-network-is-best", number=99, by="leila", days_ago=0, on="question", value=-1)
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
        assert db.session.execute(select(exists().where(User.email == "marta@example.com"))).scalar()
        assert db.session.execute(select(func.count()).select_from(User)).scalar_one() == len(load_content().people)


@on_sqlite
def test_it_takes_fewer_than_twenty_statements_an_event(
    session: scoped_session[Session], now: datetime, content: DemoContent
) -> None:
    """Some 3 s on a small machine; statements are counted, since seconds differ with what else the machine does."""
    with count_statements() as sent:
        assert load_demo(now)
    assert len(sent) < 20 * len(content.events)


@on_sqlite
def test_everybody_has_heard_of_it(demo: scoped_session[Session], now: datetime) -> None:
    assert not demo.scalars(select(OutboxMessage.topic)).all()
    entries = demo.scalars(select(Notification)).all()
    assert {entry.kind for entry in entries} == set(KINDS) - {"removed", "suspended"}
    for entry in entries:
        assert (entry.read_at is None) == (entry.at > now - timedelta(days=4))
    posted = dict(demo.execute(select(Answer.id, Answer.created_at)).all())
    for entry in entries:
        if entry.kind == "answered":
            assert entry.at == posted[entry.answer_id or 0]
    for person in demo.scalars(select(User).execution_options(populate_existing=True)):
        assert person.unread_count == sum(entry.user_id == person.id and entry.read_at is None for entry in entries)
        assert person.unread_count < 10


@on_sqlite
def test_it_can_be_searched_at_once(demo: scoped_session[Session]) -> None:
    assert current_engine().health().condition is Condition.READY
