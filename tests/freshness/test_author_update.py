"""An answer past its date: its author is invited to look at it, and what they rework is checked before others."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.jobs import AFTER_COMMIT
from community import acceptance, answers
from community.freshness import approval, queue
from community.freshness.sweep import sweep
from community.freshness.verification import verify
from community.models import Notification
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.reading import plain
from tests.people import People, make_expert
from tests.stories import ANSWER, GRACE, INTERVAL, TITLE, answer, answered, ask, browser, entries, make_tag, reload_answer

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"
REWORKED = "Since firmware 4.3 the automatic choice works again: leave the channel on “auto” and restart once."
WAITS = "waiting for a check"


def due(session: Session) -> list[tuple[str, int | None]]:
    session.rollback()
    rows = session.scalars(select(Notification).where(Notification.kind == "due"))
    return [(row.cause, row.user_id) for row in rows]


def deliver(clock: Clock) -> None:
    while outbox.drain(AFTER_COMMIT, clock.now):
        pass


# --- the invitation -----------------------------------------------------------------------------------------------------


def test_its_author_is_invited_once_a_round(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    """With the way to the form; also when it turns good and falls due again without a check."""
    make_tag(session, "router", clock.now, freshness="belief")
    answer_id = answer(ask(people.marta, clock.now, tags_text="router"), people.jonas, clock.now)
    clock.forward(days=60)
    sweep(clock.now)
    deliver(clock)
    assert [user for _, user in due(session)] == [people.jonas.id]
    jonas = browser(app, people.jonas)
    page = jonas.get("/inbox")
    assert "Your answer is past its best-before date: does it still hold?" in plain(page.text)
    entry = session.scalars(select(Notification).where(Notification.kind == "due")).one()
    opened = jonas.post(f"/inbox/{entry.id}/read")
    assert opened.location == f"/answers/{answer_id}/edit"
    assert "It is past its date. Does it still hold?" in plain(jonas.get(opened.location).text)
    acceptance.accept(answer_id, by=people.marta, now=clock.now)
    assert reload_answer(session, answer_id).state == "fresh"
    clock.forward(days=200)
    sweep(clock.now)
    deliver(clock)
    assert len(due(session)) == 1, "the round is the same"
    verify(answer_id, "right", by=people.ana, now=clock.now)
    clock.forward(days=200)
    sweep(clock.now)
    deliver(clock)
    assert len(due(session)) == 2


def test_what_was_checked_before_they_heard_is_no_news(people: People, session: Session, clock: Clock) -> None:
    _, answer_id = answered(people, clock.now)
    clock.now += INTERVAL
    sweep(clock.now)
    verify(answer_id, "right", by=people.ana, now=clock.now)
    deliver(clock)
    assert due(session) == []


# --- what is substantial ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("new", "substantial"),
    [
        (ANSWER, False),
        (ANSWER.replace(";", ",").upper(), False),
        (" ".join(reversed(ANSWER.split())), False),
        (ANSWER.replace("11", "12"), True),
        (REWORKED, True),
        ("", True),
    ],
)
def test_a_comma_is_no_rework(new: str, substantial: bool) -> None:
    assert approval.is_substantial(ANSWER, new) is substantial


def test_in_a_long_text_words_count_rather_than_their_share() -> None:
    long = " ".join(f"word{number}" for number in range(400))
    one_sentence = " ".join(f"new{number}" for number in range(approval.LEAST_WORDS))
    assert not approval.is_substantial(long, long.replace("word7 ", "typo "))
    assert approval.is_substantial(long, f"{long} {one_sentence}")


# --- reworked, checked, paid --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("late", [INTERVAL, INTERVAL + GRACE])
def test_a_reworked_answer_waits_for_a_check_before_others(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock, late: timedelta
) -> None:
    """Its dates stay; the page says so; it heads the queue; one "still right" of somebody else makes it fresh and pays."""
    answer_id, *others = [answered(people, clock.now)[1] for _ in range(4)]
    clock.now += late
    assert queue.next_ids(session, people.ana, clock.now, 4)[0] != answer_id
    session.commit()
    sweep(clock.now)
    before = reload_answer(session, answer_id)
    dates = (before.best_before_at, before.expires_at, before.state)
    assert WAITS not in client.get(URL).text
    clock.forward(days=1)
    browser(app, people.jonas).post(f"/answers/{answer_id}/revisions", data={"body": REWORKED, "revision": "1"})
    found = reload_answer(session, answer_id)
    assert (found.best_before_at, found.expires_at, found.state) == dates, "nobody vouches for their own words"
    assert WAITS in client.get(URL).text
    waiting = queue.next_ids(session, people.ana, clock.now, 4)
    assert (waiting[0], set(waiting[1:])) == (answer_id, set(others))
    assert answer_id not in queue.next_ids(session, people.jonas, clock.now, 4)
    session.commit()
    ana = browser(app, people.ana)
    ana.post("/review/items")
    review = plain(ana.get("/review").text)
    assert "its author has updated it on" in review.casefold()
    assert WAITS in review
    verify(answer_id, "right", by=people.ana, now=clock.forward(hours=1))
    assert reload_answer(session, answer_id).state == "fresh"
    assert WAITS not in client.get(URL).text
    assert entries(session, people.jonas) == [("answer_repaired", 5)]
    assert entries(session, people.ana) == [("still_right", 1)]


@on_sqlite
def test_what_is_no_rework(client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    """A comma; a fresh answer; and a verifier who approves of their own words earns nothing by them."""
    _, answer_id = answered(people, clock.now)
    answers.edit(answer_id, body=REWORKED, by=people.jonas, now=clock.now)
    clock.now += INTERVAL
    assert reload_answer(session, answer_id).reworked_at is None
    answers.edit(answer_id, body=REWORKED.replace(":", ","), by=people.jonas, now=clock.now)
    assert WAITS not in client.get(URL).text
    answers.edit(answer_id, body=ANSWER, by=people.ana, now=clock.now)
    assert WAITS in client.get(URL).text, "anybody's rework counts"
    verify(answer_id, "right", by=people.ana, now=clock.forward(hours=1))
    assert entries(session, people.ana) == [("still_right", 1)]
    assert entries(session, people.jonas) == []


@on_sqlite
def test_found_wrong_after_the_rework_it_waits_no_longer(
    client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    """Until it is reworked once more; who repairs it then and is approved of is paid, the last commas notwithstanding."""
    make_expert(session, people.mo, "broadband", clock.now)
    session.commit()
    _, answer_id = answered(people, clock.now)
    clock.now += INTERVAL
    answers.edit(answer_id, body=REWORKED, by=people.jonas, now=clock.now)
    verify(answer_id, "wrong", note="There is no such firmware.", by=people.ana, now=clock.forward(days=1))
    assert WAITS not in client.get(URL).text
    answers.edit(answer_id, body=ANSWER, by=people.jonas, now=clock.forward(days=1))
    assert WAITS in client.get(URL).text
    verify(answer_id, "right", by=people.mo, now=clock.forward(days=1))
    assert ("answer_repaired", 5) in entries(session, people.jonas)


@on_sqlite
def test_two_verifiers_where_the_tags_ask_for_two(people: People, session: Session, clock: Clock) -> None:
    make_tag(session, "critical", clock.now, verifiers_needed=2, interval_days=30)
    answer_id = answer(ask(people.marta, clock.now, title=TITLE, tags_text="critical"), people.jonas, clock.now)
    answers.edit(answer_id, body=REWORKED, by=people.jonas, now=clock.forward(days=31))
    verify(answer_id, "right", by=people.ana, now=clock.now)
    assert reload_answer(session, answer_id).state != "fresh"
    assert entries(session, people.jonas) == []
    verify(answer_id, "right", by=people.mo, now=clock.now)
    assert reload_answer(session, answer_id).state == "fresh"
    assert entries(session, people.jonas) == [("answer_repaired", 5)]
