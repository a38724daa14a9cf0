"""Signing in and out: fresh tokens, cookies that say nothing, one answer for every failure."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts import hashing, sessions
from app.accounts.models import User
from app.config import Settings
from app.db import transaction
from app.errors import Invalid
from app.security import SESSION_COOKIE
from tests.accounts import cookie, is_signed_in, on_sqlite, rows
from tests.at_once import at_once
from tests.databases import settings_for
from tests.people import PASSWORD, People, person, sign_in
from tests.statements import count_statements


def contents(app: Flask, value: str) -> dict[str, object]:
    """What a session cookie holds."""
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # of the cookie's interface
    held: dict[str, object] = serializer.loads(value)
    return held


# --- works ------------------------------------------------------------------------------------------------------------


def test_signing_in_and_out(client: FlaskClient, session: Session, people: People) -> None:
    answer = client.post("/sign-in", data={"email": " MARTA@Example.NET ", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, "/")
    assert is_signed_in(client)
    kept = cookie(client)

    answer = client.post("/session?_method=DELETE")
    assert (answer.status_code, answer.location) == (303, "/")
    assert cookie(client) is None
    assert rows(session, people.marta) == []
    assert kept
    client.set_cookie(SESSION_COOKIE, kept)
    assert not is_signed_in(client), "a cookie kept aside opens nothing after signing out"
    assert cookie(client) is None, "and it is taken away"


def test_signing_out_twice_is_fine(client: FlaskClient) -> None:
    assert client.post("/session?_method=DELETE").status_code == 303


def test_the_cookie_carries_the_token_alone_and_the_table_its_hash(app: Flask, client: FlaskClient, people: People) -> None:
    sign_in(client, people.marta)
    held = contents(app, cookie(client) or "")
    assert set(held) == {"_user_id", "_permanent"}
    token = str(held["_user_id"])
    assert len(token) == 43
    (row,) = rows(_session_of(people), people.marta)
    assert row.token_hash == hashlib.sha256(token.encode()).hexdigest()
    assert token not in repr(vars(row))


def _session_of(people: People) -> Session:
    found = Session.object_session(people.marta)
    assert found is not None
    return found


@on_sqlite
@pytest.mark.parametrize(("site_url", "is_secure"), [("http://localhost", False), ("https://help.example.com", True)])
def test_cookie_flags(app: Flask, client: FlaskClient, people: People, site_url: str, is_secure: bool) -> None:
    app.config["SESSION_COOKIE_SECURE"] = replace(app.config["SETTINGS"], site_url=site_url).secure_cookies
    answer = client.post("/sign-in", data={"email": people.marta.email, "password": PASSWORD})
    flags = [part.strip() for part in answer.headers["Set-Cookie"].split(";")]
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= set(flags)
    assert ("Secure" in flags) is is_secure
    assert not any(flag.startswith("Domain") for flag in flags), "other hosts of the company do not get it"


def test_loading_the_person_takes_one_statement_and_writes_nothing(client: FlaskClient, people: People) -> None:
    sign_in(client, people.marta)
    with count_statements() as sent:
        assert is_signed_in(client)
    assert len(sent) == 1, sent
    assert sent[0].startswith("SELECT")


# --- not in the hands of others ---------------------------------------------------------------------------------------


def test_signing_in_makes_a_fresh_token(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    """Whoever has planted their own session in somebody's browser must not share the one that follows."""
    attacker = sign_in(app.test_client(), people.jonas)
    planted = cookie(attacker)
    assert planted
    client.set_cookie(SESSION_COOKIE, planted)
    assert client.post("/sign-in", data={"email": people.marta.email, "password": PASSWORD}).status_code == 303
    assert cookie(client) != planted
    assert not is_signed_in(attacker), "the planted session is ended, too"
    assert len(rows(session, people.marta)) == 1


def test_every_sign_in_has_its_own_token(app: Flask, session: Session, people: People) -> None:
    for _ in range(3):
        sign_in(app.test_client(), people.marta)
    assert len({row.token_hash for row in rows(session, people.marta)}) == 3


@pytest.mark.parametrize("value", ["", "x", "eyJfdXNlcl9pZCI6IjEifQ.aZ.forged", "1"])
@on_sqlite
def test_made_up_cookies_open_nothing(client: FlaskClient, people: People, value: str) -> None:
    client.set_cookie(SESSION_COOKIE, value)
    assert not is_signed_in(client)
    assert client.get("/sign-in").status_code == 200


@pytest.mark.parametrize("token", [None, 7, ["x"], {"a": "b"}, "1"])
@on_sqlite
def test_signed_cookies_without_a_token_open_nothing(app: Flask, client: FlaskClient, people: People, token: object) -> None:
    serializer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]  # of the cookie's interface
    client.set_cookie(SESSION_COOKIE, str(serializer.dumps({"_user_id": token})))
    assert not is_signed_in(client)


