"""Becoming a member: names, addresses, strong passwords, and nothing that tells who has an account."""

import subprocess
import sys
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import signup
from app.accounts.models import AccountToken, Role, User
from app.errors import Gone, Invalid
from tests.accounts import STRONG, count, on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.letterbox import letters, link_in
from tests.people import People
from tests.source import ROOT


def form(**changed: str) -> dict[str, str]:
    return {"name": "Lena Vogt", "email": "Lena@Example.net", "password": STRONG} | changed


# --- works --------------------------------------------------------------------------------------------------------------


def test_a_person_signs_up_and_confirms_the_address(app: Flask, client: FlaskClient, session: Session, now: datetime) -> None:
    answer = client.post("/sign-up", data=form())
    assert (answer.status_code, answer.location) == (303, "/sign-up/done")
    lena = session.execute(select(User)).scalar_one()
    assert (lena.name, lena.name_key, lena.email) == ("Lena Vogt", "lenavogt", "lena@example.net")
    assert (lena.role, lena.reputation, lena.created_at) == (Role.CUSTOMER, 1, now)
    assert lena.email_confirmed_at is None
    assert (lena.password_hash or "").startswith("$argon2id$")

    (letter,) = letters(app, now)
    assert letter["To"] == "lena@example.net"
    link = link_in(letter)
    page = client.get(link)
    assert page.status_code == 200
    assert "lena@example.net" in page.text
    client.head(link)
    session.rollback()
    session.refresh(lena)
    assert lena.email_confirmed_at is None, "opening the link is not pressing the button"

    answer = client.post(link)
    assert (answer.status_code, answer.location) == (303, "/sign-in?done=confirmed")
    session.rollback()
    session.refresh(lena)
    assert lena.email_confirmed_at == now
    assert client.post(link).status_code == 410
    assert client.get(link).status_code == 410


def test_confirming_works_for_three_days(app: Flask, session: Session, clock: Clock) -> None:
    signup.sign_up("Lena", "lena@example.net", STRONG, clock.now)
    token = link_in(letters(app, clock.now)[0]).removeprefix("/confirm/")
    with pytest.raises(Gone):
        signup.confirm(token, clock.forward(days=3))
    signup.confirm(token, clock.forward(seconds=-1))
    assert session.execute(select(User.email_confirmed_at)).scalar_one() == clock.now


def test_the_link_can_be_sent_again_and_replaces_the_first(app: Flask, client: FlaskClient, clock: Clock) -> None:
    client.post("/sign-up", data=form())
    client.post("/sign-in", data=form())
    now = clock.forward(seconds=1)
    assert client.post("/settings/confirmation").status_code == 303
    first, second = letters(app, now)
    assert client.post(link_in(first)).status_code == 410
    assert client.post(link_in(second)).status_code == 303
    client.post("/settings/confirmation")
    assert len(letters(app, now)) == 2, "who is confirmed gets no more links"


def test_the_first_admin_comes_from_the_command_line(session: Session, now: datetime) -> None:
    user_id = signup.create_admin("Ada", "ada@example.net", STRONG, now)
    ada = session.get_one(User, user_id)
    assert (ada.role, ada.email_confirmed_at) == (Role.ADMIN, now)
    with pytest.raises(Invalid) as refused:
        signup.create_admin("Another", "ADA@example.net", STRONG, now)
    assert set(refused.value.fields) == {"email"}


# --- nobody learns who has an account -----------------------------------------------------------------------------------


def test_a_taken_address_looks_the_same_and_its_owner_is_told(
    app: Flask, client: FlaskClient, session: Session, people: People, now: datetime
) -> None:
    before = (people.marta.password_hash, people.marta.name)
    free = client.post("/sign-up", data=form())
    taken = client.post("/sign-up", data=form(name="Somebody", email="MARTA@example.net"))
    assert (free.status_code, free.location, free.data) == (taken.status_code, taken.location, taken.data)
    assert dict(free.headers) == dict(taken.headers)
    assert count(session, User) == 6
    session.refresh(people.marta)
    assert (people.marta.password_hash, people.marta.name) == before

    (letter,) = letters(app, now, "marta@example.net")
    assert "It has one already" in letter.get_content()
    assert "Hello Marta" in letter.get_content()
    assert "Somebody" not in letter.get_content(), "a stranger's words have no place in our mail"


