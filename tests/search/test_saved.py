"""Searches that people keep: each question is told once, to its owner only, however often one looks."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import Conflict, Invalid, NotFound
from app.outbox import EMITTED_AT
from community import questions
from community.models import Notification
from community.moderation import removal
from search.analysis import ENGLISH
from search.saved import news, telling, verbs
from search.saved.fitting import ChangedQuestion, key_of
from search.saved.models import SavedSearch, SavedSearchFind
from search.synonyms import read as synonyms
from search.syntax import read
from tests.at_once import at_once
from tests.clock import Clock
from tests.letterbox import letters
from tests.people import People, sign_in
from tests.search.conftest import EngineFactory
from tests.search.site import Site
from tests.search.stories import NOW, answer, fill, found, question
from tests.statements import count_statements

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def told(session: Session, who: User) -> list[str]:
    """The texts of the person's entries about saved searches, oldest first."""
    mine = (Notification.user_id == who.id, Notification.kind == "search")
    return list(session.scalars(select(Notification.text).where(*mine).order_by(Notification.id)))


def save(site: Site, text: str, by: User | None = None, notify: str = "inbox") -> int:
    return verbs.save(text=text, name="", notify=notify, by=by or site.people.jonas, now=site.now)


def test_new_and_newly_answered_questions_are_told_once(site: Site, session: Session, people: People, clock: Clock) -> None:
    old = site.ask("Router loses the line at night")
    site.drain()
    site.now = clock.forward(minutes=1)
    save(site, "router line tag:broadband")
    site.now = clock.forward(minutes=1)
    new = site.ask("The line of my router is slow")
    site.ask("The line at the post office is slow")
    site.answer(old, "Replace the splitter.", by=people.ana)
    site.drain()
    news.look([{"question_id": number, EMITTED_AT: clock.now} for number in (new, old)])
    assert told(session, people.jonas) == [], "several make one entry, so they wait"
    assert (telling.tell(clock.now), telling.tell(clock.now)) == (1, 0)
    both = "router line tag:broadband: The line of my router is slow; Router loses the line at night"
    assert told(session, people.jonas) == [both]
    site.now = clock.forward(minutes=1)
    site.answer(new, "Mine is slow too.", by=people.ana)
    questions.edit(
        old,
        title="Router loses its line at night",
        body="So it is every night.",
        tags_text="broadband",
        by=people.marta,
        now=site.now,
    )
    site.drain()
    assert telling.tell(clock.now) == 0, "nobody hears of a question twice"
    assert told(session, people.jonas) == [both]


@SQLITE
def test_what_is_no_news(site: Site, session: Session, people: People, clock: Clock) -> None:
    save(site, "router")
    stopped = save(site, "router line")
    verbs.stop(stopped, by=people.jonas, now=clock.now)
    site.now = clock.forward(minutes=1)
    own = questions.ask(title="My own router", body="It is mine alone.", tags_text="broadband", by=people.jonas, now=site.now)
    gone = site.ask("A router that is spam, and its line")
    site.drain()
    removal.remove_question(gone, reason="Spam.", by=people.mo, now=site.now)
    telling.tell(clock.now)
    assert told(session, people.jonas) == []
    site.now = clock.forward(minutes=1)
    site.answer(own, "A router needs a line.", by=people.ana)
    removal.restore_question(gone, reason="Mistaken.", by=people.mo, now=site.now)
    site.drain()
    telling.tell(clock.now)
    assert told(session, people.jonas) == ["router: A router that is spam, and its line; My own router"]
    verbs.change(stopped, name="Lines", notify="inbox", by=people.jonas, now=clock.now)
    site.now = clock.forward(minutes=1)
    site.ask("Router and line again")
    site.drain()
    telling.tell(clock.now)
    assert told(session, people.jonas)[-2:] == ["router: Router and line again", "Lines: Router and line again"]


