"""Stored pages are never stale: the first request after a write sees it, whichever process wrote."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import people as profiles
from app.config import Settings
from app.pagecache import LONGEST_SECONDS, PageCache
from app.security import SESSION_COOKIE
from community import acceptance, comments, interest, questions, votes
from community.freshness import archive, sweep, verification
from community.models import Tag
from community.moderation import closing, removal
from tests.clock import Clock
from tests.pages.forum import DAY, one_of_each
from tests.pages.reading import plain, rows, titles
from tests.people import People
from tests.source import ROOT
from tests.statements import count_statements
from tests.stories import ANSWER, BODY, GRACE, INTERVAL, TITLE, accepted, answer, answered, ask
from tests.web import as_environment

PAGES = ("/", "/?tab=active", "/?tab=newest", "/?tab=due", "/tags", "/tags/broadband", "/help")


@dataclass
class Story:
    """A question, an answer to it, and who is there."""

    people: People
    question: int
    answer: int
    now: datetime


def edit(story: Story, title: str = TITLE, tags: str = "broadband") -> None:
    questions.edit(story.question, title=title, body=BODY, tags_text=tags, by=story.people.marta, now=story.now)


@dataclass(frozen=True)
class Act:
    """What somebody does, and what the front page's list of active questions says then."""

    do: Callable[[Story], object]
    says: str
    first: Callable[[Story], object] = lambda _: None


