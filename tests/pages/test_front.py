"""The front page: what each tab holds, its lines and counts, paging, the side column, and what it costs."""

import random
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts import people as profiles
from app.accounts.models import User
from community import acceptance, lead
from community.freshness import verification
from community.models import Answer, Question, Verification
from community.queries import front, lists
from community.queries import list_statements as statements
from community.queries.front import SIDE_KEPT, Week, per_cent
from community.queries.list_statements import PAGE, TABS
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.forum import DAY, KINDS, many, one_of_each, title
from tests.pages.reading import link, plain, rows, tabs, titles, walk
from tests.people import People, sign_in
from tests.statements import count_statements
from tests.stories import ANSWER, GRACE, INTERVAL, TITLE, accepted, answer, answered, ask, browser

HOLDS = {
    "needs": ("unanswered", "archived", "expired"),
    "active": ("unanswered", "closed", "fresh", "archived", "due", "expired"),
    "newest": ("unanswered", "closed", "fresh", "archived", "due", "expired"),
    "unanswered": ("unanswered",),
    "stale": ("archived", "expired"),
    "due": ("due",),
}
"""Tab → what of `one_of_each` it holds, in order."""


# --- tabs ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", HOLDS)
def test_what_a_tab_holds(client: FlaskClient, people: People, clock: Clock, tab: str) -> None:
    assert set(HOLDS) == set(TABS)
    one_of_each(people, clock.now)
    page = client.get(f"/?tab={tab}").text
    assert titles(page) == [title(kind) for kind in HOLDS[tab]]
    assert tabs(page) == {
        "Needs an answer": "3",
        "Active": "",
        "Newest": "",
        "Unanswered": "",
        "Needs a current answer": "2",
        "Due": "1",
    }
    assert link(page, "next") is link(page, "prev") is None


def test_the_first_tab_stands_at_the_root(client: FlaskClient, people: People, clock: Clock) -> None:
    one_of_each(people, clock.now)
    assert titles(client.get("/").text) == [title(kind) for kind in HOLDS["needs"]]


@pytest.mark.parametrize("tab", [*HOLDS, "mine"])
def test_an_empty_tab_says_what_to_do(client: FlaskClient, people: People, tab: str) -> None:
    page = sign_in(client, people.marta).get(f"/?tab={tab}").text
    assert rows(page) == []
    assert 'class="empty"' in page
    assert 'href="/questions/new"' in page


