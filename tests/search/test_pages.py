"""The page of a search and the suggestions while a title is typed, as a browser gets them."""

import re
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.db import db, transaction
from app.security import LIMITS
from community import acceptance
from community.freshness import verification
from community.models import Answer, Question, Signal
from community.moderation import closing
from search import indexer
from search.engine import Cursor
from search.queries import search_page, similar_questions
from tests.clock import Clock
from tests.people import People, sign_in
from tests.search.harm import lose
from tests.search.site import Site
from tests.statements import count_statements


def titles(html: str) -> list[str]:
    """The titles of the results, without their marks."""
    return [re.sub(r"</?mark>", "", found) for found in re.findall(r"<h2><a [^>]*>(.*?)</a>", html)]


def get(client: FlaskClient, **query: str) -> str:
    answer = client.get("/search", query_string=query)
    assert answer.status_code == 200
    return answer.text


def test_the_field_alone_explains_how_to_search(client: FlaskClient, site: Site) -> None:
    html = get(client)
    assert "is:expired" in html
    assert titles(html) == []
    assert get(client, q=" \x00 ").count('class="row"') == 0


def test_results_show_title_words_and_the_stamp(client: FlaskClient, site: Site, people: People, now: datetime) -> None:
    number = site.ask("Router loses the <b>line</b> at night", product="HomeBox")
    answer = site.answer(number, "Replace the splitter between router & socket.")
    acceptance.accept(answer, by=people.marta, now=now)
    verification.verify(answer, verdict="right", release="7.2", evidence="tried it", by=people.ana, now=now)
    site.drain()
    html = get(client, q="router splitter")
    assert "<mark>Router</mark> loses the &lt;b&gt;line&lt;/b&gt; at night" in html
    assert "Replace the <mark>splitter</mark> between <mark>router</mark> &amp; socket." in html
    assert "good until 19 February 2027 · checked by Ana on 7.2" in html
    assert f'href="/questions/{number}/router-loses-the-b-line-b-at-night#answer-{answer}"' in html
    assert 'value="router splitter"' in html
    assert "accepted" in html


def test_what_was_typed_is_never_html(client: FlaskClient, site: Site) -> None:
    evil = '"><script>alert(1)</script>'
    for text in (evil, f"is:{evil}", f"foo:{evil}", f"router* {evil}"):
        html = get(client, q=text)
        assert "<script>alert" not in html
    assert client.get("/search/similar", query_string={"title": evil}).status_code == 200


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("is:wrong line", "“is:wrong” is not known"),
        ("colour:blue line", "“colour:” is not something to search by"),
        ('"line at', "A quotation mark is not closed"),
        ("rout* line", "the signs * and ? stand for themselves"),
        ("tag: line", "“tag:” needs something"),
        ("line " * 40, "very many words"),
        ("line" * 1000, "very long"),
        ("line zanzibar", "No question has all of these words"),
        ("the of", "These words are in nearly every text"),
        ("zanzibar", "Nothing found"),
    ],
)
def test_hints_and_empty_states(client: FlaskClient, site: Site, text: str, words: str) -> None:
    site.ask("Router loses the line at night")
    site.drain()
    assert words in get(client, q=text)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "text", ["\x00\x01\x1b", "\udc80", "a" * 10_000, "(" * 3000, ".*" * 500, "%" * 99, '"' * 999, "-" * 999, "٣" * 50]
)
def test_anything_typed_gives_a_page(client: FlaskClient, site: Site, text: str) -> None:
    encoded = text.encode("utf-8", "surrogatepass")
    assert client.get("/search", query_string={"q": encoded}).status_code == 200
    assert client.get("/search/similar", query_string={"title": encoded}).status_code == 200


def test_more_results_follow_page_by_page(client: FlaskClient, site: Site) -> None:
    numbers = {site.ask(f"Printer number {number} jams") for number in range(23)}
    site.drain()
    first = get(client, q="printer")
    link = re.search(r'href="(/search\?[^"]*after=[^"]*)"', first)
    assert link
    second = client.get(link.group(1).replace("&amp;", "&")).text
    shown = titles(first) + titles(second)
    assert len(titles(first)) == 15
    assert len(set(shown)) == len(shown) == len(numbers)
    assert "after=" not in re.sub(r"<form.*?</form>", "", second)
    assert parse_qs(urlsplit(link.group(1)).query)["q"] == ["printer"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    "after", ["x", "1_", "_1", "nan_1", "inf_3", "1e999_2", "1_-4", "1_99999999999", "1.0_2_33", "1.0_2_3_4"]
)
def test_a_cursor_that_is_none_gives_the_first_page(client: FlaskClient, site: Site, after: str) -> None:
    site.ask("Router loses the line at night")
    site.drain()
    assert titles(get(client, q="router", after=after)) == ["Router loses the line at night"]