ACTS = {
    "ask": Act(lambda s: ask(s.people.mo, s.now, title="Something quite new"), "Something quite new"),
    "edit the title": Act(lambda s: edit(s, "Another title of it"), "Another title of it"),
    "answer": Act(lambda s: answer(s.question, s.people.ana, s.now), "2 answers"),
    "accept": Act(lambda s: acceptance.accept(s.answer, by=s.people.marta, now=s.now), "Solved · good until"),
    "withdraw the acceptance": Act(
        lambda s: acceptance.withdraw(s.answer, by=s.people.marta, now=s.now),
        "Answered · good until",
        lambda s: acceptance.accept(s.answer, by=s.people.marta, now=s.now),
    ),
    "find it wrong": Act(
        lambda s: verification.verify(s.answer, "wrong", note="It moved.", by=s.people.ana, now=s.now),
        "Its answer expired on 21 November",
    ),
    "find it right": Act(
        lambda s: verification.verify(s.answer, "right", by=s.people.mo, now=s.now),
        "good until 19 February 2027",
        lambda s: verification.verify(s.answer, "wrong", note="It moved.", by=s.people.ana, now=s.now),
    ),
    "archive": Act(lambda s: archive.archive(s.answer, reason="over", by=s.people.mo, now=s.now), "Its answer was archived"),
    "restore from the archive": Act(
        lambda s: archive.restore(s.answer, by=s.people.mo, now=s.now),
        "Past its date since 21 November",
        lambda s: archive.archive(s.answer, reason="over", by=s.people.mo, now=s.now),
    ),
    "close": Act(lambda s: closing.close(s.question, reason="unclear", by=s.people.mo, now=s.now), "Closed"),
    "reopen": Act(
        lambda s: closing.reopen(s.question, by=s.people.mo, now=s.now),
        "Answered · good until",
        lambda s: closing.close(s.question, reason="unclear", by=s.people.mo, now=s.now),
    ),
    "remove the answer": Act(lambda s: removal.remove_answer(s.answer, reason="x", by=s.people.mo, now=s.now), "0 answers"),
    "restore the answer": Act(
        lambda s: removal.restore_answer(s.answer, by=s.people.mo, now=s.now),
        "1 answer ",
        lambda s: removal.remove_answer(s.answer, reason="x", by=s.people.mo, now=s.now),
    ),
    "remove the question": Act(
        lambda s: removal.remove_question(s.question, reason="x", by=s.people.mo, now=s.now), "No questions yet"
    ),
    "restore the question": Act(
        lambda s: removal.restore_question(s.question, by=s.people.mo, now=s.now),
        TITLE,
        lambda s: removal.remove_question(s.question, reason="x", by=s.people.mo, now=s.now),
    ),
    "have it too": Act(
        lambda s: [interest.me_too(s.question, by=by, now=s.now) for by in (s.people.ana, s.people.mo)],
        "2 people have this too",
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_the_next_look_sees_it(client: FlaskClient, people: People, clock: Clock, name: str) -> None:
    """In the same process, on a page that was stored the moment before."""
    act = ACTS[name]
    story = Story(people, *answered(people, clock.now - DAY), clock.now)
    act.first(story)
    before = plain(client.get("/?tab=active").text)
    assert plain(client.get("/?tab=active").text) == before
    assert act.says not in before
    act.do(story)
    assert act.says in plain(client.get("/?tab=active").text)


def test_other_tags(client: FlaskClient, people: People, clock: Clock) -> None:
    story = Story(people, *answered(people, clock.now - DAY), clock.now)
    assert "broadband" in rows(client.get("/?tab=active").text)[0].text
    edit(story, tags="")
    assert "broadband" not in rows(client.get("/?tab=active").text)[0].text


def test_a_vote_that_changes_which_answer_leads(client: FlaskClient, people: People, clock: Clock) -> None:
    question_id, _ = answered(people, clock.now - 10 * DAY)
    better = answer(question_id, people.ana, clock.now, ANSWER + " It is known.")
    assert rows(client.get("/?tab=active").text)[0].line.endswith("9 February 2027")
    votes.cast(1, answer_id=better, by=people.marta, now=clock.now)
    assert rows(client.get("/?tab=active").text)[0].line.endswith("19 February 2027")


def test_a_comment_brings_a_question_up(client: FlaskClient, people: People, clock: Clock) -> None:
    one_of_each(people, clock.now)
    last = titles(client.get("/?tab=active").text)[-1]
    number = int(rows(client.get("/?tab=active").text)[-1].url.split("/")[2])
    comments.add(body="Still so?", question_id=number, by=people.ana, now=clock.now)
    assert titles(client.get("/?tab=active").text)[0] == last


def test_a_new_name_is_seen(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    ask(people.marta, clock.now)
    assert "· Marta" in rows(client.get("/").text)[0].line
    profiles.edit_profile("Marta Brandt", "", people.marta, clock.now)
    assert "· Marta Brandt" in rows(client.get("/").text)[0].line


def test_the_sweep_changes_no_page_that_was_right(client: FlaskClient, people: People, clock: Clock) -> None:
    accepted(people, clock.now)
    clock.now += INTERVAL
    before = client.get("/?tab=active").text
    assert sweep.sweep(clock.now).due == 1
    assert client.get("/?tab=active").text == before


@pytest.mark.parametrize(
    "page", ["/?tab=active", "/tags/broadband", "/people/{jonas}/jonas?tab=answers", "/people/{marta}/marta"]
)
def test_an_expired_answer_is_never_shown_as_current(
    app: Flask, client: FlaskClient, people: People, clock: Clock, page: str
) -> None:
    """From the cache, with every worker dead, up to the very second; and the page was stored a moment before."""
    address = page.format(jonas=people.jonas.id, marta=people.marta.id)
    accepted(people, clock.now)
    start = clock.now
    for moment, ring in (
        (start, "fresh"),
        (start + INTERVAL - timedelta(seconds=1), "fresh"),
        (start + INTERVAL, "due"),
        (start + INTERVAL + GRACE - timedelta(seconds=1), "due"),
        (start + INTERVAL + GRACE, "expired"),
    ):
        clock.now = moment - timedelta(milliseconds=1) if moment != start else start
        client.get(address)
        clock.now = moment
        (row,) = rows(client.get(address).text)
        assert row.ring == ring
        with count_statements() as sent:
            client.get(address)
        assert len(sent) <= 1  # stored, and served from there


# --- what makes it cheap ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("page", PAGES)
def test_the_same_bytes_for_everybody(app: Flask, client: FlaskClient, people: People, clock: Clock, page: str) -> None:
    """No cookie is set or looked at, nothing names the visitor, and the second one is served without a query but the stamp."""
    one_of_each(people, clock.now)
    first = client.get(page, headers={"User-Agent": "one", "Accept-Language": "de"})
    with count_statements() as sent:
        second = app.test_client().get(page, headers={"User-Agent": "two"}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert first.data == second.data
    assert "Set-Cookie" not in {**first.headers, **second.headers}
    assert first.headers["ETag"] == second.headers["ETag"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    assert len(sent) <= 1
    unchanged = client.get(page, headers={"If-None-Match": first.headers["ETag"]})
    assert (unchanged.status_code, unchanged.data) == (304, b"")


@pytest.mark.parametrize("page", [*PAGES, "/people", "/people/{jonas}/jonas"])
def test_nothing_of_a_viewer_is_stored(app: Flask, client: FlaskClient, people: People, clock: Clock, page: str) -> None:
    address = page.format(jonas=people.jonas.id)
    accepted(people, clock.now)
    bare = client.get(address).text
    mo = app.test_client()
    mo.environ_base["HTTP_SEC_FETCH_SITE"] = "same-origin"
    assert mo.post("/sign-in", data={"email": people.mo.email, "password": "three geese on a slow train"}).status_code == 303
    seen = mo.get(address)
    assert "Sign out" in seen.text
    assert seen.headers["Cache-Control"] == "private, no-cache"
    assert client.get(address).text == bare
    assert "Sign out" not in bare
    strange = app.test_client()
    strange.set_cookie(SESSION_COOKIE, "nonsense")
    assert "Sign out" not in strange.get(address).text


def test_views_may_lag_for_ten_minutes_and_no_longer(client: FlaskClient, people: People, clock: Clock) -> None:
    question_id = ask(people.marta, clock.now)
    assert "0 views" in rows(client.get("/").text)[0].text
    questions.count_views({question_id: 7})
    assert "0 views" in rows(client.get("/").text)[0].text
    clock.now += timedelta(seconds=LONGEST_SECONDS)
    assert "7 views" in rows(client.get("/").text)[0].text


# --- from another process -----------------------------------------------------------------------------------------------


def test_a_write_of_another_process_is_seen_by_the_next_request(
    app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock, settings: Settings
) -> None:
    """The front page, a tag's and the index of tags, a person's and the help page."""
    tag_id = session.execute(select(Tag.id).where(Tag.name == "broadband")).scalar_one()
    session.rollback()
    cache: PageCache = app.extensions["bestbefore_page_cache"]
    jonas = f"/people/{people.jonas.id}/jonas"
    told = {
        "ask": {"/": "From another process", "/tags": "1 question", "/tags/broadband": "From another process"},
        "policy": {"/help": "broadband 33 days", "/tags": "current for 33 days", "/tags/broadband": "current for 33 days"},
        "describe": {"/tags": "Described elsewhere.", "/tags/broadband": "Described elsewhere."},
        "profile": {jonas: "Said elsewhere"},
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.pages.writer", clock.now.isoformat(), str(tag_id)],
        cwd=ROOT,
        env={**as_environment(settings), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for act, pages in told.items():
            for page, words in pages.items():
                assert words not in plain(client.get(page).text)
                assert f"{page}?" in cache._pages
            writer.stdin.write(f"{act}\n")
            assert writer.stdout.readline() == "done\n"
            for page, words in pages.items():
                assert words in plain(client.get(page).text)
        writer.stdin.close()
    assert writer.returncode == 0


def test_a_page_that_a_write_does_not_concern_goes_on(client: FlaskClient, people: People, clock: Clock) -> None:
    client.get("/help")
    ask(people.marta, clock.now)
    with count_statements() as sent:
        client.get("/help")
    assert not any("tags" in statement for statement in sent)