def test_mine(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    one_of_each(people, clock.now)
    ask(people.jonas, clock.now)
    page = browser(app, people.marta).get("/?tab=mine").text
    assert titles(page) == [title(kind) for kind in HOLDS["newest"]]
    assert tabs(page)["Mine"] == ""
    assert "Mine" not in tabs(client.get("/").text)
    away = client.get("/?tab=mine")
    assert (away.status_code, away.location) == (303, "/sign-in?next=/%3Ftab%3Dmine")


def test_counts_end_at_ninety_nine(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    many(session, people, clock.now, 420)
    shown = tabs(client.get("/").text)
    assert (shown["Needs an answer"], shown["Needs a current answer"], shown["Due"]) == ("99+", "99+", "99+")


def test_wrong_methods(client: FlaskClient) -> None:
    assert client.post("/").status_code == 405
    assert client.head("/").status_code == 200


# --- lines --------------------------------------------------------------------------------------------------------------


def test_lines(client: FlaskClient, people: People, clock: Clock) -> None:
    one_of_each(people, clock.now)
    shown = {row.title: (row.ring, row.line) for row in rows(client.get("/?tab=newest").text)}
    assert {kind: shown.get(title(kind)) for kind in KINDS} == {
        "unanswered": ("none", "asked 20 Nov 2026 · Marta"),
        "fresh": ("fresh", "Answered · good until 9 February 2027"),
        "due": ("due", "Past its date since 11 November · ask to have it checked"),
        "expired": ("expired", "Its answer expired on 7 October · needs a current answer"),
        "archived": ("none", "Its answer was archived · needs a current answer"),
        "closed": ("none", "Closed"),
        "removed": None,
    }


def test_a_solved_question_says_so(client: FlaskClient, people: People, clock: Clock) -> None:
    accepted(people, clock.now)
    (row,) = rows(client.get("/?tab=active").text)
    assert (row.ring, row.line) == ("fresh", "Solved · good until 19 February 2027")


def test_another_year_is_named(client: FlaskClient, people: People, clock: Clock) -> None:
    accepted(people, clock.now)
    clock.forward(days=365)
    (row,) = rows(client.get("/?tab=due").text)
    assert row.line == "Past its date since 19 February · ask to have it checked"
    clock.forward(days=80)
    (row,) = rows(client.get("/?tab=active").text)
    assert row.line == "Past its date since 19 February 2027 · ask to have it checked"


def test_others_with_the_same_problem(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    question_id = ask(people.marta, clock.now)
    session.execute(update(Question).where(Question.id == question_id).values(me_too_count=5, views=1204))
    session.commit()
    (row,) = rows(client.get("/").text)
    assert "5 people have this too" in row.text
    assert "1,204 views" in row.text


# --- right without a sweep ----------------------------------------------------------------------------------------------


def test_the_clock_moves_a_question_from_tab_to_tab(client: FlaskClient, people: People, clock: Clock) -> None:
    """No sweep, no write, and the stored page of a moment before."""
    accepted(people, clock.now)
    assert titles(client.get("/?tab=due").text) == titles(client.get("/").text) == []
    clock.now += INTERVAL - timedelta(seconds=1)
    assert titles(client.get("/?tab=due").text) == []
    assert rows(client.get("/?tab=active").text)[0].ring == "fresh"
    clock.forward(seconds=1)
    assert titles(client.get("/?tab=due").text) == [TITLE]
    assert rows(client.get("/?tab=active").text)[0].ring == "due"
    clock.now += GRACE - timedelta(seconds=1)
    assert titles(client.get("/").text) == []
    assert rows(client.get("/?tab=due").text)[0].ring == "due"
    clock.forward(seconds=1)
    assert titles(client.get("/").text) == titles(client.get("/?tab=stale").text) == [TITLE]
    assert titles(client.get("/?tab=due").text) == []
    assert rows(client.get("/?tab=active").text)[0].ring == "expired"


def test_the_other_answer_leads_when_the_first_is_over(client: FlaskClient, people: People, clock: Clock) -> None:
    """Until the sweep comes, the question's row still names the answer that led."""
    question_id, _ = answered(people, clock.now)
    clock.forward(days=40)
    answer(question_id, people.ana, clock.now, ANSWER + " It is known.")
    assert rows(client.get("/?tab=active").text)[0].line == "Answered · good until 19 February 2027"
    clock.forward(days=55)
    (row,) = rows(client.get("/?tab=active").text)
    assert (row.ring, row.line) == ("fresh", "Answered · good until 31 March 2027")
    assert "Good until" in client.get(row.url).text


@on_sqlite
@pytest.mark.parametrize("seed", range(8))
def test_what_lists_show_is_what_the_sweep_would_write(
    app: Flask, session: Session, people: People, now: datetime, seed: int
) -> None:
    """Answers of every kind, and any moment: the list ranks them as `lead.refresh` does."""
    chance = random.Random(seed)
    question_id = ask(people.marta, now)
    ids = [answer(question_id, people.jonas, now + timedelta(minutes=number), f"{ANSWER} {number}") for number in range(5)]
    if seed % 2:
        acceptance.accept(chance.choice(ids), by=people.marta, now=now + timedelta(hours=1))
    for answer_id in ids:
        best_before = now + chance.randint(1, 300) * DAY
        values = {
            "best_before_at": best_before,
            "expires_at": best_before + chance.choice((0, 30, 200)) * DAY,
            "score": chance.randint(-1, 2),
            "official": chance.random() < 0.2,
            "archived_at": now if chance.random() < 0.15 else None,
            "removed_at": now if chance.random() < 0.15 else None,
        }
        session.execute(update(Answer).where(Answer.id == answer_id).values(**values))
    question = session.scalars(select(Question).where(Question.id == question_id).with_for_update()).one()
    session.expire_all()
    lead.refresh(session, question, now + timedelta(hours=2))
    session.commit()
    for _ in range(6):
        moment = now + chance.randint(1, 400) * DAY
        (shown,) = lists.listed("active", None, moment).rows
        session.expire_all()
        lead.refresh(session, session.get_one(Question, question_id), moment)
        (swept,) = lists.listed("active", None, moment).rows
        session.rollback()
        assert shown == swept


# --- pages --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", HOLDS)
def test_turning_pages_shows_everything_once(
    client: FlaskClient, session: Session, people: People, clock: Clock, tab: str
) -> None:
    """Three questions share each moment, so a cursor that knew the moment only would lose some or show them twice."""
    many(session, people, clock.now, 300)
    onward = list(walk(client, f"/?tab={tab}"))
    key = TABS[tab].key
    whole = select(statements.questions.title).where(TABS[tab].all()).order_by(key.desc(), statements.questions.id.desc())
    assert [name for page in onward for name in titles(page)] == list(session.scalars(whole, {"now": clock.now}))
    assert len(onward) > 2
    assert all(len(titles(page)) == PAGE for page in onward[:-1])
    back = walk(client, str(link(onward[-1], "prev")), "prev")
    assert [titles(page) for page in back] == [titles(page) for page in reversed(onward[:-1])]


def test_going_back_to_the_beginning_is_the_first_page(
    client: FlaskClient, session: Session, people: People, clock: Clock
) -> None:
    """What is left over at the beginning is no page of its own."""
    many(session, people, clock.now, 70)
    first, second, third = walk(client, "/?tab=newest")
    to_second = str(link(third, "prev"))
    assert titles(client.get(to_second).text) == titles(second)
    arrived = client.get(str(link(second, "prev")))
    assert (arrived.status_code, arrived.location) == (303, "/?tab=newest")
    assert titles(client.get(arrived.location).text) == titles(first)


def test_a_new_question_shifts_nothing(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    many(session, people, clock.now, 70)
    first = client.get("/?tab=newest").text
    clock.forward(minutes=1)
    ask(people.jonas, clock.now)
    second = client.get(str(link(first, "next"))).text
    assert not set(titles(first)) & set(titles(second))
    assert titles(second)[0] == "Question number 40"


def test_cursors_can_be_read(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    ids = many(session, people, clock.now, 31)
    assert link(client.get("/?tab=newest").text, "next") == f"/?tab=newest&before=2026-11-21T11:51:00Z.{ids[1]}"


@pytest.mark.parametrize(
    "query",
    [
        "before=",
        "before=yesterday",
        "before=2026-13-40T10:00:00Z.1",
        "before=2026-11-20T10:00:00Z.99999999999",
        "before=2026-11-20T10:00:00Z.2147483648",
        "before=2026-11-20T10:00:00Z",
        "before=9999-12-31T23:59:59.999999Z.1",
        "before=%00&after=%ff",
        "before=2026-11-20T10:00:00Z.1%20OR%201=1",
        "tab=nonsense",
        "tab=",
        "tab=needs&tab=due",
    ],
)
def test_what_is_no_cursor_and_no_tab_shows_the_first_page(client: FlaskClient, people: People, clock: Clock, query: str) -> None:
    one_of_each(people, clock.now)
    answer = client.get(f"/?{query}")
    assert answer.status_code == 200
    assert titles(answer.text) == [title(kind) for kind in HOLDS["needs"]]


@pytest.mark.parametrize(
    "query", ["before=0001-01-01T00:00:00Z.0", "after=9999-12-31T23:59:59Z.1", "after=0001-01-01T00:00:00Z.1"]
)
def test_beyond_the_ends_is_the_first_page(client: FlaskClient, people: People, clock: Clock, query: str) -> None:
    one_of_each(people, clock.now)
    answer = client.get(f"/?tab=active&{query}")
    assert (answer.status_code, answer.location) == (303, "/?tab=active")


# --- the side column ----------------------------------------------------------------------------------------------------


def test_the_week(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    made = one_of_each(people, clock.now)
    for kind, views in (("fresh", 60), ("due", 25), ("expired", 15), ("unanswered", 1000), ("removed", 1000)):
        session.execute(update(Question).where(Question.id == made[kind]).values(views=views))
    session.commit()
    page = client.get("/").text
    assert "Of what people read, 60 % was current, 25 % past its date, 15 % expired" in page
    assert "had an answer in <b>60 min</b>" in page  # two of the four asked within a month were answered, after an hour


def test_how_fast_answers_come(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    """Half of all questions: those that wait still count, and who answers themselves does not."""
    for minutes in (10, 22, 50):
        asked = clock.now - DAY
        answer(ask(people.marta, asked), people.jonas, asked + timedelta(minutes=minutes))
    answer(ask(people.marta, clock.now), people.marta, clock.now)
    session.execute(update(Question).values(views=10))
    session.commit()
    assert "Half of all questions had an answer in 22 min" in plain(client.get("/").text)


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(seconds=5), "1 min"),
        (timedelta(minutes=119), "119 min"),
        (timedelta(hours=5, minutes=40), "6 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
@on_sqlite
def test_a_wait_in_words(
    client: FlaskClient, session: Session, people: People, clock: Clock, wait: timedelta, words: str
) -> None:
    answer(ask(people.marta, clock.now - wait), people.jonas, clock.now)
    session.execute(update(Question).values(views=10))
    session.commit()
    assert f"had an answer in {words} ." in plain(client.get("/").text)


def test_per_cents_make_a_hundred() -> None:
    assert per_cent([0, 0, 0]) is None
    assert per_cent([1, 1, 1]) == [34, 33, 33]
    assert per_cent([999, 1, 0]) == [100, 0, 0]
    chance = random.Random(7)
    for _ in range(200):
        parts = [chance.randint(0, 10**6) for _ in range(3)]
        found = per_cent(parts)
        assert found is not None
        assert sum(found) == 100
        assert all(abs(share - part * 100 / sum(parts)) < 1 for share, part in zip(found, parts, strict=True))


def test_who_keeps_answers_current(client: FlaskClient, people: People, clock: Clock) -> None:
    for days in (40, 20, 10):
        _, answer_id = answered(people, clock.now - days * DAY)
        verification.verify(answer_id, "right", by=people.ana, now=clock.now - days * DAY)
    _, answer_id = answered(people, clock.now)
    verification.verify(answer_id, "right", by=people.mo, now=clock.now)
    _, answer_id = answered(people, clock.now)
    verification.verify(answer_id, "unsure", by=people.ada, now=clock.now)
    side = client.get("/").text.partition("Keeping answers current")[2]
    assert plain(side.partition("</ul>")[0]).removeprefix("Keeping answers current ") == "A Ana Staff 2 checks M Mo Staff 1 check"


def test_the_side_column_s_numbers_are_asked_once_in_ten_minutes(
    client: FlaskClient, session: Session, people: People, clock: Clock
) -> None:
    """Its numbers may lag; a name never does."""
    _, answer_id = answered(people, clock.now)
    verification.verify(answer_id, "right", by=people.ana, now=clock.now)
    assert "1 check</span>" in client.get("/").text
    session.add(_check(answer_id, people.ana, clock.now))
    session.commit()
    profiles.edit_profile("Ana Ruiz", "", people.ana, clock.now)
    page = client.get("/").text
    assert "Ana Ruiz" in page
    assert "1 check</span>" in page
    clock.now += SIDE_KEPT
    assert "2 checks</span>" in client.get("/").text


def _check(answer_id: int, by: User, now: datetime) -> Verification:
    return Verification(answer_id=answer_id, verifier_id=by.id, verdict="right", round=9, at=now)


@on_sqlite
def test_nobody_read_anything(client: FlaskClient, app: Flask, clock: Clock) -> None:
    assert "This week" not in client.get("/").text
    with app.app_context():
        assert front._side(clock.now)[0].week is None
    assert Week(1, 2, 97).median == ""


# --- what it costs ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tab", [*HOLDS, "mine"])
def test_six_statements_at_most(
    app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock, tab: str
) -> None:
    """However many questions there are, for the first visitor and for the next."""
    _, answer_id = answered(people, clock.now)
    verification.verify(answer_id, "right", by=people.ana, now=clock.now)
    marta = browser(app, people.marta)
    for count in (2, 27, 90):
        many(session, people, clock.now, count)
        for who in (marta, client) if tab != "mine" else (marta,):
            app.extensions.pop("bestbefore_front_side", None)
            assert _cost(who, f"/?tab={tab}&first={count}") == 6
            assert _cost(who, f"/?tab={tab}&next={count}") == 4


def _cost(client: FlaskClient, address: str) -> int:
    with count_statements() as sent:
        assert client.get(address).status_code == 200
    return len(sent)
