"""The review page: the day, one answer at a time, keys, and what a decision leads to."""

import re
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from community import answers
from community.freshness import assignments, audit, queue, signals
from community.freshness.verification import verify
from community.models import AnswerBelief, AnswerLink, Assignment, Link, Question, Verification
from community.moderation import closing
from tests.clock import Clock
from tests.people import People, sign_in
from tests.statements import count_statements
from tests.stories import ANSWER, answer, ask, browser

DAY = timedelta(days=1)
LATE = 100 * DAY
REPAIR = "Set the channel to 11 by hand, or install firmware 4.3, where the automatic choice works."


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every item is the most useful one; what chance does is in tests/freshness/test_audit.py."""
    monkeypatch.setattr(audit, "CHANCE", lambda: 0.99)


@pytest.fixture
def due(people: People, now: datetime) -> int:
    """Jonas' answer under `broadband`, past its date."""
    return answer(ask(people.marta, now - LATE), people.jonas, now - LATE)


def begin(client: FlaskClient) -> str:
    """Press the button on the page; returns the page it leads to."""
    assert client.post("/review/items").location == "/review"
    shown: str = client.get("/review").text
    return shown


def hidden(page: str) -> dict[str, str]:
    """What the form of the check sends without anybody typing."""
    form = re.search(r'<form class="check".*?</form>', page, re.DOTALL)
    assert form, page
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form.group()))


def test_looking_takes_nothing_and_a_button_begins(client: FlaskClient, session: Session, people: People, due: int) -> None:
    sign_in(client, people.ana)
    first = client.get("/review")
    assert first.status_code == 200
    assert "0 of 10 today" in first.text
    assert "1 answer waits for you" in first.text
    assert "Begin</button>" in first.text
    assert "/verifications" not in first.text
    assert session.scalars(select(Assignment)).all() == []
    page = begin(client)
    assert f'action="/answers/{due}/verifications"' in page
    assert "100 days since anybody vouched for it" in page
    assert set(hidden(page)) == {"round", "revision", "item"}


def test_a_verdict_leads_to_the_next_and_can_be_undone(
    client: FlaskClient, session: Session, people: People, due: int, now: datetime
) -> None:
    other = answer(ask(people.marta, now - LATE, title="Another late one"), people.jonas, now - LATE)
    sign_in(client, people.ana)
    page = begin(client)
    first, second = (due, other) if f"/answers/{due}/" in page else (other, due)
    typed = hidden(page) | {"outcome": "right", "release": "4.2", "evidence": "tried it"}
    done = client.post(f"/answers/{first}/verifications", data=typed)
    assert (done.status_code, done.location) == (303, "/review")
    page = client.get("/review").text
    assert f'action="/answers/{second}/verifications"' in page
    assert "1 of 10 today" in page
    undo = re.search(r'action="(/review/items/\d+/undoing)"', page)
    assert undo, page
    assert "undoing" not in client.get("/review").text, "said once"
    assert client.post(undo.group(1)).location == "/review"
    page = client.get("/review").text
    assert "Taken back" in page
    assert f'action="/answers/{first}/verifications"' in page
    assert session.scalars(select(Verification.undone_at)).one() is not None


def test_skipping_and_stopping(client: FlaskClient, people: People, due: int, now: datetime) -> None:
    other = answer(ask(people.marta, now - LATE, title="Another late one"), people.jonas, now - LATE)
    sign_in(client, people.ana)
    page = begin(client)
    first, second = (due, other) if f"/answers/{due}/" in page else (other, due)
    assert client.post(f"/review/items/{hidden(page)['item']}/skip").location == "/review"
    page = client.get("/review").text
    assert f"/answers/{second}/verifications" in page
    assert client.post(f"/review/items/{hidden(page)['item']}?_method=DELETE").location == "/review"
    assert "Begin</button>" in client.get("/review").text
    page = begin(client)
    assert f"/answers/{second}/verifications" in page, f"{first} was skipped for today"
    client.post(f"/review/items/{hidden(page)['item']}/skip")
    assert "Nothing to check" in client.get("/review").text


def test_the_day_ends(client: FlaskClient, people: People, due: int, now: datetime) -> None:
    answer(ask(people.marta, now - LATE, title="Another late one"), people.jonas, now - LATE)
    sign_in(client, people.ana)
    assert client.post("/review/target", data={"target": "300"}).status_code == 422
    assert client.post("/review/target", data={"target": "1"}).location == "/review"
    page = begin(client)
    held = re.search(r"/answers/(\d+)/verifications", page)
    assert held
    client.post(f"/answers/{held.group(1)}/verifications", data=hidden(page) | {"outcome": "unsure"})
    page = client.get("/review").text
    assert "That was your day" in page
    assert "One more</button>" in page
    assert "/verifications" not in page
    assert "/verifications" in begin(client), "who wants to goes on"


def test_a_chosen_answer(client: FlaskClient, session: Session, people: People, due: int, now: datetime) -> None:
    fresh = answer(ask(people.marta, now, title="Fresh but to be checked"), people.jonas, now)
    sign_in(client, people.ana)
    page = client.get(f"/review?answer={fresh}").text
    assert f'action="/answers/{fresh}/verifications"' in page
    assert f'data-lease="/review/items?answer={fresh}"' in page
    assert session.scalars(select(Assignment)).all() == []
    done = client.post(f"/answers/{fresh}/verifications", data=hidden(page) | {"outcome": "right"})
    assert done.location.endswith(f"#answer-{fresh}")
    assert session.scalars(select(Assignment.purpose)).one() == "chosen"


