"""What stands beside the results: links that narrow them, take that back, and order them; without a script."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.db import transaction
from community import votes
from community.models import Answer, Tag
from search import indexer
from search.queries import search_page
from search.syntax import MAX_PARTS
from tests.search.site import Site
from tests.statements import count_statements

pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

CHOICE = re.compile(r'<a rel="nofollow" href="([^"]*)"[^>]*><bdi>(.*?)</bdi>(.*?)</a>(?:<span class="num">(\d+)</span>)?')


@pytest.fixture(autouse=True)
def forum(site: Site, session: Session) -> None:
    """Twenty questions about routers, a day apart; every other one about Wi-Fi, three of them with answers past their dates."""
    session.add(Tag(name="wifi", created_at=site.now))
    session.commit()
    end = site.now
    for number in range(20):
        site.now = end - timedelta(days=20 - number)
        question = site.ask(f"Router trouble {number}", tags="broadband wifi" if number % 2 else "broadband")
        if number < 4:
            answer = site.answer(question, "Replace the splitter of the router.")
            with transaction() as writing:
                row = writing.get_one(Answer, answer)
                if number:
                    row.best_before_at = end - timedelta(days=10)
                if number == 3:
                    row.expires_at = end - timedelta(days=1)
    site.now = end
    indexer.rebuild()
    site.drain()


def get(client: FlaskClient, address: str) -> str:
    answer = client.get(unescape(address))
    assert answer.status_code == 200
    return answer.text


def choices(page: str) -> dict[str, tuple[str, int | None]]:
    """By what a link says, where it leads and how many it promises."""
    found = (link.groups() for link in CHOICE.finditer(page))
    return {
        f"{words}{' ×' if '×' in mark else ''}": (address, int(count) if count else None) for address, words, mark, count in found
    }


def typed(address: str) -> str:
    return parse_qs(urlsplit(unescape(address)).query).get("q", [""])[0]


def test_each_link_leads_to_as_many_as_it_promises_and_another_one_back(client: FlaskClient) -> None:
    first = get(client, "/search?q=router")
    assert "20 questions" in first
    offered = choices(first)
    assert {words: count for words, (_, count) in offered.items()} == {
        "current": 1, "past its date": 2, "expired": 1, "wifi": 10, "Newest": None, "Active": None, "Most votes": None,
    }  # fmt: skip
    for words in ("current", "past its date", "wifi"):
        address, count = offered[words]
        narrowed = get(client, address)
        assert len(re.findall('<li class="row">', narrowed)) == count
        back, again = choices(narrowed)[f"{words} ×"]
        assert (typed(back), again) == ("router", count)
    due, _ = choices(get(client, offered["current"][0]))["past its date"]
    assert typed(due) == "router is:due", "one state instead of another"
    assert typed(choices(get(client, offered["wifi"][0]))["expired"][0]) == "router tag:wifi is:expired"


def test_the_choices_stay_on_every_page_and_when_nothing_is_found(client: FlaskClient) -> None:
    first = get(client, "/search?q=router")
    more = re.search(r'rel="next" href="([^"]*)"', first)
    assert more
    assert choices(get(client, more[1])) == choices(first)
    nothing = get(client, "/search?q=zanzibar+tag:wifi+is:due")
    assert "Nothing found" in nothing
    assert typed(choices(nothing)["wifi ×"][0]) == "zanzibar is:due"
    assert typed(choices(nothing)["past its date ×"][0]) == "zanzibar tag:wifi"
    assert choices(get(client, "/search?q=" + "+".join(["router"] * MAX_PARTS)))["wifi"][0].startswith(
        "/search?q=tag%3Awifi+router"
    )


def test_what_was_chosen_can_be_taken_back_with_the_other_engine_too(client: FlaskClient, app: Flask) -> None:
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], search_engine="database")
    app.extensions.pop("bestbefore_search")
    indexer.rebuild()
    assert typed(choices(get(client, "/search?q=zanzibar+tag:wifi"))["wifi ×"][0]) == "zanzibar"
    assert {words: count for words, (_, count) in choices(get(client, "/search?q=router")).items() if count} == {
        "current": 1, "past its date": 2, "expired": 1, "wifi": 10,
    }  # fmt: skip


def test_orders_and_dates(client: FlaskClient, site: Site, app: Flask) -> None:
    def titles(text: str) -> list[int]:
        found = re.findall(r"<h2><a [^>]*>(.*?)</a>", client.get("/search", query_string={"q": text}).text)
        return [int(title.rpartition(" ")[2]) for title in found]

    liked = search_page('"trouble 7"', None, site.now).results[0].id
    votes.cast(1, question_id=liked, by=site.people.jonas, now=site.now)
    site.drain()
    assert titles("router sort:newest") == list(range(19, 4, -1))
    assert titles("router sort:votes")[0] == 7
    assert "<b>1</b> vote<" in get(client, "/search?q=router+sort:votes")
    assert '<b aria-current="true">Most votes</b>' in get(client, "/search?q=router+sort:votes")
    assert '<b aria-current="true">Active</b>' in get(client, "/search?q=tag:wifi")
    day = (site.now - timedelta(days=5)).date()
    assert titles(f"router after:{day} sort:newest") == [19, 18, 17, 16, 15]
    assert titles(f"router before:{day} sort:newest")[:2] == [14, 13]
    for zone in ("Pacific/Kiritimati", "Etc/GMT+12"):
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], time_zone=zone)
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        found = {result.asked_at for result in search_page(f"router after:{day}", None, site.now).results}
        asked = {site.now - timedelta(days=days) for days in range(1, 15)}
        assert found == {moment for moment in asked if moment >= midnight}, zone
    assert "is no date" in get(client, "/search?q=router+after:yesterday")
    assert "sort:relevance, sort:newest" in get(client, "/search?q=router+sort:best")


def test_the_statements_of_a_page_are_as_many_whatever_it_shows(site: Site) -> None:
    def statements(typed: str) -> list[str]:
        with count_statements() as counted:
            assert search_page(typed, None, site.now).results
        return counted

    for text in ("router", "router tag:wifi is:due", "router sort:newest", "tag:broadband", "after:30d sort:votes"):
        statements(text)
        for said in (statements(text), statements(f'{text} "trouble 1"')):
            meant = [one for one in said if "search_words" in one or "page_versions" in one]
            assert (len(said) - len(meant), len(meant) <= 2) == (2, True), "\n".join(said)
