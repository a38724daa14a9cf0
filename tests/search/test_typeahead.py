"""What is suggested while one types: beginnings of words, current answers first, nothing removed."""

from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.security import LIMITS, limit
from community import acceptance, questions
from community.moderation import closing, removal
from search.analysis import ENGLISH, language
from search.suggest import keeper
from search.suggest.models import TitleWord
from search.suggest.queries import TITLES, suggestions
from search.suggest.words import of_title, typed
from tests.people import People, sign_in
from tests.search.site import NOISE, Site
from tests.statements import count_statements

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def titles(text: str, now: datetime) -> list[str]:
    return [one.title for one in suggestions(text, ENGLISH, now).titles]


# --- words --------------------------------------------------------------------------------------------------------------


def test_a_title_is_found_by_its_words_as_they_are_typed() -> None:
    assert of_title("The Wi-Fi drops every evening", ENGLISH) == {"wi-fi", "wifi", "wi", "fi", "drops", "every", "evening"}
    assert of_title("Café: 0x80070057 — can't roam", ENGLISH) == {"cafe", "0x80070057", "cant", "roam"}
    assert of_title("What is it?", ENGLISH) == {"what", "is", "it"}, "stop words, where there is nothing else"
    assert of_title("…", ENGLISH) == {" "}, "so that it does not count as not yet read"


def test_scripts_without_spaces_are_found_from_any_letter_on() -> None:
    words = of_title("携帯電話の解約", language("ja"))
    assert {"携帯電話の解約", "電話の解約", "解約"} <= words
    assert typed("解約", language("ja")) == (("解約", True),)


def test_what_is_typed_is_read_as_far_as_it_goes() -> None:
    assert typed("how do I reset my rou", ENGLISH) == (("reset", True), ("rou", True))
    assert typed("tv bo", ENGLISH) == (("tv", False), ("bo", True)), "a short whole word is that word"
    assert typed("ho", ENGLISH) == (("ho", True),)
    assert typed("how", ENGLISH) == (("how", True),)
    assert typed("how ", ENGLISH) == ()
    assert typed("", ENGLISH) == typed(" \x00 ", ENGLISH) == typed("%%%", ENGLISH) == ()
    assert typed('tag:wifi -loud user:"Ana Costa" rou', ENGLISH) == (("rou", True),), "what narrows is no word"
    assert typed("error:0x80", ENGLISH) == (("error", True), ("0x80", True))
    assert len(typed("one two three four five six seven " * 100, ENGLISH)) <= 5
    assert all(len(word) <= 40 for word, _ in typed("x" * 10_000, ENGLISH))


# --- what is suggested --------------------------------------------------------------------------------------------------


def test_beginnings_of_words_find_titles_and_tags(site: Site) -> None:
    site.ask("My router drops the Wi-Fi every evening")
    site.ask("Router loud at night")
    site.drain()
    for text in ("rou", "router dro", "DROPS rout", "wifi", "wi-fi ev", "the rout drop"):
        assert titles(text, site.now)[0] == "My router drops the Wi-Fi every evening" or text == "rou", text
    assert set(titles("rou", site.now)) == {"My router drops the Wi-Fi every evening", "Router loud at night"}
    assert titles("router loud", site.now) == ["Router loud at night"]
    assert titles("Router lo", site.now) == ["Router loud at night"]
    assert titles("r", site.now) == titles("outer", site.now) == titles("router zzz", site.now) == []
    assert suggestions("router broad", ENGLISH, site.now).tags == (("broadband", "/tags/broadband"),)
    assert len(titles("diff", site.now)) == min(TITLES, NOISE)