DOCUMENTS = (
    (
        question(
            1, "Roaming in Spain is slow", "My wlan0 says 0x80070057.", tags=("esim",), author="Marta", product="HomeBox", votes=2
        ),
    ),
    (
        question(2, "No service in Spain", "The e-sim shows no service at all."),
        answer(20, 2, "Restart the phone.", accepted=True),
    ),
    (question(3, "Bill too high", tags=("billing",)), answer(30, 3, "Roaming was counted twice.", best_before=-1, official=True)),
    (question(4, "Wi-Fi drops", "At night in Spain."), answer(40, 4, "Choose another channel.", best_before=-9, expires=-1)),
)
QUERIES = (
    *(
        "roaming",
        "spain roaming",
        '"no service"',
        '"service no"',
        "spain -roaming",
        "0x80070057",
        "wlan0",
        "tag:esim",
        "-tag:esim",
    ),
    *("tag:billing roaming", "user:marta", "product:homebox spain", "is:solved", "is:due", "is:expired", "is:expired channel"),
    *(
        "channel",
        "is:unanswered",
        "-is:unanswered",
        "is:official spain",
        "is:official",
        "wifi",
        "wi-fi",
        "wlan",
        "the of",
        "esim",
    ),
    *(
        "before:2026-11-20",
        "after:2026-11-20",
        "after:2026-11-01 spain",
        '-"no service" spain',
        "in spain",
        '"in spain"',
        "zanzibar",
    ),
)


@pytest.mark.parametrize("new_engine", ["whoosh", "sqlite"], indirect=True)
def test_a_question_fits_when_an_engine_finds_it(new_engine: EngineFactory) -> None:
    """And its key never hides it."""
    engine = new_engine()
    fill(engine, *(document for group in DOCUMENTS for document in group))
    vocabulary, wrong = synonyms("", ENGLISH)
    assert not wrong
    changed = [ChangedQuestion(group, vocabulary) for group in DOCUMENTS]
    for text in QUERIES:
        query = read(text, NOW).query
        results = engine.search(query)
        expected = [] if results.relaxed else sorted(found(results))
        assert [one.question_id for one in changed if one.fits(query)] == expected, text
        key = key_of(query, vocabulary)
        assert all(not key or key in one.keys for one in changed if one.question_id in expected), text


def test_synonyms_are_found_by_the_key_too() -> None:
    vocabulary, _ = synonyms("wlan, wi-fi, wifi", ENGLISH)
    for title in ("Wi-Fi drops", "wifi drops", "My WLAN drops"):
        changed = ChangedQuestion([question(1, title)], vocabulary)
        for text in ("wlan", "wifi drops", "wi-fi"):
            query = read(text, NOW).query
            key = key_of(query, vocabulary)
            assert changed.fits(query)
            assert not key or key in changed.keys, (title, text)
    assert key_of(read("tag:esim is:due", NOW).query, vocabulary).startswith("=")
    assert key_of(read("is:due -router", NOW).query, vocabulary) == ""


@SQLITE
def test_one_owner_and_at_most_fifty(site: Site, session: Session, people: People) -> None:
    mine = save(site, "router")
    assert save(site, "router") == mine, "saved already"
    for act in (verbs.stop, verbs.delete):
        with pytest.raises(NotFound):
            act(mine, by=people.mo, now=site.now)
    with pytest.raises(NotFound):
        verbs.change(mine, name="Mine", notify="off", by=people.mo, now=site.now)
    for text, notify in ((" ", "inbox"), ("\0", "inbox"), ("x" * 1001, "inbox"), ("line", "loudly")):
        with pytest.raises(Invalid):
            save(site, text, notify=notify)
    with pytest.raises(Invalid):
        verbs.change(mine, name=" ", notify="off", by=people.jonas, now=site.now)
    for number in range(verbs.MOST - 1):
        save(site, f"router {number}", notify="off")
    with pytest.raises(Conflict):
        save(site, "one too many")
    save(site, "router", by=people.marta)
    verbs.delete(mine, by=people.jonas, now=site.now)
    assert session.scalar(select(func.count()).select_from(SavedSearch)) == verbs.MOST


