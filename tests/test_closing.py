"""Closing a question, as a duplicate or for another reason, and opening it again."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, Invalid, NotFound
from community.models import AuditRecord
from community.moderation import closing, removal
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.people import People
from tests.stories import answered, ask, browser, person_here, reload_question, told

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"


def test_staff_close_with_a_reason(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, _ = answered(people, now)
    ana = browser(app, people.ana)
    page = ana.get(URL).text
    for key, words in closing.REASONS.items():
        assert f'<option value="{key}">{words}</option>' in page
    done = ana.post(f"/questions/{question_id}/closure", data={"reason": "private", "note": "We have written to you"})
    assert (done.status_code, done.location) == (303, URL)
    question = reload_question(session, question_id)
    assert (question.closed_at, question.closed_by_id, question.duplicate_of_id) == (now, people.ana.id, None)
    assert question.closed_reason == "It needs private data, so support handles it in person. We have written to you"
    assert told(session, "question.closed") == [{"question_id": question_id, "by_id": people.ana.id}]
    assert session.scalars(select(AuditRecord.action)).all() == ["question.closed"]
    page = client.get(URL).text
    assert "We have written to you." in page
    assert "Sign in to answer" not in page
    assert 'id="answer"' not in browser(app, people.jonas).get(URL).text
    assert "Reopen" in ana.get(URL).text


def test_a_duplicate_leads_to_the_one_asked_before(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    first, second = ask(people.marta, now, title="The same, asked before"), ask(people.jonas, now)
    data = {"reason": "duplicate", "duplicate_of": f"http://localhost/questions/{first}/the-same-asked-before"}
    assert browser(app, people.ana).post(f"/questions/{second}/closure", data=data).status_code == 303
    assert reload_question(session, second).duplicate_of_id == first
    url = f"/questions/{second}/my-router-drops-the-wi-fi-every-evening"
    assert f'<a href="/questions/{first}/the-same-asked-before">The same, asked before</a>' in client.get(url).text
    removal.remove_question(first, reason="Spam", by=people.mo, now=now)
    page = client.get(url).text
    assert "The same, asked before" not in page, "nobody is led to what is removed"
    assert "It has been asked before" in page


def test_a_wrong_target(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    first, second, third = (ask(people.marta, now) for _ in range(3))
    ana = browser(app, people.ana)
    for typed in ("", "99", "somewhere", f"/questions/{second}"):
        page = ana.post(
            f"/questions/{second}/closure", data={"reason": "duplicate", "duplicate_of": typed, "note": "Look <there>"}
        )
        assert page.status_code == 422, typed
        assert 'href="#f-duplicate_of"' in page.text
        assert f'value="{typed}"' in page.text
        assert 'value="Look &lt;there&gt;"' in page.text
        assert '<option value="duplicate" selected>' in page.text
    closing.close(first, reason="duplicate", duplicate_of=second, by=people.ana, now=now)
    closing.close(second, reason="duplicate", duplicate_of=third, by=people.ana, now=now)
    with pytest.raises(Invalid, match="circles"):
        closing.close(third, reason="duplicate", duplicate_of=first, by=people.ana, now=now)


@on_sqlite
def test_a_reason_is_one_of_the_list(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    for data in ({}, {"reason": "because"}):
        page = browser(app, people.ana).post(f"/questions/{question_id}/closure", data=data)
        assert page.status_code == 422
        assert "Choose why it is closed." in page.text
    assert reload_question(session, question_id).closed_at is None


def test_it_can_be_opened_again(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    closing.close(question_id, reason="unclear", by=people.ana, now=now)
    closing.close(question_id, reason="off-topic", by=people.mo, now=now)
    assert reload_question(session, question_id).closed_by_id == people.ana.id, "closing twice changes nothing"
    assert browser(app, people.ana).post(f"/questions/{question_id}/closure?_method=DELETE").status_code == 303
    question = reload_question(session, question_id)
    assert (question.closed_at, question.closed_by_id, question.closed_reason) == (None, None, None)
    assert 'id="answer"' in browser(app, people.jonas).get(URL).text
    with pytest.raises(NotFound):
        closing.reopen(question_id, by=people.ana, now=now)


def test_who_may_close(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    for visitor, status in ((client, 401), (browser(app, people.marta), 403)):
        assert visitor.post(f"/questions/{question_id}/closure", data={"reason": "unclear"}).status_code == status
        assert visitor.delete(f"/questions/{question_id}/closure").status_code == status
    with pytest.raises(Forbidden, match="You need 500 reputation to close a question"):
        closing.close(question_id, reason="unclear", by=people.jonas, now=now)
    assert reload_question(session, question_id).closed_at is None
    assert client.put(f"/questions/{question_id}/closure").status_code == 405


def test_closed_by_ten_at_once_is_closed_once(app: Flask, people: People, session: Session, now: datetime) -> None:
    question_id, ana_id = ask(people.marta, now), people.ana.id
    session.rollback()
    results = at_once(app, 10, lambda _: closing.close(question_id, reason="unclear", by=person_here(ana_id), now=now))
    assert results == [None] * 10
    assert len(told(session, "question.closed")) == 1
    assert len(session.scalars(select(AuditRecord)).all()) == 1


@pytest.mark.parametrize("length", [2, 4])
def test_questions_that_close_each_other_at_once_make_no_circle(
    app: Flask, people: People, session: Session, now: datetime, length: int
) -> None:
    numbers = [ask(people.marta, now) for _ in range(length)]
    ana_id = people.ana.id
    session.rollback()

    def act(number: int) -> None:
        here, there = numbers[number % length], numbers[(number + 1) % length]
        closing.close(here, reason="duplicate", duplicate_of=there, by=person_here(ana_id), now=now)

    results = at_once(app, 4 * length, act)
    assert [result for result in results if not (result is None or isinstance(result, Invalid))] == []
    targets = [reload_question(session, number).duplicate_of_id for number in numbers]
    assert targets.count(None) == 1, targets
