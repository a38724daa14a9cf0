"""Where one is signed in: how long that lasts, what the list shows, and ends to every session."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import sessions, upkeep
from app.accounts.devices import device_words
from app.accounts.models import AccountToken
from tests.accounts import cookie, is_signed_in, on_sqlite, rows
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import PASSWORD, People, sign_in
from tests.statements import count_statements

# --- how long it lasts ------------------------------------------------------------------------------------------------


def test_being_here_is_written_every_five_minutes(
    client: FlaskClient, session: Session, people: People, clock: Clock, now: datetime
) -> None:
    sign_in(client, people.marta)
    clock.forward(minutes=4, seconds=59)
    with count_statements() as sent:
        answer = client.get("/settings")
    assert len(sent) == 1
    assert "Set-Cookie" not in answer.headers

    later = clock.forward(seconds=1)
    with count_statements() as sent:
        answer = client.get("/settings")
    assert [statement.split()[0] for statement in sent] == ["SELECT", "UPDATE", "UPDATE"]
    assert "Set-Cookie" in answer.headers
    (row,) = rows(session, people.marta)
    assert (row.last_seen_at, row.expires_at) == (later, later + timedelta(days=30))
    session.refresh(people.marta)
    assert people.marta.last_seen_at == later
    with count_statements() as sent:
        client.get("/settings")
    assert len(sent) == 1


def test_many_pages_at_once_write_it_once(
    app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock
) -> None:
    sign_in(client, people.marta)
    (row,) = rows(session, people.marta)
    later = clock.forward(hours=1)
    written = at_once(app, 20, lambda _: sessions.note_seen(row.id, people.marta.id, later))
    assert sorted(written, key=str) == [False] * 19 + [True]


def test_thirty_days_without_a_visit_end_a_session(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    sign_in(client, people.marta)
    for _ in range(3):
        clock.forward(days=29)
        assert is_signed_in(client)
    clock.forward(days=30)
    assert not is_signed_in(client)
    assert cookie(client) is None
    assert len(rows(session, people.marta)) == 1
    upkeep.forget_expired(clock.now)
    assert rows(session, people.marta) == []


def test_upkeep_forgets_what_opens_nothing_any_more(app: Flask, session: Session, people: People, now: datetime) -> None:
    sign_in(app.test_client(), people.marta)
    for days in (1, -29, -30, -31):
        end = now + timedelta(days=days)
        session.add(AccountToken(user_id=people.marta.id, purpose="reset", email="x", created_at=now, expires_at=end))
    session.commit()
    upkeep.forget_expired(now)
    session.rollback()
    assert len(rows(session, people.marta)) == 1
    assert len(session.execute(select(AccountToken.id)).all()) == 2


# --- the list ---------------------------------------------------------------------------------------------------------


def test_the_list_shows_each_browser_and_ends_one(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    phone = app.test_client()
    form = {"email": people.marta.email, "password": PASSWORD}
    phone.post("/sign-in", data=form, headers={"User-Agent": "Mozilla/5.0 (iPhone; …) Version/19.0 Safari/604.1"})
    client.post("/sign-in", data=form, headers={"User-Agent": "<script>Firefox/140.0"}, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    page = client.get("/settings/sessions").text
    assert "Safari on an iPhone" in page
    assert "192.0.2.1" in page
    assert page.count("This one") == 1
    assert "<script>F" not in page

    on_phone, here = (row.id for row in rows(session, people.marta))
    answer = client.post(f"/settings/sessions/{on_phone}?_method=DELETE")
    assert (answer.status_code, answer.location) == (303, "/settings/sessions")
    assert not is_signed_in(phone)
    assert is_signed_in(client)
    assert client.post(f"/settings/sessions/{on_phone}?_method=DELETE").status_code == 404
    assert client.post(f"/settings/sessions/{here}?_method=DELETE").location == "/"
    assert not is_signed_in(client)


def test_nobody_ends_somebody_else_s_session(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    sign_in(app.test_client(), people.marta)
    (row,) = rows(session, people.marta)
    for who in (people.jonas, people.mo, people.ada):
        sign_in(client, who)
        assert client.post(f"/settings/sessions/{row.id}?_method=DELETE").status_code == 404
        client.post("/settings/sessions/others?_method=DELETE")
        client.post("/settings/sessions?_method=DELETE")
    assert len(rows(session, people.marta)) == 1


def test_signing_out_everywhere_else(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    others = [sign_in(app.test_client(), people.marta) for _ in range(3)]
    sign_in(client, people.marta)
    assert client.post("/settings/sessions/others?_method=DELETE").location == "/settings/sessions"
    assert [is_signed_in(other) for other in others] == [False] * 3
    assert is_signed_in(client)


def test_signing_out_everywhere(app: Flask, client: FlaskClient, session: Session, people: People) -> None:
    others = [sign_in(app.test_client(), people.marta) for _ in range(3)]
    sign_in(client, people.marta)
    answer = client.post("/settings/sessions?_method=DELETE")
    assert answer.location == "/sign-in?done=out"
    assert "signed out everywhere" in client.get(answer.location).text
    assert cookie(client) is None
    assert [is_signed_in(other) for other in others] == [False] * 3


@pytest.mark.parametrize("note", ["confirmed", "reset", "changed", "out"])
@on_sqlite
def test_what_was_done_is_said_in_our_words_only(client: FlaskClient, note: str) -> None:
    assert 'class="fl ok"' in client.get(f"/sign-in?done={note}").text
    assert 'class="fl ok"' not in client.get("/sign-in?done=You+won+a+phone").text


# --- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36 Edg/142.0", "Edge on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36", "Chrome on Windows"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Linux; Android 16; Pixel 9) AppleWebKit/537.36 Chrome/142.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Linux; Android 15) SamsungBrowser/28.0 Chrome/130.0 Mobile Safari/537.36", "Samsung Internet on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 20_1 like Mac OS X) Version/20.1 Mobile/15E148 Safari/604.1", "Safari on an iPhone"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 20_1 like Mac OS X) CriOS/142.0 Mobile/15E148 Safari/604.1", "Chrome on an iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/20.0 Safari/605.1.15", "Safari on a Mac"),
        ("Mozilla/5.0 (X11; CrOS x86_64 16000.0.0) Chrome/142.0 Safari/537.36 OPR/120.0", "Opera on ChromeOS"),
        ("curl/8.5.0", "A browser"),
        ("", "A browser"),
    ],
)  # fmt: skip
def test_browsers_in_words(user_agent: str, words: str) -> None:
    assert device_words(user_agent) == words