@on_sqlite
def test_flask_login_s_own_cookie_opens_nothing(app: Flask, client: FlaskClient, people: People) -> None:
    client.set_cookie("remember_token", f"{people.marta.id}|0")
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "evil.example",
        "?next=//evil.example",
        " //evil.example",
        "/ok\r\nSet-Cookie: a=b",
        "/\x7f/evil.example",
        "",
    ],
)
@on_sqlite
def test_signing_in_sends_nobody_to_another_site(client: FlaskClient, people: People, target: str) -> None:
    form = {"email": people.marta.email, "password": PASSWORD, "next": target}
    assert client.post("/sign-in", data=form).location == "/"
    assert client.get("/sign-in", query_string={"next": target}).location == "/", "nor does being signed in"


@on_sqlite
@pytest.mark.parametrize("target", ["/", "/questions/3/why-does-roaming?page=2&x=a%20b#answer-7", "/people/1/ana"])
def test_signing_in_leads_back(client: FlaskClient, people: People, target: str) -> None:
    page = client.get("/sign-in", query_string={"next": target})
    assert f'name="next" value="{target.replace("&", "&amp;")}"' in page.text
    answer = client.post("/sign-in", data={"email": people.marta.email, "password": PASSWORD, "next": target})
    assert answer.location == target


# --- refused ----------------------------------------------------------------------------------------------------------


def test_failing_says_one_thing_only(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    session.add(User(name="Imported", created_at=now, email="imported@example.net"))
    said = set()
    for email, password in [
        ("marta@example.net", "wrong"),
        ("marta@example.net", ""),
        ("marta@example.net", PASSWORD + "x" * 300),
        ("nobody@example.net", PASSWORD),
        ("imported@example.net", ""),
        ("not an address", PASSWORD),
        ("", ""),
        ("marta@example.net\x00", PASSWORD),
    ]:
        answer = client.post("/sign-in", data={"email": email, "password": password})
        said.add((answer.status_code, answer.text.replace(_shown(email), "")))
        assert "Set-Cookie" not in answer.headers
    assert len(said) == 1
    status, text = said.pop()
    assert status == 422
    assert "The mail address or the password is not right." in text
    assert PASSWORD not in text


def _shown(email: str) -> str:
    return f' value="{email}" required'


@on_sqlite
def test_failing_takes_one_time_only(settings: Settings, tmp_path: Path, sqlite_url: str, app: Flask, people: People) -> None:
    """With passwords as costly as in earnest, the account that is not there takes as long as the wrong password."""
    costly = replace(settings_for(sqlite_url, tmp_path / "data"), argon2_time_cost=2, argon2_memory_kib=19456)
    app.config["SETTINGS"] = costly
    stored = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1).hash(PASSWORD)

    def cost(check: Callable[[], bool]) -> float:
        spent = []
        for _ in range(7):
            start = time.thread_time()
            assert not check()
            spent.append(time.thread_time() - start)
        return median(spent)

    with app.app_context():
        wrong = cost(lambda: hashing.matches(stored, "wrong"))
        nobody = cost(lambda: hashing.matches(None, "wrong"))
        long = cost(lambda: hashing.matches(None, "x" * 1_000_000))
    assert wrong > 0.005
    assert 0.6 < nobody / wrong < 1.6
    assert long / wrong < 1.6, "a megabyte of password is no megabyte of work"


@on_sqlite
def test_the_first_stranger_waits_no_longer_than_the_second(app: Flask, session: Session) -> None:
    """What strangers' passwords are compared with is written down, not computed at the first need."""
    ratios = []
    for more in range(5):  # each time a first stranger: what is kept is kept by its costs
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], argon2_time_cost=3, argon2_memory_kib=32768 + 8 * more)
        spent = []
        for _ in range(2):
            start = time.thread_time()
            hashing.matches(None, "anything")
            spent.append(time.thread_time() - start)
        ratios.append(spent[0] / spent[1])
    assert min(ratios) < 1.7, "computing it first would double every one of them; a busy machine only some"


def test_the_eleventh_attempt_has_to_wait(client: FlaskClient, people: People) -> None:
    wrong = {"email": people.marta.email, "password": "wrong"}
    said = [client.post("/sign-in", data=wrong).status_code for _ in range(11)]
    assert said == [422] * 10 + [429]
    right = client.post("/sign-in", data={"email": people.marta.email, "password": PASSWORD})
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0


