"""The help page says what the product does, because it prints what the product goes by; and what browsers ask of a site."""

import re
from dataclasses import fields
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app import rendering
from app.security import LIMITS
from community import interest, lifecycle, policy, tags, texts, votes
from community.freshness import audit, weights
from community.freshness.belief import PARAMETERS
from community.lifecycle import State
from community.models import Tag
from community.moderation import closing, suspension, tag_policy
from community.moderation.tag_policy import Change
from community.notifications.inbox import KINDS
from community.queries import help as help_queries
from community.queries import help_freshness
from community.queries.help import KEYS, help_page
from reputation import points
from reputation.privileges.table import Thresholds
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.reading import plain
from tests.people import People
from tests.source import ROOT
from tests.statements import count_statements
from tests.stories import answered, browser, make_tag

ANCHORS = {"freshness", "belief", "reputation", "privileges", "votes", "review", "moderation", "searching", "writing"}
ANCHORS |= {"limits", "inbox"}


@pytest.fixture
def page(client: FlaskClient) -> str:
    return client.get("/help").text


@pytest.fixture
def words(page: str) -> str:
    return plain(page)


def test_the_anchors_that_others_link_to(page: str) -> None:
    assert set(re.findall(r'<h[23] id="([\w-]+)"', page)) == ANCHORS
    linked = {
        anchor for path in (ROOT / "templates").rglob("*.html") for anchor in re.findall(r'"/help#([\w-]+)"', path.read_text())
    }
    assert {"belief"} <= linked <= ANCHORS
    assert set(re.findall(r'href="#([\w-]+)"', page)) - {"main"} == ANCHORS


def test_every_price(words: str) -> None:
    for price in points.PRICES.values():
        shown = f"{price.words[:1].upper()}{price.words[1:]}{' *' if price.capped else ''} {price.points:+d}".replace("-", "−")
        assert shown in words
    assert f"* together at most {points.DAILY_CAP} a day" in words
    assert f"Everybody begins with {points.STARTING_REPUTATION}." in words
    assert f"paid {points.DAILY_CONFIRMATIONS_PAID} times a day at most" in words
    assert f"once in {points.KEPT_CURRENT_PAUSE.days} days" in words


def test_every_privilege(words: str) -> None:
    for action in policy.RULES.values():
        assert f"{action.words} {action.at(Thresholds()).who}" in words


def test_the_states_and_the_days(words: str, page: str) -> None:
    for state in State:
        assert f'class="r {state}"' in page
    assert f"No tag waits longer than {lifecycle.LONGEST_INTERVAL_DAYS} days for a check" in words
    assert f"an answer waits no longer than {lifecycle.DEFAULT_LONGEST_DAYS} days" in words
    assert f"a plain interval instead, {lifecycle.DEFAULT_INTERVAL_DAYS} days unless" in words
    assert f"stays readable for {lifecycle.DEFAULT_GRACE_DAYS} days" in words


def test_how_doubt_is_reckoned(words: str) -> None:
    """The specification's numbers, the weights, the audits, and every parameter with its meaning."""
    assert "an answer just posted gets there after 58 days, one that was just checked after 84 days" in words
    assert "again and again after 84, then 97, then 112, then 129 days" in words
    assert f"Somebody who is not signed in {weights.ANONYMOUS}" in words
    assert f"A link in the answer that leads nowhere {weights.DEAD_LINK}" in words
    assert "small 5 % medium 20 % large 50 %" in words
    assert f"About {PARAMETERS.AUDIT:.0%} of it is drawn by lot".replace("%", " %") in words
    assert f"About {audit.KNOWN * 100:.0f} % are texts of which it is known" in words
    assert set(help_freshness._PARAMETERS) == {field.name for field in fields(PARAMETERS)}
    for sign, what in help_freshness._PARAMETERS.items():
        assert f"{sign} {what} {getattr(PARAMETERS, sign):.4g}" in words


