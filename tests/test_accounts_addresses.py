"""A new mail address: asked for with the password, done by the link that reaches it."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts import addresses, links
from app.accounts.links import Purpose
from app.accounts.models import AccountToken, User
from app.db import transaction
from app.errors import Conflict, Gone
from tests.accounts import STRONG, count, on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.letterbox import letters, link_in
from tests.people import PASSWORD, People, sign_in

NEW = "marta@elsewhere.example"


def ask(client: FlaskClient, app: Flask, clock: Clock, email: str = NEW) -> str:
    """Ask for the change as a person does; returns the path in the mail to the new address."""
    assert client.post("/settings/mail", data={"email": email, "password": PASSWORD}).status_code == 303
    return link_in(letters(app, clock.now, email)[-1])


def address(session: Session, who: User) -> str | None:
    session.rollback()
    session.refresh(who)
    return who.email


def test_an_address_is_changed(app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    sign_in(client, people.marta)
    link = ask(client, app, clock)
    assert address(session, people.marta) == "marta@example.net", "asking changes nothing"
    assert NEW in client.get(link).text
    assert address(session, people.marta) == "marta@example.net", "nor does opening the link"

    later = clock.forward(hours=23)
    answer = client.post(link)
    assert (answer.status_code, answer.location) == (303, "/settings")
    assert address(session, people.marta) == NEW
    assert people.marta.email_confirmed_at == later
    (told,) = letters(app, clock.now, "marta@example.net")
    assert NEW in told.get_content()
    assert client.post(link).status_code == 410
    client.post("/session?_method=DELETE")
    assert client.post("/sign-in", data={"email": "marta@example.net", "password": PASSWORD}).status_code == 422
    assert client.post("/sign-in", data={"email": NEW, "password": PASSWORD}).status_code == 303


def test_the_link_works_in_another_browser(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    sign_in(client, people.marta)
    link = ask(client, app, clock)
    answer = app.test_client().post(link)
    assert (answer.status_code, answer.location) == (303, "/sign-in?done=changed")


def test_the_link_works_for_a_day(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    sign_in(client, people.marta)
    link = ask(client, app, clock)
    clock.forward(days=1)
    assert client.post(link).status_code == 410


def test_the_last_of_several_links_works(app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    sign_in(client, people.marta)
    first, second = ask(client, app, clock), ask(client, app, clock, "marta@third.example")
    assert client.post(first).status_code == 410
    assert client.post(second).status_code == 303
    assert address(session, people.marta) == "marta@third.example"


def test_links_to_the_old_address_stop_working(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    """Whoever reads the old mailbox must not be able to take the account back."""
    sign_in(client, people.marta)
    link = ask(client, app, clock)
    client.post("/password/forgot", data={"email": "marta@example.net"})
    reset = link_in(letters(app, clock.now, "marta@example.net")[0])
    client.post(link)
    assert client.post(reset, data={"password": STRONG}).status_code == 410


def test_an_address_of_somebody_else_looks_the_same(
    app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock
) -> None:
    sign_in(client, people.marta)
    free = client.post("/settings/mail", data={"email": "free@example.net", "password": PASSWORD})
    page = client.get("/settings").text
    taken = client.post("/settings/mail", data={"email": "Jonas@example.net", "password": PASSWORD})
    assert (free.status_code, free.location, free.data) == (taken.status_code, taken.location, taken.data)
    assert client.get("/settings").text == page
    (letter,) = letters(app, clock.now, "jonas@example.net")
    assert "/settings/mail/" not in letter.get_content()
    assert "Marta" not in letter.get_content()


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("nowhere", PASSWORD, "email"),
        ("MARTA@example.net", PASSWORD, "email"),
        (NEW, "wrong", "password"),
        (NEW, "", "password"),
    ],
)
def test_refused(client: FlaskClient, session: Session, people: People, email: str, password: str, field: str) -> None:
    """The password is asked for, so that a browser left open for a minute is not an account lost for good."""
    sign_in(client, people.marta)
    answer = client.post("/settings/mail", data={"email": email, "password": password})
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert f'value="{email}"' in answer.text
    assert PASSWORD not in answer.text
    assert count(session, AccountToken) == 0


@on_sqlite
def test_who_may(client: FlaskClient, session: Session, people: People) -> None:
    form = {"email": NEW, "password": PASSWORD}
    assert client.post("/settings/mail", data=form).status_code == 401
    sign_in(client, people.marta)
    assert client.post("/settings/mail", data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert count(session, AccountToken) == 0


@on_sqlite
@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/settings/mail"), ("DELETE", "/settings/mail/x"), ("PUT", "/settings/mail/x")]
)
def test_wrong_methods(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method).status_code == 405


def test_two_people_want_one_address(app: Flask, session: Session, people: People, clock: Clock) -> None:
    with transaction() as inner:
        tokens = [links.issue(inner, who.id, Purpose.EMAIL, NEW, clock.now) for who in people.everybody()]
    said = at_once(app, len(tokens), lambda number: addresses.change_address(tokens[number], clock.now))
    assert said.count(None) == 1
    assert sum(isinstance(error, Conflict) for error in said) == len(tokens) - 1
    owners = [who.name for who in people.everybody() if address(session, who) == NEW]
    assert owners == [people.everybody()[said.index(None)].name]


def test_twenty_people_with_one_link(app: Flask, session: Session, people: People, clock: Clock) -> None:
    with transaction() as inner:
        token = links.issue(inner, people.marta.id, Purpose.EMAIL, NEW, clock.now)
    said = at_once(app, 20, lambda _: addresses.change_address(token, clock.now))
    assert said.count(None) == 1
    assert sum(isinstance(error, Gone) for error in said) == 19
    assert len(letters(app, clock.now, "marta@example.net")) == 1