def test_the_page_after_the_last_says_so(client: FlaskClient, site: Site) -> None:
    site.ask("Router loses the line at night")
    site.drain()
    assert "no more results" in get(client, q="router", after="0.0001_1")


def test_an_index_that_lags_shows_nothing_removed_expired_or_moved(site: Site, session: Session, now: datetime) -> None:
    """The database is changed behind the index's back, as in the moment before the worker has heard of it."""
    removed = site.ask("Router one loses the line")
    hidden = site.ask("Router two loses the line")
    expired = site.ask("Router three loses the line")
    renamed = site.ask("Router four loses the line")
    for number in (removed, hidden, expired, renamed):
        site.answer(number, f"Splitter of number {number}: replace it.")
    site.drain()
    assert len(search_page("router splitter", None, now).results) == 4
    with transaction() as writing:
        writing.get_one(Question, removed).removed_at = now
        for answer in writing.query(Answer).filter(Answer.question_id == hidden):
            answer.removed_at = now
        for answer in writing.query(Answer).filter(Answer.question_id == expired):
            answer.expires_at = now
        writing.get_one(Question, renamed).title = "Another name"
    shown = {result.id: result for result in search_page("router splitter", None, now).results}
    assert shown.keys() == {hidden, expired, renamed}
    for number in (hidden, expired):
        assert (shown[number].freshness.state, shown[number].excerpt) == ("none", ())
        assert "answer-" not in shown[number].url
    assert [tuple(piece) for piece in shown[renamed].title] == [("Another name", False)]
    current = {result.id for result in search_page("router splitter is:current", None, now).results}
    assert current == {renamed}
    links = {link.title for link in similar_questions("Router loses the line", now).links}
    assert "Router one loses the line" not in links


def test_an_answer_passes_its_dates_while_nothing_is_written(client: FlaskClient, site: Site, clock: Clock) -> None:
    number = site.ask("Router loses the line at night")
    site.answer(number, "Replace the splitter between the two.")
    site.drain()
    assert "good until" in get(client, q="splitter")
    clock.forward(days=91)
    assert "past its date since" in get(client, q="splitter")
    clock.forward(days=366)
    assert "Nothing found" in get(client, q="splitter")
    assert "needs a current answer" in get(client, q="router")
    assert "expired on" in get(client, q="splitter is:expired")


@pytest.mark.parametrize("count", [3, 15])
def test_a_search_takes_two_statements(site: Site, app: Flask, now: datetime, count: int) -> None:
    for number in range(count):
        question = site.ask(f"Router number {number} loses the line")
        site.answer(question, "Replace the splitter between the two.")
    site.drain()
    with count_statements() as statements:
        page = search_page("router splitter", None, now)
    assert len(page.results) == count
    told = "\n".join(statements)
    own = [one for one in statements if "search_" not in one and "set_config" not in one]
    assert len(own) == 2, told
    assert len(statements) - len(own) <= 8, told  # of an engine in the database
    with count_statements() as statements:
        assert search_page("zanzibar", Cursor(1.0, 1), now).results == ()
    assert len(statements) <= 5  # as above: which index, and how often the word occurs in it


def test_a_signed_out_search_sets_no_cookie(client: FlaskClient, site: Site) -> None:
    answer = client.get("/search?q=router")
    assert "Set-Cookie" not in answer.headers


def test_while_the_index_is_away_the_page_says_so(client: FlaskClient, site: Site, app: Flask) -> None:
    lose(app)
    assert "being made anew" in get(client, q="router")
    assert client.get("/search/similar?title=router+loses+line").status_code == 200
    indexer.ensure_index(site.now)
    assert "being made anew" not in get(client, q="router")


