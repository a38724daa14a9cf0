"""What tests of the community begin with: something asked, something answered; and ways to look at what became of it.

They go through the verbs, as pages do.
"""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db
from app.outbox import OutboxMessage
from community import acceptance, answers, questions
from community.models import Answer, Question, Tag, Transition
from reputation.models import Entry
from tests.people import People, sign_in

TITLE = "My router drops the Wi-Fi every evening"
BODY = "Since the update it drops at about eight, and comes back by itself after ten minutes."
ANSWER = "Set the channel to 11 by hand; on firmware 4.2 the automatic choice is broken."

INTERVAL = timedelta(days=90)
"""How long an answer under a tag without a policy of its own is current."""
GRACE = timedelta(days=365)
"""How long it is shown after that."""


def ask(by: User, now: datetime, **changed: Any) -> int:  # noqa: ANN401 - what `questions.ask` takes
    """A question under the tag `broadband`, which the fixture `people` makes."""
    typed: dict[str, Any] = {"title": TITLE, "body": BODY, "tags_text": "broadband"} | changed
    return questions.ask(**typed, by=by, now=now)


def answer(question_id: int, by: User, now: datetime, body: str = ANSWER, **changed: Any) -> int:  # noqa: ANN401 - as above
    """An answer to it."""
    return answers.post(question_id, body=body, by=by, now=now, **changed)


def answered(people: People, now: datetime) -> tuple[int, int]:
    """Marta has asked and Jonas has answered: the numbers of both."""
    question_id = ask(people.marta, now)
    return question_id, answer(question_id, people.jonas, now)


def accepted(people: People, now: datetime) -> tuple[int, int]:
    """… and Marta has accepted it."""
    question_id, answer_id = answered(people, now)
    acceptance.accept(answer_id, by=people.marta, now=now)
    return question_id, answer_id


def make_tag(session: Session, name: str, now: datetime, **policy: Any) -> Tag:  # noqa: ANN401 - the columns of a policy
    """A tag with a policy of its own; its interval is plain unless `freshness` says otherwise."""
    plain: dict[str, Any] = {"freshness": "plain"}
    tag = Tag(name=name, description="", created_at=now, question_count=0, **plain | policy)
    session.add(tag)
    session.commit()
    return tag


def reload_answer(session: Session, answer_id: int) -> Answer:
    """An answer as it is in the database now."""
    session.rollback()
    return session.scalars(select(Answer).where(Answer.id == answer_id).execution_options(populate_existing=True)).one()


def reload_question(session: Session, question_id: int) -> Question:
    """A question as it is in the database now."""
    session.rollback()
    return session.scalars(select(Question).where(Question.id == question_id).execution_options(populate_existing=True)).one()


def reputation(session: Session, who: User) -> int:
    """Somebody's cached total now."""
    session.rollback()
    return session.execute(select(User.reputation).where(User.id == who.id)).scalar_one()


def entries(session: Session, who: User) -> list[tuple[str, int]]:
    """Somebody's ledger now: reasons and points, in order."""
    session.rollback()
    found = session.execute(select(Entry.reason, Entry.delta).where(Entry.user_id == who.id).order_by(Entry.id))
    return [(reason, delta) for reason, delta in found]


def told(session: Session, topic: str) -> list[dict[str, Any]]:
    """What waits in the outbox under a topic, in order."""
    session.rollback()
    return list(session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == topic).order_by(OutboxMessage.id)))


def life(session: Session, answer_id: int) -> list[tuple[str | None, str, str, int | None]]:
    """An answer's transitions: from, event, to, who."""
    session.rollback()
    rows = select(Transition).where(Transition.answer_id == answer_id).order_by(Transition.id)
    return [(step.from_state, step.event, step.to_state, step.actor_id) for step in session.scalars(rows)]


def browser(app: Flask, who: User | None = None) -> FlaskClient:
    """A browser of somebody's own, signed in where it is somebody's."""
    opened = app.test_client()
    opened.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    return sign_in(opened, who) if who is not None else opened


def person_here(user_id: int) -> User:
    """A person as the present context's session knows them; for threads, which share no session."""
    return db.session.get_one(User, user_id)