@on_sqlite
def test_guessing_from_many_places_is_counted_by_account(client: FlaskClient, people: People) -> None:
    def attempt(number: int, email: str) -> int:
        place = {"REMOTE_ADDR": f"198.51.100.{number}"}
        return client.post("/sign-in", data={"email": email, "password": "wrong"}, environ_base=place).status_code

    assert [attempt(n, "Marta@example.net ") for n in range(11)] == [422] * 10 + [429]
    assert [attempt(n, "nobody@example.net") for n in range(11)] == [422] * 10 + [429], "an account or not, the same"
    assert attempt(12, "jonas@example.net") == 422, "others are not locked out"


@on_sqlite
def test_a_household_with_ipv6_is_one_place(client: FlaskClient, people: People) -> None:
    def attempt(number: int, place: str) -> int:
        form = {"email": f"guess{number}@example.net", "password": "wrong"}
        return client.post("/sign-in", data=form, environ_base={"REMOTE_ADDR": place}).status_code

    assert [attempt(n, f"2001:db8:1:2:{n:x}::1") for n in range(11)] == [422] * 10 + [429]
    assert attempt(11, "2001:db8:1:3::1") == 422
    assert [attempt(20 + n, "::ffff:192.0.2.7") for n in range(10)] == [422] * 10
    assert attempt(31, "192.0.2.7") == 429
    assert attempt(32, "") == 422


@on_sqlite
def test_another_site_cannot_sign_anybody_in_or_out(client: FlaskClient, session: Session, people: People) -> None:
    cross = {"Sec-Fetch-Site": "cross-site"}
    form = {"email": people.marta.email, "password": PASSWORD}
    assert client.post("/sign-in", data=form, headers=cross).status_code == 403
    sign_in(client, people.marta)
    assert client.post("/session?_method=DELETE", headers=cross).status_code == 403
    assert is_signed_in(client)


@on_sqlite
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/sign-in"),
        ("PUT", "/sign-in"),
        ("GET", "/session"),
        ("POST", "/session"),
        ("POST", "/settings/sessions"),
        ("GET", "/settings/sessions/1"),
        ("POST", "/settings/sessions/1"),
        ("GET", "/settings/sessions/others"),
    ],
)
def test_wrong_methods(client: FlaskClient, people: People, method: str, path: str) -> None:
    sign_in(client, people.marta)
    assert client.open(path, method=method).status_code == 405
    assert is_signed_in(client)


@on_sqlite
@pytest.mark.parametrize("path", ["/settings", "/settings/sessions"])
def test_signed_out_people_are_sent_to_sign_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, answer.location) == (303, f"/sign-in?next={path}")


@on_sqlite
@pytest.mark.parametrize("path", ["/settings/sessions", "/settings/sessions/1", "/settings/sessions/others"])
def test_signed_out_people_end_no_sessions(app: Flask, client: FlaskClient, session: Session, people: People, path: str) -> None:
    sign_in(app.test_client(), people.marta)
    assert client.post(f"{path}?_method=DELETE").status_code == 401
    assert len(rows(session, people.marta)) == 1


def test_a_suspended_person_signs_in_and_reads_why(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    people.marta.suspended_until, people.marta.suspended_reason = now + timedelta(days=3), "Rude to Jonas."
    session.commit()
    sign_in(client, people.marta)
    page = client.get("/settings").text
    assert "suspended until 24 November 2026" in page
    assert "Rude to Jonas." in page


# --- passwords at rest ------------------------------------------------------------------------------------------------


def test_a_hash_of_other_costs_is_renewed_at_sign_in(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    before = people.marta.password_hash
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], argon2_memory_kib=64)
    sign_in(client, people.marta)
    session.rollback()
    session.refresh(people.marta)
    assert people.marta.password_hash != before
    assert "m=64" in (people.marta.password_hash or "")
    sign_in(client, people.marta)


def test_a_password_is_the_same_however_its_letters_are_composed(session: Session, now: datetime) -> None:
    composed, decomposed = "zw\u00f6lf Br\u00fccken am See", "zwo\u0308lf Bru\u0308cken am See"
    session.add(person("Lena", now, password_hash=hashing.hash_password(composed)))
    session.commit()
    assert sessions.sign_in("lena@example.net", decomposed, "", "", now)


def test_a_reset_in_the_same_moment_leaves_no_session_behind(
    app: Flask, session: Session, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody with the old password signs in; it is checked; then the password is changed; then the session would open."""
    check = hashing.matches

    def checked_and_then_changed(stored: str | None, password: str) -> bool:
        right = check(stored, password)

        def change(_: int) -> None:
            with transaction() as another:
                another.execute(update(User).where(User.name == "Marta").values(password_hash="another"))

        at_once(app, 1, change)
        return right

    monkeypatch.setattr(sessions, "matches", checked_and_then_changed)
    with pytest.raises(Invalid):
        sessions.sign_in("marta@example.net", PASSWORD, "", "", now)
    assert rows(session, people.marta) == []