def test_a_chosen_answer_that_somebody_else_holds(app: Flask, client: FlaskClient, people: People, due: int) -> None:
    headers = {"Accept": "application/json"}
    taken = browser(app, people.mo).post(f"/review/items?answer={due}", headers=headers)
    assert taken.json is not None
    sign_in(client, people.ana)
    assert "Mo is checking this answer just now" in client.get(f"/review?answer={due}").text
    assert client.post(f"/review/items?answer={due}", headers=headers).status_code == 409
    assert client.post(f"/review/items/{taken.json['assignment']}/renewal", headers=headers).status_code == 404


@pytest.mark.parametrize("query", ["?answer=abc", "?answer=999999", "?answer=-4", "?answer=99999999999999999999"])
def test_a_strange_address_is_the_plain_page(client: FlaskClient, people: People, due: int, query: str) -> None:
    sign_in(client, people.ana)
    page = client.get(f"/review{query}")
    assert page.status_code == 200
    assert "Begin</button>" in page.text


def test_a_refused_decision_keeps_what_was_typed(client: FlaskClient, people: People, due: int) -> None:
    sign_in(client, people.ana)
    typed = hidden(begin(client)) | {"outcome": "wrong", "evidence": "tried on two routers"}
    page = client.post(f"/answers/{due}/verifications", data=typed)
    assert page.status_code == 422
    assert "tried on two routers" in page.text
    assert "What is wrong is missing." in page.text
    assert "Why now" in page.text, "it is the page of the queue still"
    looked = client.post(f"/answers/{due}/verifications", data=typed | {"preview": "1", "body": "A **bold** repair of it."})
    assert "<strong>bold</strong>" in looked.text


def test_a_text_that_was_changed_meanwhile_is_shown(client: FlaskClient, people: People, due: int, now: datetime) -> None:
    sign_in(client, people.ana)
    typed = hidden(begin(client)) | {"outcome": "right", "release": "Firmware 4.3", "body": ANSWER}
    answers.edit(due, body=REPAIR, by=people.jonas, now=now)
    page = client.post(f"/answers/{due}/verifications", data=typed)
    assert page.status_code == 409
    assert "The text was changed while you were looking" in page.text
    assert REPAIR in page.text
    assert ANSWER not in page.text, "what nobody wrote is not kept: the repair begins with the new text"
    assert 'value="Firmware 4.3"' in page.text
    assert hidden(page.text)["revision"] == "2"
    again = client.post(f"/answers/{due}/verifications", data=typed | hidden(page.text))
    assert again.status_code == 303


def test_an_answer_that_left_the_queue(client: FlaskClient, people: People, due: int, session: Session, now: datetime) -> None:
    sign_in(client, people.ana)
    begin(client)
    question_id = session.scalars(select(Question.id)).one()
    closing.close(question_id, reason="unclear", by=people.mo, now=now)
    assert "need not be checked any more" in client.get("/review").text


def test_who_comes_second_hears_a_kind_word(client: FlaskClient, people: People, due: int, now: datetime) -> None:
    verify(due, "right", by=people.mo, now=now)
    sign_in(client, people.ana)
    page = client.post(f"/answers/{due}/verifications", data={"outcome": "right", "round": "0"})
    assert page.status_code == 409
    assert "Mo has just checked this answer" in page.text


def test_the_page_says_why(client: FlaskClient, session: Session, people: People, clock: Clock, due: int, now: datetime) -> None:
    signals.say(due, "broken", note="The menu is gone", release="4.3", by=people.marta, now=now)
    signals.say(due, "broken", network_mark="somebody", now=now)
    dead = Link(
        url="https://example.net/manual", host="example.net", next_check_at=now, checked_at=now, problem="not found (404)"
    )
    session.add(dead)
    session.flush()
    session.add(AnswerLink(answer_id=due, link_id=dead.id))
    session.execute(update(AnswerBelief).values(views_per_day=12.0))
    session.commit()
    sign_in(client, people.ana)
    page = begin(client)
    for words in ("Past its date since", "Two people said it no longer works", "Read twelve times a day", "The menu is gone"):
        assert words in page, words
    assert "https://example.net/manual" in page
    assert "not found (404)" in page
    assert "Good for another" in page.replace("good for", "Good for")


def test_who_may_look(client: FlaskClient, people: People, due: int) -> None:
    assert client.get("/review").location == "/sign-in?next=/review"
    assert client.post("/review/items").status_code == 401
    sign_in(client, people.marta)
    assert client.get("/review").status_code == 403
    assert client.post("/review/items").status_code == 403
    assert client.post("/review").status_code == 405
    assert client.post("/review/items/1/undoing").status_code == 403


def test_the_page_costs_the_same_however_many_wait(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    sign_in(client, people.ana)
    counts: dict[str, list[int]] = {"/review": [], "item": []}
    for size in (3, 30):
        while (there := len(queue.next_ids(session, people.ana, now, 50))) < size:
            then = now - LATE - (40 - there) * DAY
            answer(ask(people.mo, then, title="One more late question"), people.mo, then)
        for name, found in counts.items():
            if name == "item":
                begin(client)
            client.get("/review")
            with count_statements() as sent:
                client.get("/review")
            found.append(len(sent))
        held = assignments.held(session, people.ana.id, now)
        assert held is not None
        assignments.give_back(held.id, by=people.ana, now=now)
    assert counts["/review"][0] == counts["/review"][1] <= 10, counts
    assert counts["item"][0] == counts["item"][1] <= 18, counts
