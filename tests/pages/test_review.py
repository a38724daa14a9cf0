"""The review queue: what is in it for whom, in which order, and what a decision does."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import User
from community import questions
from community.freshness import queue, signals
from community.freshness.verification import verify
from community.models import Verification
from community.moderation import closing, removal
from tests.people import People, make_expert, person, sign_in
from tests.statements import count_statements
from tests.stories import answer, ask, make_tag

DAY = timedelta(days=1)
LATE = 100 * DAY


@pytest.fixture
def due(people: People, now: datetime) -> int:
    """Jonas' answer under `broadband`, past its date."""
    return answer(ask(people.marta, now - LATE), people.jonas, now - LATE)


def ids(session: Session, by: User, now: datetime) -> list[int]:
    return queue.next_ids(session, by, now, 50)


def test_what_is_past_its_date_waits_for_staff(session: Session, people: People, due: int, now: datetime) -> None:
    fresh = answer(ask(people.marta, now), people.jonas, now)
    assert ids(session, people.ana, now) == [due]
    assert ids(session, people.ana, now + LATE) == [due, fresh]


def test_a_fresh_answer_that_readers_doubt_waits_too(session: Session, people: People, now: datetime) -> None:
    fresh = answer(ask(people.marta, now), people.jonas, now)
    assert ids(session, people.ana, now) == []
    signals.say(fresh, "broken", by=people.marta, now=now)
    assert ids(session, people.ana, now) == [fresh]
    signals.withdraw(fresh, by=people.marta, now=now)
    signals.say(fresh, "check", network_mark="somebody", now=now)
    assert ids(session, people.ana, now) == [fresh]


def test_the_most_read_comes_first_and_the_expired_last(session: Session, people: People, now: datetime) -> None:
    little, much, expired = (ask(people.marta, now - 500 * DAY, title=f"Question of {n} views") for n in (10, 9000, 99000))
    answers = {}
    for question, views, posted in ((little, 10, LATE), (much, 9000, LATE), (expired, 99_000, 460 * DAY)):
        answers[views] = answer(question, people.jonas, now - posted)
        questions.count_views({question: views})
    assert ids(session, people.ana, now) == [answers[9000], answers[10], answers[99_000]]


def test_an_expert_who_is_not_staff_sees_their_tags_only(session: Session, people: People, due: int, now: datetime) -> None:
    make_tag(session, "roaming", now)
    elsewhere = answer(ask(people.marta, now - LATE, tags_text="roaming", title="Roaming abroad"), people.jonas, now - LATE)
    rosa = person("Rosa", now)
    session.add(rosa)
    session.flush()
    make_expert(session, rosa, "roaming", now)
    session.commit()
    assert ids(session, rosa, now) == [elsewhere]
    assert ids(session, people.ana, now) == [due, elsewhere], "staff see all, their own tags first"
    assert not queue.is_reviewer(people.marta, now)


def test_what_is_not_in_it(session: Session, people: People, due: int, now: datetime) -> None:
    own = answer(ask(people.marta, now - LATE, title="Answered by staff"), people.ana, now - LATE)
    closed_question = ask(people.marta, now - LATE, title="To be closed soon")
    closed = answer(closed_question, people.jonas, now - LATE)
    removed = answer(ask(people.marta, now - LATE, title="To be removed soon"), people.jonas, now - LATE)
    assert set(ids(session, people.ana, now)) == {due, closed, removed}
    closing.close(closed_question, reason="unclear", by=people.mo, now=now)
    removal.remove_answer(removed, reason="spam", by=people.mo, now=now)
    assert ids(session, people.ana, now) == [due]
    assert own in ids(session, people.mo, now)
    verify(due, "unsure", by=people.ana, now=now)
    assert ids(session, people.ana, now) == [], "who could not tell is not asked again in this round"


def test_the_page_shows_the_answer_and_a_key_decides(
    client: FlaskClient, session: Session, people: People, due: int, now: datetime
) -> None:
    sign_in(client, people.ana)
    page = client.get("/review")
    assert page.status_code == 200
    assert "1 waits for you" in page.text
    assert "100 days since anybody vouched for it" in page.text
    done = client.post(
        f"/answers/{due}/verifications",
        data={"outcome": "right", "release": "4.2", "evidence": "tried it", "round": "0"},
        headers={"Referer": "http://localhost/review"},
    )
    assert done.status_code == 303
    assert done.location == "/review"
    assert "Nothing to check" in client.get("/review").text
    assert session.query(Verification).one().release == "4.2"


def test_skipping_goes_on_and_comes_round(client: FlaskClient, people: People, due: int, now: datetime) -> None:
    other = answer(ask(people.marta, now - LATE, title="Another late one"), people.jonas, now - LATE)
    sign_in(client, people.ana)
    assert f"/answers/{due}/verifications" in client.get("/review").text
    assert f"/answers/{other}/verifications" in client.get(f"/review?skip={due}").text
    assert "That was all" in client.get(f"/review?skip={due},{other}").text


@pytest.mark.parametrize(
    "query", ["?skip=x,-1,99999999999999999999", "?answer=abc", "?answer=999999", "?answer=-4", "?skip=" + "1," * 500]
)
def test_a_strange_address_is_the_plain_queue(client: FlaskClient, people: People, due: int, query: str) -> None:
    sign_in(client, people.ana)
    page = client.get(f"/review{query}")
    assert page.status_code == 200
    assert f"/answers/{due}/verifications" in page.text or "That was all" in page.text


def test_an_answer_can_be_asked_for_by_number(client: FlaskClient, people: People, due: int, now: datetime) -> None:
    fresh = answer(ask(people.marta, now, title="Fresh but to be checked"), people.jonas, now)
    sign_in(client, people.ana)
    assert f"/answers/{fresh}/verifications" in client.get(f"/review?answer={fresh}").text


def test_a_refused_decision_keeps_what_was_typed(client: FlaskClient, people: People, due: int) -> None:
    sign_in(client, people.ana)
    page = client.post(
        f"/answers/{due}/verifications", data={"outcome": "wrong", "evidence": "tried on two routers", "round": "0"}
    )
    assert page.status_code == 422
    assert "tried on two routers" in page.text
    assert "What is wrong is missing." in page.text


def test_who_comes_second_hears_a_kind_word(client: FlaskClient, people: People, due: int, now: datetime) -> None:
    verify(due, "right", by=people.mo, now=now)
    sign_in(client, people.ana)
    page = client.post(f"/answers/{due}/verifications", data={"outcome": "right", "round": "0"})
    assert page.status_code == 409
    assert "Mo has just checked this answer" in page.text


def test_who_may_look(client: FlaskClient, people: People, due: int) -> None:
    assert client.get("/review").location == "/sign-in?next=/review"
    sign_in(client, people.marta)
    assert client.get("/review").status_code == 403
    assert client.post("/review").status_code == 405


def test_the_page_costs_the_same_however_many_wait(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    sign_in(client, people.ana)
    counts = []
    for size in (3, 30):
        while (there := len(ids(session, people.ana, now))) < size:
            then = now - LATE - (40 - there) * DAY
            answer(ask(people.mo, then, title="One more late question"), people.mo, then)
        client.get("/review")
        with count_statements() as sent:
            client.get("/review")
        counts.append(len(sent))
    assert counts[0] == counts[1] <= 9
