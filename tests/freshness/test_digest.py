"""The digest: one mail a day at most, in the morning, and only where it is of use."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from community.freshness import digest, sweep, verification, verifiers
from community.freshness.beliefs import of
from community.models import Answer, Notification, Question
from community.notifications import inbox
from tests.at_once import at_once
from tests.clock import Clock
from tests.letterbox import letters
from tests.people import People, sign_in
from tests.stories import answer, ask

ANA = "ana@example.net"
MORNING = datetime(2026, 11, 23, 7, 30, tzinfo=UTC)


@pytest.fixture
def late(session: Session, people: People) -> list[int]:
    """Four answers under `broadband`, past their date in the morning; Mo and Ada want no mail."""
    for one in (people.mo, people.ada):
        session.get_one(User, one.id).mail_notices = False
    session.commit()
    posted = MORNING - timedelta(days=95)
    ids = [answer(ask(people.marta, posted, title=f"Line number {number} is slow"), people.jonas, posted) for number in range(4)]
    sweep.sweep(MORNING)
    return ids


def came(session: Session, who: User, at: datetime) -> None:
    session.get_one(User, who.id, populate_existing=True).last_seen_at = at
    session.commit()


def test_what_it_says(app: Flask, session: Session, people: People, late: list[int]) -> None:
    verifiers.set_target(5, by=people.ana, now=MORNING)
    assert digest.send(MORNING) == 1
    [mail] = letters(app, MORNING, ANA)
    text = mail.get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "4 answers wait to be checked"
    assert "You mean to check 5 a day" in text
    assert text.count("/review?answer=") == 3, "the three worth most"
    assert sum(f"/review?answer={answer_id}\n" in text for answer_id in late) == 3
    assert "called to" not in text
    entries = session.execute(select(Notification.user_id, Notification.kind, Notification.text)).all()
    assert (people.ana.id, "digest", "4 answers wait to be checked") in [tuple(entry) for entry in entries]


@pytest.mark.usefixtures("late")
def test_in_the_morning_once_a_day(app: Flask, session: Session, people: People) -> None:
    object.__setattr__(app.config["SETTINGS"], "time_zone", "Europe/Berlin")
    assert digest.send(datetime(2026, 11, 23, 5, 59, tzinfo=UTC)) == 0, "five to seven in Berlin"
    first = datetime(2026, 11, 23, 6, 0, tzinfo=UTC)
    done = at_once(app, 2, lambda _number: digest.send(first))
    assert sorted(str(count) for count in done) == ["0", "1"]
    came(session, people.ana, first)
    assert digest.send(first + timedelta(hours=2)) == 0
    assert digest.send(first + timedelta(hours=5)) == 0, "noon is no morning"
    came(session, people.ana, first + timedelta(hours=3))
    assert digest.send(first + timedelta(days=1)) == 1
    assert len(letters(app, first + timedelta(days=1), ANA)) == 2
    unread = select(Notification.id).where(Notification.kind == "digest", Notification.user_id == people.ana.id)
    assert len(session.scalars(unread).all()) == 1, "one unread entry is enough"
    inbox.read_all(by=people.ana, now=first + timedelta(days=1))
    came(session, people.ana, first + timedelta(days=1, hours=3))
    digest.send(first + timedelta(days=2))
    assert len(session.scalars(unread).all()) == 2


@pytest.mark.usefixtures("late")
def test_who_does_not_come_hears_weekly_and_only_news(session: Session, people: People) -> None:
    assert digest.send(MORNING) == 1
    sent = [day for day in range(1, 30) if digest.send(MORNING + timedelta(days=day))]
    assert sent == [], "nothing is new"
    _fall_due(people, MORNING + timedelta(days=30))
    sent = [day for day in range(30, 50) if digest.send(MORNING + timedelta(days=day))]
    assert sent == [30]
    for day in range(50, 60):
        _fall_due(people, MORNING + timedelta(days=day))
    sent = [day for day in range(50, 60) if digest.send(MORNING + timedelta(days=day))]
    assert sent == [50, 57]


def _fall_due(people: People, at: datetime) -> None:
    posted = at - timedelta(days=90, hours=1)
    answer(ask(people.marta, posted), people.jonas, posted)


def test_never_when_nothing_waits_or_nobody_wants_it(session: Session, people: People, late: list[int], now: datetime) -> None:
    for number, answer_id in enumerate(late):
        verification.verify(answer_id, "right", by=people.mo, now=MORNING - timedelta(hours=number))
    assert digest.send(MORNING) == 0
    _fall_due(people, MORNING)
    verifiers.set_target(0, by=people.ana, now=MORNING)
    assert digest.send(MORNING) == 0, "who means to check none"
    verifiers.set_target(3, by=people.ana, now=MORNING)
    for column, value in (
        ("mail_notices", False),
        ("email_confirmed_at", None),
        ("suspended_until", MORNING + timedelta(days=1)),
    ):
        ana = session.get_one(User, people.ana.id, populate_existing=True)
        before = getattr(ana, column)
        setattr(ana, column, value)
        session.commit()
        assert digest.send(MORNING) == 0, column
        setattr(session.get_one(User, people.ana.id), column, before)
        session.commit()
    assert digest.send(MORNING) == 1


def test_being_called_breaks_the_silence(app: Flask, session: Session, people: People, late: list[int]) -> None:
    digest.send(MORNING)
    next_day = MORNING + timedelta(days=1)
    found = session.get_one(Answer, late[2])
    row = of(session, found, session.get_one(Question, found.question_id), next_day)
    row.escalated, row.escalated_at = 2, next_day
    session.commit()
    assert digest.send(next_day) == 1
    text = letters(app, next_day, ANA)[-1].get_content().replace("\r\n", "\n")
    called = text.split("You are called to")[1].split("Worth most")[0]
    assert "Line number 2 is slow" in called
    assert f"/review?answer={late[2]}\n" in called
    assert digest.send(next_day + timedelta(days=1)) == 0, "called once"


@pytest.mark.usefixtures("late")
def test_the_inbox_leads_to_the_queue(client: FlaskClient, clock: Clock, session: Session, people: People) -> None:
    clock.now = MORNING
    digest.send(MORNING)
    sign_in(client, people.ana)
    page = client.get("/inbox").text
    assert "Answers wait for you in the review queue" in page
    entry = session.scalars(select(Notification.id).where(Notification.kind == "digest")).one()
    assert client.post(f"/inbox/{entry}/read").location == "/review"