@POSTGRESQL
def test_several_workers_tell_once(app: Flask, site: Site, session: Session, people: People, clock: Clock) -> None:
    save(site, "router")
    site.now = clock.forward(minutes=1)
    numbers = [site.ask(f"Router number {number}") for number in range(2)]
    told_of = [{"question_id": number, EMITTED_AT: clock.now} for number in numbers]
    session.rollback()
    assert at_once(app, 4, lambda _: news.look(told_of)) == [None] * 4
    assert sorted(map(str, at_once(app, 4, lambda _: telling.tell(clock.now)))) == ["0", "0", "0", "1"]
    assert len(told(session, people.jonas)) == 1


@SQLITE
def test_a_mail_in_the_morning_at_most(app: Flask, site: Site, people: People, clock: Clock) -> None:
    noisy = save(site, "router", notify="inbox")
    site.now = clock.forward(minutes=1)
    site.ask("Router number one")
    site.drain()
    telling.tell(clock.now)
    verbs.change(noisy, name="Routers", notify="mail", by=people.jonas, now=clock.now)
    site.now = clock.forward(minutes=1)
    number = site.ask("Router number two")
    site.drain()
    telling.tell(clock.now)
    assert telling.send(clock.now) == 0, "it is noon"
    morning = datetime(2026, 11, 22, 7, 30, tzinfo=UTC)
    assert (telling.send(morning), telling.send(morning), telling.send(morning + timedelta(hours=1))) == (1, 0, 0)
    [mail] = letters(app, morning, "jonas@example.net")
    text = mail.get_content().replace("\r\n", "\n")
    assert mail["Subject"] == "1 new question for your saved searches"
    assert f"Routers:\n\nRouter number two\nhttp://localhost/questions/{number}/router-number-two\n" in text
    assert "number one" not in text, "it was told before mails were asked for"
    assert "stop a search at http://localhost/searches" in text


@SQLITE
def test_the_pages(client: FlaskClient, site: Site, session: Session, people: People, clock: Clock) -> None:
    assert client.get("/searches").headers["Location"].startswith("/sign-in")
    sign_in(client, people.jonas)
    assert "None yet" in client.get("/searches").text
    refused = client.post("/searches", data={"text": "", "notify": "inbox"})
    assert (refused.status_code, "nothing to save" in refused.text) == (422, True)
    saved = client.post("/searches", data={"text": 'router "<b>"', "name": "<i>Mine", "notify": "inbox"}).headers["Location"]
    with count_statements() as before:
        listed = client.get("/searches").text
    assert "&lt;i&gt;Mine" in listed
    assert "<i>Mine" not in listed
    client.post(saved, data={"name": "Routers", "notify": "mail"})
    for number in range(3):
        save(site, f"router {number}")
    site.now = clock.forward(minutes=1)
    site.ask("Router <b> is here")
    site.drain()
    telling.tell(clock.now)
    with count_statements() as after:
        client.get("/searches")
    assert len(after) <= len(before)
    page = client.get(saved).text
    assert "Router &lt;b&gt; is here" in page
    assert "What was found for it" in client.get("/inbox").text
    entry = session.scalars(select(Notification.id).where(Notification.kind == "search")).one()
    assert client.post(f"/inbox/{entry}/read").headers["Location"] == saved
    assert client.post(f"{saved}/notices?_method=DELETE").status_code == 303
    assert "No notices" in client.get("/searches").text
    sign_in(other := client.application.test_client(), people.marta)
    assert [other.get(saved).status_code, other.post(f"{saved}?_method=DELETE").status_code] == [404, 404]
    client.post(f"{saved}?_method=DELETE")
    assert client.get(saved).status_code == 404
    assert session.scalar(select(func.count()).select_from(SavedSearchFind)) == 0
