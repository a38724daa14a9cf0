"""What a question's page costs the database: eight statements at most, and as many for 120 answers as for 3."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import User
from community import acceptance, comments, questions, votes
from community.freshness import archive, signals
from tests.people import People, person
from tests.statements import count_statements
from tests.stories import answer, ask, browser

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"
MOST = 8
COST = 7
"""Six for what is shown, and one for who looks or for the versions of what is shown."""


def crowd(session: Session, people: People, now: datetime, size: int) -> None:
    """A question with `size` answers by as many people, each with comments, votes and words, some archived with a successor."""
    authors = [person(f"Author {number}", now) for number in range(size)]
    session.add_all(authors)
    session.commit()
    question_id = ask(people.marta, now)
    related = [ask(people.jonas, now, title=f"Another question, number {number}") for number in range(5)]
    questions.store_related(question_id, related)
    numbers = [answer(question_id, author, now - timedelta(days=3 * at)) for at, author in enumerate(authors)]
    for at, number in enumerate(numbers):
        comments.add(body="Thank you for this", answer_id=number, by=authors[at - 1], now=now - timedelta(hours=at))
        if at < 25:
            votes.cast(1, answer_id=number, by=people.jonas, now=now - timedelta(minutes=at))
            signals.say(number, "works", by=people.jonas, now=now)
    acceptance.accept(numbers[0], by=people.marta, now=now)
    archive.archive(numbers[1], reason="", successor_id=numbers[0], by=people.mo, now=now)


@pytest.mark.parametrize("size", [3, 30, 120])
def test_a_page_costs_the_same_however_many_answers(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime, size: int
) -> None:
    crowd(session, people, now, size)
    visitors: list[User | None] = [None, people.jonas, people.ana, people.mo]
    for who in visitors:
        visitor = browser(app, who)
        if who is not None:
            visitor.get("/settings")
        with count_statements() as sent:
            page = visitor.get(URL)
        assert page.status_code == 200
        assert page.text.count('<li id="c') == size
        assert len(sent) == COST <= MOST, "\n\n".join(statement[:200] for statement in sent)


def test_a_stored_page_costs_nothing_on_sqlite_and_one_on_postgresql(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    crowd(session, people, now, 3)
    client.get(URL)
    with count_statements() as sent:
        assert client.get(URL).status_code == 200
    assert len(sent) == (0 if app.config["SETTINGS"].is_sqlite else 1)