def test_votes_and_limits(words: str) -> None:
    assert f"You have {votes.VOTES_A_DAY} votes a day" in words
    assert f"at most {votes.UP_VOTES_PER_PAIR} up and {votes.DOWN_VOTES_PER_PAIR} down" in words
    assert f"After {policy.QUIET_BEFORE_ACCEPTING_FOR_ASKER.days} days without anything new, staff" in words
    assert f"with {interest.EASIEST} as the easiest" in words
    assert "stays signed in until it has not been here for 30 days" in words
    assert f"{texts.SHORTEST_TITLE} to {texts.LONGEST_TITLE} characters" in words
    assert f"{texts.SHORTEST_BODY} to {rendering.MAX_BODY:,} characters" in words
    assert f"{texts.SHORTEST_COMMENT} to {rendering.MAX_COMMENT:,} characters" in words
    assert f"up to {tags.MOST_TAGS}, each up to {tags.LONGEST_TAG} characters" in words
    assert "Attempts to sign in 10 in 5 minutes" in words
    assert "Mails with a link 5 in an hour" in words
    assert "Questions and answers of one person 30 in an hour" in words
    assert len(help_queries._RATED) == len(LIMITS)


def test_moderation_and_the_inbox(words: str) -> None:
    for reason in closing.REASONS.values():
        assert reason in words
    for kind in KINDS.values():
        assert kind in words
    assert "for 1 day, 3 days, 7 days or 30 days, or until a day within 365 days" in words
    assert max(suspension.LENGTHS_DAYS) < suspension.LONGEST_DAYS


def test_writing_shows_what_the_renderer_makes(page: str) -> None:
    for made in ("<strong>bold</strong>", "<code>restart wan</code>", "<blockquote>", "<ol>", "<table>", "<pre><code>ping"):
        assert made in re.sub(r"<(\w+) [^>]*>", r"<\1>", page)


def test_the_keys_are_those_of_the_review_queue(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    answered(people, clock.now)
    clock.forward(days=100)
    ana = browser(app, people.ana)
    ana.post("/review/items")
    queue = ana.get("/review").text
    buttons = re.findall(r">([^<>]+)<kbd>(\w+)</kbd>", queue)
    assert [(key, words) for words, key in buttons] == list(KEYS[: len(buttons)])
    assert len(buttons) == len(KEYS) - 1


def test_a_tag_s_own_policy(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    make_tag(session, "slow", clock.now, interval_days=700)
    make_tag(session, "emergency", clock.now, interval_days=30, grace_days=0, verifiers_needed=2)
    words = plain(client.get("/help").text)
    assert "emergency 30 days none: it expires at once 2 slow 700 days 365 days 1" in words
    assert "broadband" not in words
    tag_id = session.query(Tag).filter_by(name="broadband").one().id
    tag_policy.change(tag_id, Change(45, None, None), by=people.mo, now=clock.now)
    assert "broadband 45 days 365 days 1" in plain(client.get("/help").text)


def test_it_costs_one_statement(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    for number in range(30):
        make_tag(session, f"tag-{number}", clock.now, interval_days=number + 1)
    with count_statements() as sent:
        page = client.get("/help").text
    assert len(sent) == 3  # the tags, the privileges, and what the stored page watches
    assert plain(page).count(" days 365 days 1 tag-") == help_queries.MOST_TAGS - 2
    with count_statements() as sent:
        assert client.get("/help").text == page
    assert len(sent) <= 1


@on_sqlite
def test_nothing_is_said_twice_in_code(app: Flask, client: FlaskClient) -> None:
    """The template holds no number of its own: each comes from a constant. What one may type are examples."""
    text = (Path(ROOT) / "templates" / "help" / "show.html").read_text()
    prose = plain(re.sub(r"\{[{%#].*?[}%#]\}|<code>.*?</code>", " ", text, flags=re.DOTALL))
    assert re.findall(r"\d+", prose) == []
    with app.app_context():
        assert help_page().keys == KEYS


# --- the site -----------------------------------------------------------------------------------------------------------


@on_sqlite
def test_robots(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /search" in lines
    assert "Disallow: /" not in lines
    assert not any(line.startswith("Disallow: /questions/") and line != "Disallow: /questions/new" for line in lines)


@on_sqlite
def test_the_icon(client: FlaskClient) -> None:
    answer = client.get("/favicon.ico", follow_redirects=True)
    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")


@on_sqlite
def test_searching_from_the_address_bar(client: FlaskClient) -> None:
    answer = client.get("/opensearch.xml")
    assert answer.mimetype == "application/opensearchdescription+xml"
    space = "{http://a9.com/-/spec/opensearch/1.1/}"
    root = ElementTree.fromstring(answer.text)
    assert root.findtext(f"{space}ShortName") == "Bestbefore"
    address = root.find(f"{space}Url")
    assert address is not None
    assert address.get("template") == "http://localhost/search?q={searchTerms}"
    assert client.get("/search?q=router").status_code == 200
    assert 'type="application/opensearchdescription+xml" href="/opensearch.xml"' in client.get("/").text
