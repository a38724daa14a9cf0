"""The calculator's pages: asking, waiting, the result, and what a moderator is told when there is none."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import clock, outbox
from app.jobs import AFTER_COMMIT
from community.freshness.simulation import handlers
from community.freshness.simulation.outcome import NAMES
from community.models import Simulation
from tests.people import People, sign_in

FORM = "/moderation/calculator"
ASKED = {"answers": "200", "days": "40", "checks": "3", "grace_days": "10", "rubber_stamped": "50"}


def drain() -> None:
    while outbox.drain(AFTER_COMMIT, clock.utcnow()):
        pass


@pytest.fixture
def moderator(client: FlaskClient, people: People) -> FlaskClient:
    """Mo, signed in."""
    sign_in(client, people.mo)
    return client


def ask(client: FlaskClient, **changed: str) -> str:
    """Ask, and get the address of the result."""
    response = client.post("/moderation/simulations", data=ASKED | changed)
    assert response.status_code == 303, response.text
    return response.headers["Location"]


def test_asking_waiting_and_the_result(moderator: FlaskClient, session: Session) -> None:
    assert 'value="365"' in moderator.get(FORM).text
    address = ask(moderator)
    waiting = moderator.get(address).text
    assert "It is being computed" in waiting
    assert f'href="{address}">Look again' in waiting
    assert "data-waits" in waiting
    drain()
    page = moderator.get(address).text
    assert "data-waits" not in page
    assert "200 answers, 3 checks a day" in page
    assert "50 % of checks without looking" in page
    for name in NAMES.values():
        assert f'<th scope="row">{name}</th>' in page
        assert f'aria-label="{name}: ' in page
    listed = moderator.get(FORM).text
    assert f'href="{address}"' in listed
    assert "computed</span>" in listed
    stored = session.scalars(select(Simulation)).one()
    assert stored.wish["rubber_stamped"] == 0.5
    assert [one["policy"] for one in stored.outcomes] == list(NAMES)


def test_a_message_delivered_twice_computes_once(moderator: FlaskClient, session: Session) -> None:
    ask(moderator)
    drain()
    first = session.scalars(select(Simulation)).one()
    finished, number = first.finished_at, first.id
    session.execute(update(Simulation).values(outcomes=[]))
    session.commit()
    handlers.compute_asked([{"simulation_id": number}, {"simulation_id": 999}])
    again = session.get_one(Simulation, number, populate_existing=True)
    assert (again.finished_at, again.outcomes) == (finished, [])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_cannot_be_computed_says_why(moderator: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "SECONDS", 0.01)
    address = ask(moderator)
    drain()
    page = moderator.get(address).text
    assert "There is no result." in page
    assert "Ask for fewer answers or fewer days." in page
    assert "no result</span>" in moderator.get(FORM).text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_worker_at_a_stop_is_noticed(moderator: FlaskClient, session: Session, now: datetime) -> None:
    address = ask(moderator)
    session.execute(update(Simulation).values(asked_at=now - timedelta(minutes=11)))
    session.commit()
    page = moderator.get(address).text
    assert "Nothing has computed it." in page
    assert "data-waits" not in page


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("field", "text", "message"),
    [
        ("answers", "many", "Give a number."),
        ("answers", "12", "Give a number from 100 to 100,000."),
        ("checks", "nan", "Give a number."),
        ("days", "1e999", "Give a number."),
        ("days", "1e9", "Give a number from 30 to 1,460."),
        ("rubber_stamped", "101", "Give a number from 0 to 100."),
    ],
)
def test_what_makes_no_world_comes_back_in_the_form(moderator: FlaskClient, field: str, text: str, message: str) -> None:
    response = moderator.post("/moderation/simulations", data=ASKED | {field: text})
    assert response.status_code == 422
    assert message in response.text
    assert f'value="{text}"' in response.text


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_few_at_a_time(moderator: FlaskClient, session: Session, now: datetime) -> None:
    for _ in range(2):
        ask(moderator)
    refused = moderator.post("/moderation/simulations", data=ASKED)
    assert refused.status_code == 429
    assert "Ask again when they are there." in refused.text
    assert 'value="200"' in refused.text, "what was typed is still there"
    session.execute(update(Simulation).where(Simulation.id == 1).values(finished_at=now))
    session.commit()
    ask(moderator)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_it_is_the_moderators(client: FlaskClient, people: People) -> None:
    for path in (FORM, "/moderation/simulations/1"):
        assert client.get(path).status_code == 303
    for who, status in ((people.marta, 403), (people.ana, 403), (people.mo, 404)):
        sign_in(client, who)
        assert client.get("/moderation/simulations/1").status_code == status
        assert client.post("/moderation/simulations", data=ASKED).status_code == (303 if who is people.mo else 403)
        client.delete("/session")
