"""New passwords: by who knows the present one, or by the link that reaches the mail address. Every other way in is shut."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts import links, passwords
from app.accounts.links import Purpose
from app.accounts.models import AccountToken, User
from app.db import transaction
from app.errors import Conflict, Gone, Invalid
from app.outbox import OutboxMessage
from tests.accounts import STRONG, cookie, count, is_signed_in, on_sqlite, rows
from tests.at_once import at_once
from tests.clock import Clock
from tests.letterbox import letters, link_in
from tests.people import PASSWORD, People, sign_in
from tests.statements import count_statements

CHANGED = "Your password for Bestbefore was changed"


def ask(client: FlaskClient, app: Flask, who: User, now: datetime) -> str:
    """Ask for a link as a person does; returns the path in the newest mail."""
    assert client.post("/password/forgot", data={"email": who.email}).location == "/password/sent"
    return link_in(letters(app, now, who.email or "")[-1])


def hash_of(session: Session, who: User) -> str | None:
    session.rollback()
    session.refresh(who)
    return who.password_hash


# --- forgotten ----------------------------------------------------------------------------------------------------------


def test_a_forgotten_password_is_set_anew(
    app: Flask, client: FlaskClient, session: Session, people: People, now: datetime
) -> None:
    elsewhere = [sign_in(app.test_client(), people.marta) for _ in range(2)]
    before = people.marta.password_hash
    link = ask(client, app, people.marta, now)
    page = client.get(link)
    assert page.status_code == 200
    client.head(link)
    assert hash_of(session, people.marta) == before, "opening the link changes nothing"

    answer = client.post(link, data={"password": STRONG})
    assert (answer.status_code, answer.location) == (303, "/sign-in?done=reset")
    assert cookie(client) is None, "the link does not sign in: the new password does"
    assert [is_signed_in(browser) for browser in elsewhere] == [False, False]
    assert rows(session, people.marta) == []
    assert client.post("/sign-in", data={"email": people.marta.email, "password": PASSWORD}).status_code == 422
    sign_in(client, people.marta, STRONG)
    assert CHANGED in [letter["Subject"] for letter in letters(app, now, "marta@example.net")]


def test_a_link_works_once(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    link = ask(client, app, people.marta, now)
    client.post(link, data={"password": STRONG})
    after = hash_of(session, people.marta)
    assert client.get(link).status_code == 410
    answer = client.post(link, data={"password": "seven herons in the rain"})
    assert answer.status_code == 410
    assert "used already" in answer.text
    assert hash_of(session, people.marta) == after


def test_twenty_people_with_one_link(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    token = ask(client, app, people.marta, now).removeprefix("/password/reset/")
    said = at_once(app, 20, lambda n: passwords.reset_password(token, f"{STRONG} {n}", now))
    assert said.count(None) == 1
    assert sum(isinstance(error, Gone) for error in said) == 19
    winner = said.index(None)
    sign_in(client, people.marta, f"{STRONG} {winner}")
    assert [letter["Subject"] for letter in letters(app, now)].count(CHANGED) == 1


def test_a_link_works_for_an_hour(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    link = ask(client, app, people.marta, clock.now)
    clock.forward(hours=1)
    assert client.get(link).status_code == 410
    assert client.post(link, data={"password": STRONG}).status_code == 410
    clock.forward(seconds=-1)
    assert client.post(link, data={"password": STRONG}).status_code == 303


def test_a_late_worker_does_not_lengthen_the_hour(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    client.post("/password/forgot", data={"email": people.marta.email})
    link = link_in(letters(app, clock.forward(minutes=59))[0])
    assert client.get(link).status_code == 200
    clock.forward(minutes=1)
    assert client.get(link).status_code == 410


def test_a_weak_password_is_refused_and_the_link_goes_on_working(
    app: Flask, client: FlaskClient, people: People, now: datetime
) -> None:
    link = ask(client, app, people.marta, now)
    answer = client.post(link, data={"password": "marta@example.net"})
    assert answer.status_code == 422
    assert "guessed" in answer.text
    assert client.post(link).status_code == 422
    assert client.post(link, data={"password": STRONG}).status_code == 303


def test_a_reset_confirms_the_address(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    people.marta.email_confirmed_at = None
    session.commit()
    client.post(ask(client, app, people.marta, now), data={"password": STRONG})
    session.refresh(people.marta)
    assert people.marta.email_confirmed_at == now


def test_a_reset_shuts_every_other_link(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    """Who had the account before may have asked for links to come back by: a reset, or an address of their own."""
    with app.app_context(), transaction() as inner:
        back = links.issue(inner, people.marta.id, Purpose.EMAIL, "thief@example.net", now)
        other = links.issue(inner, people.marta.id, Purpose.RESET, "marta@example.net", now)
        theirs = links.issue(inner, people.jonas.id, Purpose.RESET, "jonas@example.net", now)
    client.post(ask(client, app, people.marta, now), data={"password": STRONG})
    assert client.post(f"/settings/mail/{back}").status_code == 410
    assert client.post(f"/password/reset/{other}", data={"password": STRONG}).status_code == 410
    assert client.get(f"/password/reset/{theirs}").status_code == 200


def test_a_link_to_a_former_address_opens_nothing(
    app: Flask, client: FlaskClient, session: Session, people: People, now: datetime
) -> None:
    link = ask(client, app, people.marta, now)
    with transaction():
        people.marta.email = "marta@elsewhere.example"
    assert client.post(link, data={"password": STRONG}).status_code == 410


# --- nobody learns who has an account -----------------------------------------------------------------------------------


def test_asking_says_and_does_the_same_for_every_address(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    answers, done = [], []
    client.post("/sign-in", data={"email": "nobody@example.net", "password": "wrong"})  # a process's first form asks for more
    for email in ("marta@example.net", "nobody@example.net", "no address"):
        with count_statements() as sent:
            answer = client.post("/password/forgot", data={"email": email})
        answers.append((answer.status_code, answer.location, answer.data, dict(answer.headers)))
        done.append(list(sent))
    assert answers[0] == answers[1] == answers[2]
    assert done[0] == done[1] == done[2], "what the database has to do would be told by the time it takes"
    assert [letter["To"] for letter in letters(app, now)] == ["marta@example.net"]


def test_a_handler_that_runs_twice_sends_one_mail(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    client.post("/password/forgot", data={"email": people.marta.email})
    with app.app_context(), transaction() as session:
        (message,) = session.query(OutboxMessage).all()
        payload = dict(message.payload)
    with app.app_context():
        passwords.send_reset_links([payload])
    (letter,) = letters(app, now)
    assert client.post(link_in(letter), data={"password": STRONG}).status_code == 303


@on_sqlite
def test_five_links_an_hour(client: FlaskClient, people: People) -> None:
    def attempt(number: int, email: str) -> int:
        place = {"REMOTE_ADDR": f"198.51.100.{number}"}
        return client.post("/password/forgot", data={"email": email}, environ_base=place).status_code

    assert [attempt(n, "marta@example.net") for n in range(6)] == [303] * 5 + [429], "nobody's box is flooded"
    assert [attempt(9, f"x{n}@example.net") for n in range(6)] == [303] * 5 + [429]


# --- forged links -------------------------------------------------------------------------------------------------------


def test_links_that_were_not_sent_open_nothing(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    token = ask(client, app, people.marta, now).removeprefix("/password/reset/")
    number, stamp, signature = token.split(".")
    with app.app_context(), transaction() as session:
        confirm = links.issue(session, people.marta.id, Purpose.CONFIRM, "marta@example.net", now)
        other = links.issue(session, people.jonas.id, Purpose.EMAIL, "x@example.net", now)
    forged = [
        "x",
        f"{number}.{stamp}",
        f"{number}.{stamp}.",
        f"{number}.{stamp}.{signature[:-2]}",
        f"Mg.{stamp}.{signature}",
        f"{number}.{stamp}.{signature}.x",
        confirm,
        other,
        token.swapcase(),
        "%00",
    ]
    for made_up in forged:
        assert client.get(f"/password/reset/{made_up}").status_code == 410, made_up
        assert client.post(f"/password/reset/{made_up}", data={"password": STRONG}).status_code == 410, made_up
    for purpose in ("/confirm/", "/settings/mail/"):
        assert client.post(purpose + token).status_code == 410
    assert client.post(f"/password/reset/{token}", data={"password": STRONG}).status_code == 303


@on_sqlite
def test_another_site_s_key_makes_no_links(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    link = ask(client, app, people.marta, now)
    app.config["SECRET_KEY"] = "another secret of the tests, long enough"
    assert client.get(link).status_code == 410


@on_sqlite
def test_a_link_s_page_tells_nobody_its_address(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    page = client.get(ask(client, app, people.marta, now))
    assert page.headers["Referrer-Policy"] in {"same-origin", "no-referrer"}
    assert page.headers["Cache-Control"] == "no-store"
    assert "noindex" in page.text
    assert "http://" not in page.text.replace("http://www.w3.org", "")
    assert "https://" not in page.text


# --- changed ------------------------------------------------------------------------------------------------------------


def test_a_password_is_changed(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    elsewhere = sign_in(app.test_client(), people.marta)
    link = ask(client, app, people.marta, now)
    sign_in(client, people.marta)
    answer = client.post("/settings/password", data={"current": PASSWORD, "new": STRONG})
    assert (answer.status_code, answer.location) == (303, "/settings")
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    assert client.get(link).status_code == 410
    assert CHANGED in [letter["Subject"] for letter in letters(app, now, "marta@example.net")]
    sign_in(elsewhere, people.marta, STRONG)


@pytest.mark.parametrize(
    ("current", "new", "field", "words"),
    [
        ("wrong", STRONG, "current", "not your present password"),
        ("", STRONG, "current", "not your present password"),
        (PASSWORD, "password", "new", "guessed"),
        (PASSWORD, "", "new", "at least 8"),
    ],
)
def test_a_change_that_is_refused(
    client: FlaskClient, session: Session, people: People, current: str, new: str, field: str, words: str
) -> None:
    before = people.marta.password_hash
    sign_in(client, people.marta)
    answer = client.post("/settings/password", data={"current": current, "new": new})
    assert answer.status_code == 422
    assert f'id="e-{field}"' in answer.text
    assert words in answer.text
    assert PASSWORD not in answer.text
    assert STRONG not in answer.text
    assert hash_of(session, people.marta) == before


def test_two_changes_at_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    def change(number: int) -> None:
        with transaction() as inner:
            marta = inner.get_one(User, 1)
        passwords.change_password(PASSWORD, f"{STRONG} {number}", marta, None, now)

    said = at_once(app, 10, change)
    assert said.count(None) == 1
    assert all(error is None or isinstance(error, Conflict | Invalid) for error in said)


@on_sqlite
def test_guessing_the_present_password_is_counted(client: FlaskClient, people: People) -> None:
    sign_in(client, people.marta)
    wrong = {"current": "wrong", "new": STRONG}
    assert [client.post("/settings/password", data=wrong).status_code for _ in range(10)] == [422] * 9 + [429]


@on_sqlite
@pytest.mark.parametrize("method", ["PUT", "DELETE"])
@pytest.mark.parametrize("path", ["/password/forgot", "/password/reset/x", "/settings/password"])
def test_wrong_methods(client: FlaskClient, path: str, method: str) -> None:
    assert client.open(path, method=method).status_code == 405


@on_sqlite
def test_who_may(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    assert client.post("/settings/password", data={"current": PASSWORD, "new": STRONG}).status_code == 401
    sign_in(client, people.marta)
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/settings/password", data={"current": PASSWORD, "new": STRONG}, headers=cross).status_code == 403
    assert client.post("/password/forgot", data={"email": "marta@example.net"}, headers=cross).status_code == 403
    assert count(session, AccountToken) == 0