def test_a_taken_name_is_refused_whoever_owns_the_address(client: FlaskClient, people: People) -> None:
    """Otherwise the answer would tell that this name and this address belong together."""
    own = client.post("/sign-up", data=form(name="Marta", email="marta@example.net"))
    other = client.post("/sign-up", data=form(name="Marta", email="free@example.net"))
    third = client.post("/sign-up", data=form(name="Marta", email="jonas@example.net"))
    assert own.status_code == other.status_code == third.status_code == 422
    assert own.text.replace("marta@", "@") == other.text.replace("free@", "@") == third.text.replace("jonas@", "@")


@on_sqlite
@pytest.mark.parametrize("path", ["/sign-up", "/sign-up/done", "/sign-in", "/password/forgot", "/password/sent", "/confirm/x"])
def test_signed_out_pages_touch_no_cookie(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers.get("Vary", "")


# --- refused ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    ["Marta", "MARTA", "m a r t a", "M.a.r.t.a", "\uff4d\uff41\uff52\uff54\uff41", "Marta\u200d", " Marta "],
)
def test_names_that_read_the_same_are_one_name(session: Session, people: People, now: datetime, name: str) -> None:
    with pytest.raises(Invalid) as refused:
        signup.sign_up(name, "new@example.net", STRONG, now)
    assert refused.value.fields == {"name": signup.NAME_TAKEN}