def test_similar_questions_come_as_a_piece_of_html_or_as_json(client: FlaskClient, site: Site, clock: Clock) -> None:
    due = site.ask("Router loses the line at night")
    site.answer(due, "Replace the splitter between the two.")
    clock.forward(days=91)
    site.now = clock.now
    current = site.ask("Router loses line since the update")
    site.answer(current, "Go back to the firmware before.")
    open_one = site.ask("Router loses the line and restarts")
    site.drain()
    title = {"title": "My router loses its line every night"}
    html = client.get("/search/similar", query_string=title).text
    assert "<html" not in html
    assert re.findall(r"/questions/(\d+)/", html) == [str(current), str(due), str(open_one)]
    found = client.get("/search/similar", query_string=title, headers={"Accept": "application/json"}).get_json()
    assert [one["state"] for one in found] == ["fresh", "due", "none"]
    for nothing in ("", "how do I", "zanzibar quokka"):
        assert client.get("/search/similar", query_string={"title": nothing}).text.strip() == ""


CHECK = "Ask to have this checked"


def test_what_is_past_its_date_is_to_be_checked_and_not_asked_anew(client: FlaskClient, site: Site, clock: Clock) -> None:
    number = site.ask("Router loses the line at night")
    site.answer(number, "Something else entirely.")
    best = site.answer(number, "Replace the splitter between the two.")
    acceptance.accept(best, by=site.people.marta, now=site.now)
    site.drain()
    similar = "/search/similar?title=router+loses+the+line+at+night"
    assert CHECK not in client.get(similar).text, "it is current"
    action = f"/answers/{best}/check-request"
    for days, state in ((91, "due"), (366, "none")):
        clock.forward(days=days)
        html = client.get(similar).text
        assert f'class="r {state}"' in html
        assert f'form="to-check" formaction="{action}">{CHECK}<' in html
    sign_in(client, site.people.ana)
    assert '<form id="to-check" method="post"></form>' in client.get("/questions/new").text
    assert client.post(action).status_code == 303
    assert [signal.kind for signal in db.session.query(Signal).filter_by(answer_id=best)] == ["check"]
    closing.close(number, reason="off-topic", by=site.people.mo, now=clock.now)
    site.drain()
    assert CHECK not in client.get(similar).text, "what is closed nobody checks"


def test_without_an_answer_there_is_nothing_to_check(client: FlaskClient, site: Site, clock: Clock) -> None:
    site.ask("Router loses the line at night")
    site.drain()
    html = client.get("/search/similar?title=router+loses+the+line+at+night").text
    assert "Router loses the line at night" in html
    assert CHECK not in html


def test_searching_too_often_is_refused_for_a_while(client: FlaskClient, site: Site, people: People) -> None:
    allowed = int(LIMITS["search"].partition("/")[0])
    for number in range(allowed):
        assert client.get(f"/search?q=router{number}").status_code == 200
    refused = client.get("/search?q=router")
    assert (refused.status_code, "Retry-After" in refused.headers) == (429, True)
    assert client.get("/search?q=router1").status_code == 200, "a stored page costs nothing"
    assert client.get("/search").status_code == 200, "the page without a search costs nothing"
    sign_in(client, people.jonas)
    assert client.get("/search?q=router").status_code == 200, "who signs in is counted apart"


def test_a_stored_page_ends_when_the_index_changes_and_when_the_clock_moves(
    client: FlaskClient, site: Site, clock: Clock
) -> None:
    question = site.ask("Router loses the line at night")
    site.answer(question, "Set the channel by hand, it keeps the line.")
    site.drain()
    assert titles(get(client, q="router")) == ["Router loses the line at night"]
    site.ask("Router of another colour")
    site.drain()
    assert len(titles(get(client, q="router"))) == 2
    assert "good until" in client.get("/search?q=line").text
    clock.forward(days=91)
    assert "past its date since" in client.get("/search?q=line").text
    clock.forward(days=400)
    assert "past its date since" not in client.get("/search?q=line").text


def test_search_works_signed_in(client: FlaskClient, site: Site, people: People) -> None:
    site.ask("Router loses the line at night")
    site.drain()
    sign_in(client, people.ana)
    assert titles(get(client, q="router user:marta")) == ["Router loses the line at night"]
    assert site.find("router", later=timedelta(days=1).days) != []
