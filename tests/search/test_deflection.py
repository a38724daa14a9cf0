"""Shown, opened, solved, did not ask: what is counted of it, for whom, and what is not."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import db
from app.errors import Forbidden, NotFound
from community import questions
from community.freshness import queue
from community.models import Follow, Signal
from community.moderation import removal
from search.deflection import settle, tokens, visits
from search.deflection.models import AskDay, AskVisit
from search.deflection.queries import Counts, deflection_page
from search.queries import similar_questions
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People, sign_in
from tests.search.site import Site

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
SECRET = "a secret"
DAY = timedelta(days=1)


def begin(site: Site, name: str = "visit", later: timedelta = timedelta()) -> str:
    visits.shown(name, by=site.people.marta, now=site.now + later)
    return name


def counted(now: datetime) -> Counts:
    db.session.rollback()
    return deflection_page(30, now).total


def visit(session: Session, name: str = "visit") -> AskVisit:
    session.rollback()
    return session.get_one(AskVisit, name, populate_existing=True)


# --- names of visits ----------------------------------------------------------------------------------------------------


def test_a_visit_is_good_for_one_person_and_cannot_be_made_up() -> None:
    token = tokens.new(3, SECRET)
    name = tokens.visit_of(token, 3, SECRET)
    assert name is not None
    assert token.startswith(name)
    assert tokens.new(3, SECRET) != token
    assert tokens.visit_of(token, 4, SECRET) is None
    assert tokens.visit_of(token, 3, "another") is None
    for wrong in ("", name, f"{name}.", f"{name}.{'0' * 24}", token + "0", "é" * 22 + "." + "0" * 24):
        assert tokens.visit_of(wrong, 3, SECRET) is None


# --- counting -----------------------------------------------------------------------------------------------------------


def test_who_opens_and_does_not_ask_within_a_day_is_counted_once(site: Site, session: Session) -> None:
    number = site.ask("Router drops the line")
    later = timedelta(hours=1)
    begin(site, later=later)
    begin(site, later=2 * later)
    assert visit(session).shown_at == site.now + later, "the first time counts"
    marta, now = site.people.marta, site.now + 2 * later
    assert visits.opened("visit", number, by=marta, now=now)
    assert visits.opened("visit", number + 1, by=marta, now=now)
    assert visit(session).opened_id == number
    assert visits.solved("visit", by=marta, now=now) == number
    assert settle.settle(now) == 0
    assert counted(now) == Counts()
    assert deflection_page(30, now).waiting == 1
    over = site.now + later + DAY
    assert settle.settle(over) == 1
    assert settle.settle(over) == 0
    assert counted(over) == Counts(1, 1, 1, 1, 1, 1, 0)
    assert deflection_page(30, over).waiting == 0
    assert not visits.opened("visit", number, by=marta, now=over), "it is over"
    with pytest.raises(NotFound):
        visits.solved("visit", by=marta, now=over)


@SQLITE
def test_who_asks_after_all_is_counted_as_that(site: Site, session: Session, people: People) -> None:
    number = site.ask("Router drops the line")
    for name in ("early", "late", "removed"):
        visits.shown(name, by={"early": people.marta, "late": people.jonas, "removed": people.ana}[name], now=site.now)
    visits.opened("early", number, by=people.marta, now=site.now)
    typed = {"title": "My router drops it too", "body": "Every evening since Monday.", "tags_text": "broadband"}
    questions.ask(**typed, by=people.marta, now=site.now + timedelta(hours=23))
    questions.ask(**typed, by=people.jonas, now=site.now + timedelta(hours=25))
    taken = questions.ask(**typed, by=people.ana, now=site.now + timedelta(hours=1))
    removal.remove_question(taken, by=people.ana, now=site.now + timedelta(hours=2))
    over = site.now + timedelta(hours=26)
    settle.settle(over)
    assert {name: visit(session, name).asked for name in ("early", "late", "removed")} == {
        "early": True,
        "late": False,
        "removed": True,
    }
    assert counted(over) == Counts(shown=3, shown_unasked=1, opened=1)


@SQLITE
def test_rows_go_and_counts_stay(site: Site, session: Session) -> None:
    begin(site)
    settle.settle(site.now + DAY)
    settle.settle(site.now + settle.KEPT)
    assert session.scalars(select(AskVisit.id)).all() == []
    session.rollback()
    assert session.scalars(select(AskDay.shown)).all() == [1]


@SQLITE
def test_a_visit_is_nobody_elses(site: Site, people: People) -> None:
    number = site.ask("Router drops the line")
    begin(site)
    assert not visits.opened("visit", number, by=people.jonas, now=site.now)
    assert not visits.opened("another", number, by=people.marta, now=site.now)
    with pytest.raises(NotFound):
        visits.solved("visit", by=people.marta, now=site.now)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_several_workers_settle_each_visit_once(site: Site, app: Flask) -> None:
    for number in range(12):
        begin(site, f"visit {number}")
    over = site.now + DAY
    settled = at_once(app, 4, lambda _: settle.settle(over))
    assert sum(int(str(count)) for count in settled) == 12
    assert counted(over).shown == 12


# --- asking for a check -------------------------------------------------------------------------------------------------


def test_asking_for_a_check_puts_it_in_the_queue_and_follows(site: Site, session: Session, people: People) -> None:
    number = site.ask("Router drops the line")
    answer = site.answer(number, "Press the button for ten seconds.")
    asker, now = people.mo, site.now + DAY
    assert queue.next_ids(session, people.ana, now, 5) == []
    session.rollback()
    visits.shown("visit", by=asker, now=now)
    assert visits.ask_for_check(answer, "visit", by=asker, now=now)
    assert not visits.ask_for_check(answer, None, by=asker, now=now)
    assert queue.next_ids(session, people.ana, now, 5) == [answer]
    assert session.scalars(select(Signal.kind).where(Signal.user_id == asker.id)).all() == ["check"]
    assert session.scalars(select(Follow.user_id).where(Follow.question_id == number, Follow.user_id == asker.id)).all()
    assert visit(session).checked_at == now
    session.rollback()
    with pytest.raises(Forbidden):
        visits.ask_for_check(answer, None, by=people.jonas, now=now)


@SQLITE
def test_the_best_match_is_offered_for_a_check_though_a_poorer_one_is_current(site: Site, people: People) -> None:
    old = site.ask("Router drops the line every evening")
    answer = site.answer(old, "Press the button for ten seconds.")
    site.now += timedelta(days=95)
    other = site.ask("Router is loud in the evening")
    site.answer(other, "Turn it on its side.")
    site.drain()
    found = similar_questions("Router drops the line every evening", site.now)
    assert [link.freshness.state for link in found.links] == ["fresh", "due"], "current answers first"
    assert (found.to_check, found.to_check_title) == (answer, "Router drops the line every evening")


# --- over HTTP ----------------------------------------------------------------------------------------------------------


@SQLITE
def test_from_the_form_to_the_answer_and_back(
    site: Site, session: Session, client: FlaskClient, clock: Clock, people: People
) -> None:
    number = site.ask("Router drops the line every evening")
    answer = site.answer(number, "Press the button for ten seconds.")
    site.drain()
    title = {"title": "Router drops the line"}
    assert client.get("/search/similar", query_string=title).text.count("/search/similar/open") == 0, "nobody is signed in"
    sign_in(client, people.marta)
    form = client.get("/questions/new").text
    token = form.partition("/search/similar?visit=")[2].partition('"')[0]
    assert session.scalars(select(AskVisit.id)).all() == [], "looking at the form writes nothing"
    session.rollback()
    shown = client.get("/search/similar", query_string={**title, "visit": token})
    link = f"/search/similar/open?question={number}&amp;answer={answer}&amp;visit={token}"
    assert link in shown.text
    unchanged = client.get(
        "/search/similar", query_string={**title, "visit": token}, headers={"If-None-Match": shown.headers["ETag"]}
    )
    assert unchanged.status_code == 304
    went = client.get(link.replace("&amp;", "&"))
    assert (went.status_code, went.location.partition("#")[2]) == (303, f"answer-{answer}")
    arrived = client.get(went.location).text
    assert f'action="/search/similar/solved?visit={token}"' in arrived
    thanked = client.post(f"/search/similar/solved?visit={token}")
    assert "Thank you" in client.get(thanked.location).text
    assert "/search/similar/solved" not in client.get(went.location).text
    settle.settle(clock.utcnow() + DAY)
    sign_in(client, people.mo)
    page = client.get("/health/deflection").text
    assert "<b>1</b> said it solved it" in page
    assert "Not asking is not the same as being helped" in page


@SQLITE
def test_the_way_leads_to_questions_of_this_site_only(site: Site, client: FlaskClient, clock: Clock, people: People) -> None:
    number = site.ask("Router drops the line")
    other = site.answer(site.ask("Another one"), "Press the button for ten seconds.")
    sign_in(client, people.marta)
    for query in (
        f"question={number}",
        f"question={number}&answer={other}",
        f"question={number}&visit=made.up&next=//evil.example",
    ):
        went = client.get(f"/search/similar/open?{query}")
        assert went.location == f"/questions/{number}/router-drops-the-line"
        assert "/search/similar/solved" not in client.get(went.location).text
    for query in ("", "question=//evil.example", "question=99999", "question=1e3"):
        assert client.get(f"/search/similar/open?{query}").status_code == 404
    assert client.post("/search/similar/solved?visit=made.up").status_code == 404
    assert client.get("/health/deflection").status_code == 403
    assert client.post("/answers/99999/check-request").status_code == 404
    site.drain()
    request = f'action="/answers/{other}/check-request"'
    assert request not in client.get("/search?q=button").text, "it is current"
    clock.forward(days=95)
    sign_in(client, people.marta)
    assert request in client.get("/search?q=button").text
    asked = client.post(f"/answers/{other}/check-request")
    assert "you follow this question" in client.get(asked.location).text