@on_sqlite
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "2 to 60"),
        ("A", "2 to 60"),
        ("x" * 61, "2 to 60"),
        ("— !", "a letter or a digit"),
        ("An\u200ea", "cannot be seen"),
        ("An\u200ba", "cannot be seen"),
        ("An\u00ada", "cannot be seen"),
        ("An\ue000a", "cannot be seen"),
    ],
)
def test_names_that_cannot_be(session: Session, now: datetime, name: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        signup.sign_up(name, "new@example.net", STRONG, now)
    assert set(refused.value.fields) == {"name"}
    assert words in refused.value.fields["name"]


@on_sqlite
@pytest.mark.parametrize(
    "name", ["Jo", "x" * 60, "Ana Ruiz", "O’Neill-Łukasz", "محمد علی", "\u0646\u200c\u0698", "王小明", "Mo 2"]
)
def test_names_that_can_be(session: Session, now: datetime, name: str) -> None:
    signup.sign_up(name, "new@example.net", STRONG, now)
    assert session.execute(select(User.name)).scalar_one() == name


def test_control_characters_never_get_into_a_name(app: Flask, session: Session, now: datetime) -> None:
    signup.sign_up("Le\x00na\r\nBcc: all@example.net\u202e", "lena@example.net", STRONG, now)
    assert session.execute(select(User.name)).scalar_one() == "Lena Bcc: all@example.net"
    (letter,) = letters(app, now)
    assert letter["Bcc"] is None


@on_sqlite
@pytest.mark.parametrize(
    "email",
    ["", "lena", "lena@", "@example.net", "lena@localhost", "a b@example.net", "a@b@example.net", "a@exam\nple.net", "ü@x.de"],
)
def test_addresses_that_cannot_be(session: Session, now: datetime, email: str) -> None:
    with pytest.raises(Invalid) as refused:
        signup.sign_up("Lena", email, STRONG, now)
    assert set(refused.value.fields) == {"email"}


@on_sqlite
@pytest.mark.parametrize(
    ("password", "words"),
    [
        ("short", "at least 8"),
        ("password1", "very common password"),
        ("qwertyuiop", "guessed"),
        ("aaaaaaaaaaaa", "Repeats"),
        ("Lena Vogt", "guessed"),
        ("lena.vogt@example.net", "guessed"),
        ("bestbefore", "guessed"),
        ("x" * 257, "at most 256"),
    ],
)
def test_weak_passwords_are_told_what_would_be_stronger(session: Session, now: datetime, password: str, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        signup.sign_up("Lena Vogt", "lena.vogt@example.net", password, now)
    assert set(refused.value.fields) == {"password"}
    assert words in refused.value.fields["password"]
    assert count(session, User) == 0


def test_a_refused_form_keeps_what_was_typed_but_the_password(client: FlaskClient, session: Session) -> None:
    answer = client.post("/sign-up", data=form(name='"><b>', email="nowhere", password="hunter2"))
    assert answer.status_code == 422
    assert 'value="&#34;&gt;&lt;b&gt;"' in answer.text
    assert 'value="nowhere"' in answer.text
    assert "hunter2" not in answer.text
    assert "At least 8" in answer.text
    assert count(session, User) == 0


def test_an_empty_form_is_refused_kindly(client: FlaskClient) -> None:
    assert client.post("/sign-up").status_code == 422


# --- who may, and how -----------------------------------------------------------------------------------------------------


def test_who_is_signed_in_is_sent_on(client: FlaskClient, people: People) -> None:
    client.post("/sign-in", data={"email": "marta@example.net", "password": "three geese on a slow train"})
    assert client.get("/sign-up").location == "/"
    assert client.post("/sign-up", data=form()).location == "/"


@on_sqlite
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("path", ["/sign-up", "/confirm/x", "/settings/confirmation"])
def test_wrong_methods(client: FlaskClient, method: str, path: str) -> None:
    assert client.open(path, method=method).status_code == 405


def test_another_site_cannot_sign_anybody_up(client: FlaskClient, session: Session) -> None:
    assert client.post("/sign-up", data=form(), headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert count(session, User) == 0


def test_too_many_sign_ups_from_one_place(client: FlaskClient, session: Session) -> None:
    said = [client.post("/sign-up", data=form(name=f"Lena {n}", email=f"lena{n}@example.net")).status_code for n in range(11)]
    assert said == [303] * 10 + [429]
    assert count(session, User) == 10


def test_the_link_stands_on_the_site_s_own_address(app: Flask, client: FlaskClient, now: datetime) -> None:
    """The host a request names is the sender's to choose: in a mail it would carry the link's token to them."""
    client.post("/sign-up", data=form(), headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"})
    (letter,) = letters(app, now)
    assert "evil" not in letter.as_string()
    link_in(letter, "http://localhost")


# --- twice at once --------------------------------------------------------------------------------------------------------


def test_forty_people_want_one_name(app: Flask, session: Session, now: datetime) -> None:
    said = at_once(app, 40, lambda n: signup.sign_up("Lena", f"lena{n}@example.net", STRONG, now))
    assert said.count(None) == 1
    refused = [error for error in said if isinstance(error, Invalid)]
    assert len(refused) == 39
    assert all(error.fields == {"name": signup.NAME_TAKEN} for error in refused)
    assert count(session, User) == 1
    assert len(letters(app, now)) == 1


def test_forty_sign_ups_with_one_address(app: Flask, session: Session, now: datetime) -> None:
    said = at_once(app, 40, lambda n: signup.sign_up(f"Lena {n}", "lena@example.net", STRONG, now))
    assert said == [None] * 40
    assert count(session, User) == 1
    assert count(session, AccountToken) == 1
    subjects = sorted(letter["Subject"] for letter in letters(app, now))
    assert subjects == ["Confirm your address for Bestbefore"] + ["You have an account at Bestbefore"] * 39


# --- what it costs --------------------------------------------------------------------------------------------------------


def test_the_word_lists_are_not_loaded_at_the_start() -> None:
    """They take 12.5 MB, which neither the worker nor most web processes ever need."""
    script = "import sys; import app.factory, app.accounts.signup; sys.exit('zxcvbn' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
