"""What a visitor of the demo community finds. It is filled once and copied for each test; only on SQLite, as the verbs' own tests
hold on both databases, and so does `test_demo_load`.
"""

import shutil
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session, scoped_session

from app.accounts.hashing import matches
from app.accounts.models import User
from app.db import db
from app.demo.content import DemoContent, load_content
from app.demo.events import Answer as ToldAnswer
from app.demo.load import PASSWORD, load_demo
from app.factory import create_app
from community.freshness.sweep import Swept, sweep
from community.lifecycle import state_at
from community.models import Answer, Comment, Expertise, Notification, Question, Tag, Transition
from community.notifications.inbox import KINDS
from reputation.models import Entry
from reputation.points import PRICES, STARTING_REPUTATION
from tests.databases import SQLiteTemplate, settings_for

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def _filled(_sqlite_template: SQLiteTemplate, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file that holds the demo community, loaded at the moment that `now` gives every test."""
    folder = tmp_path_factory.mktemp("demo")
    url = _sqlite_template.copy_to(folder)
    app = create_app(settings_for(url, folder / "data"))
    with app.app_context():
        assert load_demo(datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
        db.session.remove()
        db.engine.dispose()
    return Path(url.removeprefix("sqlite:///"))


@pytest.fixture
def sqlite_url(_filled: Path, tmp_path: Path) -> str:
    """In this module: the address of a copy of the filled database."""
    return f"sqlite:///{shutil.copyfile(_filled, tmp_path / _filled.name)}"


@pytest.fixture
def content() -> DemoContent:
    return load_content()


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


def test_everything_that_is_told_is_there(session: scoped_session[Session], content: DemoContent, now: datetime) -> None:
    for told, answer in pairs(content, session):
        assert answer.created_at == now - timedelta(days=told.days_ago)
        assert answer.official == told.official
    asked = dict(session.execute(select(Question.title, Question.views)).all())
    assert asked == {question.title: question.views for question in content.questions}
    written = session.scalars(select(Comment.body_html).where(Comment.body_html.contains("/people/"))).all()
    assert len(written) >= 5, "mentions became links"


def test_every_answer_is_in_the_state_it_is_meant_to_be_in(
    session: scoped_session[Session], content: DemoContent, now: datetime
) -> None:
    for told, answer in pairs(content, session):
        state = state_at(answer.best_before_at, answer.expires_at, answer.archived_at, now)
        assert state == told.state_at_start, f"{told.question}/{told.id}"
        assert answer.state == state, "and the sweep has written it down"
    assert sweep(now) == Swept(0, 0)


def test_a_life_is_told_in_order(session: scoped_session[Session], now: datetime) -> None:
    lives: dict[int, list[Transition]] = defaultdict(list)
    for step in session.scalars(select(Transition).order_by(Transition.id)):
        lives[step.answer_id].append(step)
    for steps in lives.values():
        assert steps[0].event == "posted"
        assert [step.at for step in steps] == sorted(step.at for step in steps)
        assert [step.from_state for step in steps] == [None, *(step.to_state for step in steps[:-1])]
        assert steps[-1].at <= now


def test_reputation_is_the_sum_of_the_ledger(session: scoped_session[Session]) -> None:
    sums = dict(session.execute(select(Entry.user_id, func.sum(Entry.delta)).group_by(Entry.user_id)).all())
    people = session.scalars(select(User).order_by(User.reputation.desc()).execution_options(populate_existing=True)).all()
    for person in people:
        assert person.reputation == STARTING_REPUTATION + sums.get(person.id, 0), person.name
    assert people[0].name == "Jonas Okafor"
    assert set(session.scalars(select(Entry.reason).distinct())) == set(PRICES) - {
        "question_downvoted",
        "edit_approved",
        "spam_confirmed",
    }


def test_the_people_are_who_they_should_be(
    session: scoped_session[Session], content: DemoContent, now: datetime, client: FlaskClient
) -> None:
    people = {person.email: person for person in session.scalars(select(User))}
    for told in content.people:
        person = people[told.email]
        assert (person.name, person.role) == (told.name, told.role)
        assert person.email_confirmed_at is not None
        assert matches(person.password_hash, PASSWORD)
        held = select(Tag.name).join(Expertise, Expertise.tag_id == Tag.id)
        held = held.where(Expertise.user_id == person.id, Expertise.expires_at > now + timedelta(days=90))
        assert set(session.scalars(held)) == set(told.expertise)
        face = client.get(person.avatar_url or "")
        assert (face.status_code, face.mimetype) == (200, "image/svg+xml")


def test_everybody_has_heard_of_it(session: scoped_session[Session], now: datetime) -> None:
    entries = session.scalars(select(Notification).order_by(Notification.id)).all()
    assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)
    seldom = {"removed", "suspended", "overdue", "digest", "reward_ready", "reward_ending", "reward_lapsed", "search", "lapsing"}
    seldom |= {"edit_suggested", "edit_approved", "edit_rejected", "trusted", "badge", "badges", "badge_taken", "badge_given"}
    seldom |= {"votes_reversed", "appeal_answered", "checks_warned", "checks_paused", "checks_cleared"}
    assert {entry.kind for entry in entries} == set(KINDS) - seldom
    for entry in entries:
        assert (entry.read_at is None) == (entry.at > now - timedelta(days=4))
    posted = dict(session.execute(select(Answer.id, Answer.created_at)).all())
    for entry in entries:
        if entry.kind == "answered":
            assert entry.at == posted[entry.answer_id or 0]
    for person in session.scalars(select(User).execution_options(populate_existing=True)):
        assert person.unread_count == sum(entry.user_id == person.id and entry.read_at is None for entry in entries)
        assert person.unread_count < 10
