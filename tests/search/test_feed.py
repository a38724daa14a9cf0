"""The feed of a search: valid Atom, the newest first, the same for everybody, and nothing that was taken away."""

from datetime import datetime
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from limits import parse

from community.moderation import removal
from tests.clock import Clock
from tests.people import People, sign_in
from tests.search.harm import lose
from tests.search.site import Site

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
ATOM = "{http://www.w3.org/2005/Atom}"


def fetch(client: FlaskClient, text: str, **headers: str) -> ElementTree.Element:
    answer = client.get("/search.atom", query_string={"q": text}, headers=headers)
    assert (answer.status_code, answer.content_type) == (200, "application/atom+xml; charset=utf-8")
    assert "Set-Cookie" not in answer.headers
    return ElementTree.fromstring(answer.data)


def texts(feed: ElementTree.Element, path: str) -> list[str]:
    return [found.text or "" for found in feed.findall(path.replace("/", "/" + ATOM).replace("^", ATOM))]


def test_it_is_valid_and_the_newest_come_first(client: FlaskClient, site: Site, people: People, clock: Clock) -> None:
    old = site.ask("Router <b>one</b> & its \x0bline", tags="broadband noise")
    site.now = clock.forward(hours=1)
    new = site.ask("Router number two")
    site.now = clock.forward(hours=1)
    answer = site.answer(old, "Replace the <i>splitter</i> of the router.")
    site.ask("A line without the other word")
    site.drain()
    sign_in(client, people.ana)  # nobody's own view
    feed = fetch(client, 'router sort:votes "]]>&<\x00\x1f -zzz', Cookie="")
    assert texts(feed, "^title") == ['router sort:votes "]]>&< -zzz · Bestbefore']
    feed = fetch(client, "router sort:votes")
    assert texts(feed, "^entry/title") == ["Router number two", "Router <b>one</b> & its line"]
    assert texts(feed, "^entry/id") == [f"http://localhost/questions/{number}" for number in (new, old)]
    assert texts(feed, "^id") == ["http://localhost/search.atom?q=router+sort%3Avotes"]
    links = [link.get("href") for link in feed.findall(f"{ATOM}entry/{ATOM}link")]
    assert links[1] == f"http://localhost/questions/{old}/router-b-one-b-its-line#answer-{answer}"
    assert "Replace the splitter of the router." in texts(feed, "^entry/summary")
    moments = [
        datetime.fromisoformat(text) for name in ("^entry/published", "^entry/updated", "^updated") for text in texts(feed, name)
    ]
    assert [(moment - clock.now).total_seconds() / 3600 for moment in moments] == [-1, -2, -1, 0, 0]
    assert {category.get("term") for category in feed.findall(f"{ATOM}entry/{ATOM}category")} == {"broadband", "noise"}


def test_it_is_sent_again_only_when_it_changed(client: FlaskClient, site: Site, people: People) -> None:
    number = site.ask("Router loses the line")
    site.drain()
    first = client.get("/search.atom?q=router")
    again = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/search.atom?q=router", headers=again).status_code == 304
    site.ask("Another router")
    site.drain()
    assert client.get("/search.atom?q=router", headers=again).status_code == 200
    sign_in(member := client.application.test_client(), people.jonas)
    own = member.get("/search.atom?q=router")
    assert own.data == client.get("/search.atom?q=router").data
    assert member.get("/search.atom?q=router", headers={"If-None-Match": own.headers["ETag"]}).status_code == 304
    removal.remove_question(number, reason="Spam.", by=people.mo, now=site.now)
    assert texts(fetch(client, "router"), "^entry/title") == ["Another router"], "before the worker has heard of it"


def test_what_has_only_some_of_the_words_is_left_out(client: FlaskClient, site: Site) -> None:
    site.ask("Router loses the line")
    site.drain()
    feed = fetch(client, "router zanzibar")
    assert texts(feed, "^entry") == []
    assert texts(feed, "^updated") == ["1970-01-01T00:00:00Z"]
    assert texts(fetch(client, ""), "^entry") == []


def test_its_page_leads_to_it(client: FlaskClient, site: Site) -> None:
    site.ask("Router loses the line")
    site.drain()
    html = client.get("/search?q=router+%22a%22%26b").text
    address = "/search.atom?q=router+%22a%22%26b"
    assert f'<link rel="alternate" type="application/atom+xml" title="This search" href="{address}">' in html
    assert f'<a href="{address}"' in html
    assert "search.atom" not in client.get("/search").text


def test_while_the_index_is_away_nobody_is_sent_an_empty_feed(client: FlaskClient, site: Site, app: Flask) -> None:
    lose(app)
    answer = client.get("/search.atom?q=router")
    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


def test_asking_too_often_is_refused(client: FlaskClient, site: Site, app: Flask) -> None:
    app.extensions["bestbefore_limits"]["search"] = parse("3/minute")
    codes = [client.get(f"/search.atom?q=zanzibar{number}").status_code for number in range(4)]
    assert codes == [200, 200, 200, 429]
    assert client.get("/search?q=router").status_code == 429, "searches and feeds are counted together"