def test_current_answers_first_and_renamed_titles_at_once(site: Site, people: People, now: datetime) -> None:
    numbers = [site.ask(f"Router {word}") for word in ("blinks", "beeps", "burns")]
    answer = site.answer(numbers[0], "Press the button for ten seconds.")
    acceptance.accept(answer, by=people.marta, now=now)
    site.drain()
    first = suggestions("router b", ENGLISH, now).titles[0]
    assert (first.title, first.freshness.state) == ("Router blinks", "fresh")
    assert first.changes_at is not None
    late = suggestions("router b", ENGLISH, now + timedelta(days=91)).titles
    assert {one.title: one.freshness.state for one in late}["Router blinks"] == "due"
    questions.edit(
        numbers[1], title="Router buzzes", body="Since Monday it does.", tags_text="broadband", by=people.marta, now=now
    )
    assert "Router beeps" not in titles("router b", now), "before the worker hears of it"
    site.drain()
    assert titles("router buz", now) == ["Router buzzes"]
    assert titles("router bee", now) == []


def test_whatever_is_typed_is_answered(site: Site, session: Session) -> None:
    site.ask("Router 100% loud_at night")
    site.drain()
    hostile = ("a\x00b", "\x00\x00", "%%", "rou%", "_ou", "\\", "'", "router' OR 1=1 --", "\ud800x", "\u202erouter", "ﬀ" * 200)
    for text in hostile:
        assert len(titles(text, site.now)) <= 1, text
        session.rollback()
    assert titles("100% lou", site.now) == ["Router 100% loud_at night"]
    assert suggestions("br%d", ENGLISH, site.now).tags == ()


@SQLITE
def test_removed_and_duplicate_questions_are_not_suggested(site: Site, session: Session, people: People, now: datetime) -> None:
    one, other = site.ask("Router drops the line"), site.ask("Router loses the line")
    site.drain()
    removal.remove_question(one, reason="spam", by=people.mo, now=now)
    assert titles("router", now) == ["Router loses the line"], "at once"
    site.drain()
    assert session.scalars(select(TitleWord.word).where(TitleWord.question_id == one)).all() == []
    session.rollback()
    removal.restore_question(one, by=people.mo, now=now)
    site.drain()
    closing.close(other, reason="duplicate", duplicate_of=one, by=people.mo, now=now)
    assert titles("router", now) == ["Router drops the line"]


@SQLITE
def test_what_was_asked_before_there_was_a_list_is_caught_up(site: Site, session: Session) -> None:
    site.ask("Router drops the line")
    site.drain()
    session.execute(delete(TitleWord))
    session.commit()
    keeper.catch_up(site.now)
    keeper.catch_up(site.now)
    assert titles("router", site.now) == ["Router drops the line"]


# --- over HTTP ----------------------------------------------------------------------------------------------------------


@SQLITE
def test_the_list_is_cached_until_something_changes(site: Site, client: FlaskClient, people: People, now: datetime) -> None:
    number = site.ask("Router <b>drops</b> the line")
    site.drain()
    address = "/search/suggest?q=rout"
    first = client.get(address)
    assert 'role="option"' in first.text
    assert "Router &lt;b&gt;drops&lt;/b&gt; the line" in first.text
    assert "no-cache" in first.headers["Cache-Control"]
    again = {"If-None-Match": first.headers["ETag"]}
    assert client.get(address, headers=again).status_code == 304
    with count_statements() as statements:
        assert client.get(address).text == first.text
    assert len(statements) == 0
    removal.remove_question(number, reason="spam", by=people.mo, now=now)
    assert "Router" not in client.get(address, headers=again).text
    assert client.get("/search/suggest").text.strip() == ""


@SQLITE
def test_who_is_signed_in_has_an_etag_too_and_everybody_a_limit(site: Site, client: FlaskClient, people: People) -> None:
    site.ask("Router drops the line")
    site.drain()
    sign_in(client, people.marta)
    with count_statements() as statements:
        first = client.get("/search/suggest?q=the router dro")
    assert len(statements) <= 6
    assert "private" in first.headers["Cache-Control"]
    assert client.get("/search/suggest?q=the router dro", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
    most = int(LIMITS["suggest"].partition("/")[0])
    for _ in range(most - 2):
        limit("suggest", f"person:{people.marta.id}")
    assert client.get("/search/suggest?q=router").status_code == 429
