"""What people say of a question without writing: me too, follow, how easy it was, and that staff have seen it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, Invalid
from community import interest
from community.desk import acknowledgement
from community.models import Effort, Follow, MeToo
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People
from tests.stories import accepted, answered, ask, browser, person_here, reload_question, told

SCRIPT = {"Accept": "application/json"}
URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"


def test_me_too(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    jonas = browser(app, people.jonas)
    done = jonas.post(f"/questions/{question_id}/me-too", data={"release": "4.2"}, headers=SCRIPT)
    assert (done.status_code, done.json) == (200, {"on": True, "count": 1})
    assert interest.me_too(question_id, by=people.jonas, now=now) == 1, "one per person"
    session.rollback()
    said = session.get_one(MeToo, (question_id, people.jonas.id))
    assert said.release == "4.2"
    assert session.get(Follow, (question_id, people.jonas.id)) is not None
    assert f'action="/questions/{question_id}/me-too?_method=DELETE"' in jonas.get(URL).text
    assert "1 person has this too" in browser(app, people.marta).get(URL).text
    back = jonas.post(f"/questions/{question_id}/me-too?_method=DELETE", headers=SCRIPT)
    assert back.json == {"on": False, "count": 0}
    assert interest.withdraw_me_too(question_id, by=people.jonas, now=now) == 0
    assert jonas.post(f"/questions/{question_id}/me-too").location == URL


def test_who_may_say_me_too(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    assert client.post(f"/questions/{question_id}/me-too").status_code == 401
    assert browser(app, people.marta).post(f"/questions/{question_id}/me-too").status_code == 403
    assert browser(app, people.jonas).post("/questions/99/me-too").status_code == 404
    assert f'action="/questions/{question_id}/me-too"' in client.get(URL).text, "it leads to the sign-in page"
    with pytest.raises(Invalid):
        interest.me_too(question_id, release="R" * 81, by=people.jonas, now=now)


def test_following(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    jonas = browser(app, people.jonas)
    done = jonas.post(f"/questions/{question_id}/follow", headers=SCRIPT)
    assert done.json == {"on": True, "count": 2}, "the asker follows too"
    interest.follow(question_id, by=people.jonas, now=now)
    assert reload_question(session, question_id).follower_count == 2
    assert jonas.delete(f"/questions/{question_id}/follow", headers=SCRIPT).json == {"on": False, "count": 1}
    interest.unfollow(question_id, by=people.jonas, now=now)
    assert reload_question(session, question_id).follower_count == 1
    assert client.post(f"/questions/{question_id}/follow").status_code == 401
    people.jonas.suspended_until, people.jonas.suspended_reason = now + timedelta(days=1), "Advertising."
    session.commit()
    interest.follow(question_id, by=people.jonas, now=now)


def test_how_easy_it_was(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, _ = accepted(people, now)
    marta = browser(app, people.marta)
    assert "How easy was it" in marta.get(URL).text
    assert "How easy was it" not in browser(app, people.jonas).get(URL).text
    assert marta.post(f"/questions/{question_id}/effort", data={"score": "4"}).location == URL
    assert marta.post(f"/questions/{question_id}/effort", data={"score": "2"}).status_code == 303
    session.rollback()
    assert session.get_one(Effort, question_id).score == 2
    assert "How easy was it" not in marta.get(URL).text
    for score in ("", "0", "6", "many"):
        assert marta.post(f"/questions/{question_id}/effort", data={"score": score}).status_code == 422
    assert browser(app, people.jonas).post(f"/questions/{question_id}/effort", data={"score": "5"}).status_code == 403
    assert client.post(f"/questions/{question_id}/effort", data={"score": "5"}).status_code == 401


def test_it_is_asked_after_the_question_is_solved(people: People, now: datetime) -> None:
    question_id, _ = answered(people, now)
    with pytest.raises(Conflict, match="Accept an answer first"):
        interest.rate_effort(question_id, 5, by=people.marta, now=now)


def test_staff_say_it_was_seen(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    question_id, now = ask(people.marta, clock.now), clock.forward(hours=1)
    ana = browser(app, people.ana)
    assert "Say it was seen" in ana.get(URL).text
    assert ana.post(f"/questions/{question_id}/acknowledgement").location == URL
    question = reload_question(session, question_id)
    assert (question.seen_at, question.seen_by_id) == (now, people.ana.id)
    assert not acknowledgement.acknowledge(question_id, by=people.mo, now=clock.forward(hours=1))
    assert reload_question(session, question_id).seen_by_id == people.ana.id, "the first one counts"
    assert "seen by <bdi>Ana</bdi>" in client.get(URL).text
    assert "Say it was seen" not in ana.get(URL).text
    assert len(told(session, "question.seen")) == 1
    with pytest.raises(Forbidden):
        acknowledgement.acknowledge(question_id, by=people.jonas, now=now)
    assert client.post(f"/questions/{question_id}/acknowledgement").status_code == 401


def test_these_are_no_pages(client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    for act in ("me-too", "follow", "effort", "acknowledgement", "vote", "closure", "removal", "answers", "comments"):
        led = client.get(f"/questions/{question_id}/{act}")
        assert (led.status_code, led.location) == (301, URL), "a mistyped title leads to the question"
    assert session.execute(select(func.count()).select_from(MeToo)).scalar_one() == 0


def test_one_person_in_twenty_windows_counts_once(app: Flask, people: People, session: Session, now: datetime) -> None:
    question_id, jonas_id = ask(people.marta, now), people.jonas.id
    session.rollback()

    def act(number: int) -> None:
        if number % 2:
            interest.me_too(question_id, by=person_here(jonas_id), now=now)
        else:
            interest.follow(question_id, by=person_here(jonas_id), now=now)

    assert at_once(app, 20, act) == [None] * 20
    question = reload_question(session, question_id)
    assert (question.me_too_count, question.follower_count) == (1, 2)


def test_three_of_staff_see_it_at_once(app: Flask, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    staff = [people.ana.id, people.mo.id, people.ada.id]
    session.rollback()
    results = at_once(app, 12, lambda n: acknowledgement.acknowledge(question_id, by=person_here(staff[n % 3]), now=now))
    assert sorted(map(bool, results)) == [False] * 11 + [True]
    assert len(told(session, "question.seen")) == 1
