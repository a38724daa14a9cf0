"""The `flask` commands, as a person at a terminal runs them."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import cli, schema
from app.accounts.models import User
from app.config import Settings
from app.outbox import OutboxMessage
from community.models import Answer, Question
from tests.people import People
from tests.stories import answered, ask
from tests.web import as_environment


@pytest.fixture
def run(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> FlaskCliRunner:
    """A terminal: the commands are those of `flask`, on this test's database."""
    for name, value in as_environment(settings).items():
        monkeypatch.setenv(name, value)
    schema.init_app(app)
    for group in cli.GROUPS:
        app.cli.add_command(group)
    return app.test_cli_runner()


def test_sweeping(run: FlaskCliRunner, session: Session, people: People, now: datetime) -> None:
    answered(people, now - timedelta(days=4000))
    result = run.invoke(args=["freshness", "sweep"])
    assert result.exit_code == 0, result.output
    assert session.execute(select(Answer.state)).scalar_one() == "expired"
    assert "0 became due, 0 expired" in run.invoke(args=["freshness", "sweep"]).output
    assert "counted for 1 answers" in run.invoke(args=["freshness", "night"]).output
    assert "tags; the dates follow" in run.invoke(args=["freshness", "learn"]).output


def test_draining_and_status(run: FlaskCliRunner, session: Session, people: People, now: datetime) -> None:
    answered(people, now)
    assert " wait, the oldest for " in run.invoke(args=["outbox", "status"]).output
    assert "messages taken up" in run.invoke(args=["outbox", "drain"]).output
    session.rollback()
    assert session.query(OutboxMessage).count() == 0
    assert "0 wait" in run.invoke(args=["outbox", "status"]).output
    assert "0 will be tried again" in run.invoke(args=["outbox", "retry"]).output


def test_the_books(run: FlaskCliRunner, session: Session, people: People, now: datetime) -> None:
    answered(people, now)
    assert "The books are in order." in run.invoke(args=["reputation", "audit"]).output
    session.execute(update(User).where(User.id == people.jonas.id).values(reputation=77))
    session.commit()
    crooked = run.invoke(args=["reputation", "audit"])
    assert crooked.exit_code == 1
    assert "the total says 77, the ledger 1" in crooked.output
    assert run.invoke(args=["reputation", "audit", "--repair"]).exit_code == 0
    assert run.invoke(args=["reputation", "audit"]).exit_code == 0


def test_an_admin_is_made_once(run: FlaskCliRunner, session: Session) -> None:
    args = [
        "people",
        "create-admin",
        "--name",
        "Root",
        "--email",
        "root@example.org",
        "--password",
        "three geese on a slow train",
    ]
    made = run.invoke(args=args)
    assert made.exit_code == 0, made.output
    assert session.execute(select(User.role)).scalars().all() == ["admin"]
    again = run.invoke(args=args)
    assert again.exit_code == 1
    assert "Traceback" not in again.output


def test_rendering_again(run: FlaskCliRunner, session: Session, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now, body="It is **bold** of @Jonas to say so.")
    before = session.execute(select(Question.body_html)).scalar_one()
    session.execute(update(Question).values(body_html="<p>old</p>", renderer_version=0))
    session.commit()
    assert "1 texts were rendered again" in run.invoke(args=["render", "again"]).output
    session.rollback()
    assert session.execute(select(Question.body_html).where(Question.id == question_id)).scalar_one() == before
    assert "0 texts were rendered again" in run.invoke(args=["render", "again"]).output
    assert "1 texts were rendered again" in run.invoke(args=["render", "again", "--everything"]).output
