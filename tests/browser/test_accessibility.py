"""Every page of the product looked at by axe-core, in light and dark, on a phone and on a desk; and what axe does not see.

A page is loaded on a phone in the dark and looked at with everything that folds unfolded, then once more in the light of a desk
for what may differ there.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.exceptions import HTTPException

from app import clock
from app.accounts import links, signup
from app.accounts.links import Purpose
from app.accounts.models import User
from app.db import db, transaction
from app.demo.content import load_content
from app.demo.load import PASSWORD
from app.factory import create_app
from community import comments, votes
from community.fairness import findings
from community.freshness import crowds, queue, releases, signals
from community.freshness.simulation.run import simulate
from community.freshness.simulation.wish import Wish
from community.models import Answer, Comment, ExpertiseSuggestion, Question, Simulation, Tag, Vote
from community.moderation import flags, removal, suggested_edits, suspension
from reputation.fairness.lines import Line
from reputation.fairness.records import Found
from search.saved import verbs as saved_searches
from search.saved.models import SavedSearchFind
from tests.browser.conftest import OpenPage
from tests.browser.door import come_back, link_mailed
from tests.browser.places import NOT_PAGES, PLACES, Place
from tests.databases import close
from tests.rewards.house import settle_a_year
from tests.stories import answer, ask
from tests.web import Web

AXE = Axe()
NEW = "nora@example.com"
AT_ONCE = 12
"""Places that one test looks at, so that a slow machine stays within its time."""
ROUNDS = {
    f"{who or 'signed out'} {first // AT_ONCE + 1}": theirs[first : first + AT_ONCE]
    for who in dict.fromkeys(place.who for place in PLACES)
    for theirs in [[place for place in PLACES if place.who == who]]
    for first in range(0, len(theirs), AT_ONCE)
}


@pytest.fixture(scope="module")
def live_server(demo_site: Web) -> Web:
    return demo_site


@pytest.fixture(scope="module")
def names(live_server: Web) -> Iterator[dict[str, str]]:
    """What the paths call by name, as it is in the address. The demo gets what it lacks: a long thread, and what is removed."""
    app = create_app(live_server.settings)
    with app.app_context():
        yield _settle(clock.utcnow(), live_server)
    close(app)


def _settle(now: datetime, web: Web) -> dict[str, str]:
    content, session = load_content(), db.session
    signup.sign_up("Nora Neu", NEW, PASSWORD, now)
    by_email = {str(user.email): user for user in session.scalars(select(User))}
    people = {told.key: by_email[told.email] for told in content.people} | {"new": by_email[NEW]}
    long_ago = now - timedelta(days=40)
    removed = ask(people["luca"], long_ago, title="Cheap batteries, two for one", tags_text="wi-fi")
    long = ask(people["niamh"], long_ago, title="What is the oddest thing that ever disturbed your Wi-Fi?", tags_text="wi-fi")
    for number in range(12):
        writer = people[("jonas", "tomasz", "wilhelmina", "leila")[number % 4]]
        answer(long, writer, long_ago + timedelta(hours=number), f"Number {number}: a lamp.\n\n    " + "channel " * 30)
    removal.remove_question(removed, reason="advertises a shop", by=people["mo"], now=now)
    suspension.suspend(people["luca"].id, until=now + timedelta(days=3), reason="advertises", by=people["mo"], now=now)
    ids = list(session.scalars(select(Question.id).where(Question.id < removed).order_by(Question.id)))
    questions = dict(zip([told.question for told in content.questions], ids, strict=True))
    wanted = session.scalars(select(Answer.id).where(Answer.question_id == questions["thick-walls"]).order_by(Answer.id)).all()
    removal.remove_answer(wanted[-1], reason="says nothing", by=people["mo"], now=now)
    marta, ana = people["marta"], people["ana"]
    with transaction() as writing:
        tokens = {
            "confirm link": "/confirm/" + links.issue(writing, marta.id, Purpose.CONFIRM, str(marta.email), now),
            "reset link": "/password/reset/" + links.issue(writing, marta.id, Purpose.RESET, str(marta.email), now),
            "address link": "/settings/mail/" + links.issue(writing, marta.id, Purpose.EMAIL, "m@example.com", now),
        }
    link_mailed(web.settings, NEW, "/confirm/")
    for number in range(crowds.SHOWN_FROM):
        signals.say(wanted[0], "broken", network_mark=str(number) * 64, now=now)
    flags.flag("rude", answer_id=wanted[0], by=marta, now=now)
    wi_fi = session.scalars(select(Tag.id).where(Tag.name == "wi-fi")).one()
    with transaction() as writing:
        writing.add(ExpertiseSuggestion(user_id=marta.id, tag_id=wi_fi, points=540, judged=11, right=10, at=now))
    roaming = questions["roaming-data-after-transfer"]
    accepted = select(Question.accepted_answer_id).where(Question.id == roaming).scalar_subquery()
    found = {
        "long": long,
        "removed": removed,
        "edited": wanted[0],
        "passed over": session.scalars(select(Answer.id).where(Answer.question_id == roaming, Answer.id != accepted)).first(),
        "comment": session.scalars(select(Comment.id).where(Comment.author_id == marta.id)).first(),
        "outdated": comments.add(body="The second step no longer works.", answer_id=wanted[0], by=marta, now=now),
        "own": session.scalars(select(Answer.id).where(Answer.author_id == ana.id)).first(),
        "due": queue.next_ids(session(), ana, now, 1)[0],
        "everything": ",".join(map(str, queue.next_ids(session(), ana, now, 60))),
        "computed": _simulation(people["mo"], now, outcomes=[simulate(TINY, "belief").as_json()], finished_at=now),
        "computing": _simulation(people["mo"], now),
        "not computed": _simulation(people["mo"], now, error="It was not done in 40 seconds.", finished_at=now),
        "coming": releases.announce("App 10", now.date() + timedelta(days=30), "large", ["app"], by=ana, now=now),
        "release": releases.announce("Box firmware 8", now.date() - timedelta(days=9), "medium", ["wi-fi"], by=ana, now=now),
        "edit": suggested_edits.suggest_answer(
            wanted[0], body="Number one\n\nturn it off and on.", summary="shorter", revision=None, by=marta, now=now
        ),
        "saved": _saved_search(roaming, by=marta, now=now),
        "mail": next((web.settings.data_dir / "mail").iterdir()).name,
    }
    found |= {
        "finding": _finding(people["marta"], people["jonas"], 4.0, now),
        "appealed": _finding(people["leila"], people["tomasz"], 9.0, now),
    }
    found |= settle_a_year(people["ada"], now)
    everybody = {key: person.id for key, person in people.items()}
    return tokens | {key: str(value) for key, value in (found | questions | everybody).items()}


def _finding(by: User, to: User, score: float, now: datetime) -> int:
    """The number of a finding about what one gave the other; over a score of 8 it is taken back at once."""
    own = answer(ask(by, now, title="Does anybody know this one?", tags_text="wi-fi"), to, now)
    votes.cast(1, answer_id=own, by=by, now=now)
    cast = select(Vote.id).where(Vote.voter_id == by.id, Vote.author_id == to.id, Vote.withdrawn_at.is_(None))
    numbers = tuple(db.session.scalars(cast))
    what = Found("serial_up", score, (by.id,), (to.id,), votes=numbers, evidence={"votes": 1, "of": 1}, reason="Much of it.")
    number = findings.keep(what, now, {"serial_up": Line(1.0, 8.0)})
    assert number is not None
    return number


def _saved_search(found: int, by: User, now: datetime) -> int:
    """The number of a search that something was found for."""
    number = saved_searches.save(text="roaming tag:roaming", name="Roaming", notify="mail", by=by, now=now)
    with transaction() as session:
        session.add(SavedSearchFind(search_id=number, question_id=found, found_at=now, told_at=now))
    return number


TINY = Wish(answers=200, days=40, checks=3, views_per_day=400)


def _simulation(by: User, now: datetime, **result: Any) -> int:  # noqa: ANN401 - the columns of a result
    """The number of a question to the calculator that no worker hears of."""
    with transaction() as session:
        asked = Simulation(asked_by_id=by.id, asked_at=now, wish=TINY.as_json(), **result)
        session.add(asked)
        session.flush()
        return asked.id


# --- the pages ----------------------------------------------------------------------------------------------------------

SUBMIT = """([action, fields]) => {
    const form = document.createElement('form')
    form.method = 'post'
    form.action = action
    for (const [name, value] of fields) {
        const field = form.appendChild(document.createElement('input'))
        field.name = name
        field.value = value
    }
    document.body.append(form)
    form.submit()
}"""


def visit(page: Page, place: Place, path: str) -> None:
    """Go there, or send there what the place says; AssertionError when it answers otherwise than told."""
    if place.post is None:
        response = page.goto(path)
    else:
        page.goto("/password/sent")
        for _ in range(5 if place.status == 429 else 0):
            page.request.post(path, form=dict(place.post))
        with page.expect_navigation() as sent:
            page.evaluate(SUBMIT, [path, list(place.post)])
        response = sent.value
    assert response is not None
    assert response.status == place.status, f"{place} answered {response.status}"


# --- what is wrong with one ---------------------------------------------------------------------------------------------

SMALLEST_TARGET = 24
"""CSS pixels, as WCAG 2.2 has it (2.5.8). Links within a sentence are as high as their line."""
TOO_SMALL = """smallest => [...document.querySelectorAll(
        'button, summary, select, input:not([type=hidden]), .b, .tabs a, .tag, .foot a')]
    .filter(element => element.checkVisibility({visibilityProperty: true}))
    .map(element => [element, (element.closest('label.ck') ?? element).getBoundingClientRect()])
    .filter(([, box]) => box.width && (box.width < smallest || box.height < smallest))
    .map(([element, box]) => `${element.outerHTML.slice(0, 120)} is ${box.width} by ${box.height}`)"""
TOO_WIDE = """() => document.documentElement.scrollWidth > innerWidth ? [...document.querySelectorAll('body *')]
    .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
    .map(element => element.outerHTML.slice(0, 120)) : []"""
UNFOLD = "() => document.querySelectorAll('main details, aside details').forEach(part => { part.open = true })"


DIFFERS = ("color-contrast", "target-size", "scrollable-region-focusable")
"""Rules whose outcome may depend on the theme or the width."""


def by_axe(page: Page, *only: str) -> list[str]:
    """What axe finds with all its rules, or with some only."""
    options: dict[str, object] = {"resultTypes": ["violations"], "preload": False}
    options |= {"runOnly": list(only)} if only else {"rules": {"target-size": {"enabled": True}}}
    found = page.evaluate("options => axe.run(options)", options)["violations"]
    return [f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})" for one in found for node in one["nodes"]]


def looked_at(page: Page) -> Iterator[str]:
    """Everything that is wrong with a page that was loaded on a phone in the dark; it is left so."""
    yield from (f"scrolls sideways at 390: {what}" for what in page.evaluate(TOO_WIDE))
    page.evaluate(UNFOLD)
    page.evaluate(AXE.axe_script)
    yield from (f"at 390, dark: {what}" for what in by_axe(page))
    yield from (f"is hard to hit: {what}" for what in page.evaluate(TOO_SMALL, SMALLEST_TARGET))
    yield from (f"scrolls sideways at 390, unfolded: {what}" for what in page.evaluate(TOO_WIDE))
    page.set_viewport_size({"width": 320, "height": 640})
    yield from (f"scrolls sideways at 320: {what}" for what in page.evaluate(TOO_WIDE))
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")
    yield from (f"scrolls sideways at 1440: {what}" for what in page.evaluate(TOO_WIDE))
    yield from (f"at 1440, light: {what}" for what in by_axe(page, *DIFFERS))
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme="dark")


@pytest.mark.parametrize("places", ROUNDS.values(), ids=ROUNDS)
def test_everybody_can_use_every_page(open_page: OpenPage, live_server: Web, names: dict[str, str], places: list[Place]) -> None:
    page = open_page(390, dark=True)
    who = places[0].who
    if who:
        come_back(page, live_server.url, f"{'nora' if who == 'new' else who}@example.com", PASSWORD)
    wrong = []
    for place in places:
        visit(page, place, place.path.format_map(names))
        wrong += [f"{place} {what}" for what in looked_at(page)]
    assert not wrong, "\n".join(wrong)


def test_the_menu_can_be_used_by_everybody(open_page: OpenPage, live_server: Web, names: dict[str, str]) -> None:
    page = open_page(390, dark=True)
    come_back(page, live_server.url, "marta@example.com", PASSWORD)
    page.goto("/")
    page.locator(".menu summary").click()
    wrong = list(looked_at(page))
    assert not wrong, "\n".join(wrong)


def test_a_page_is_printed_dark_on_white(open_page: OpenPage, names: dict[str, str]) -> None:
    """Whatever the theme, and with what is folded up on the screen; what can only be pressed is left out."""
    page = open_page(dark=True)
    page.goto("/questions/" + names["roaming-data-after-transfer"])
    page.emulate_media(media="print")
    colours = "() => ['color', 'backgroundColor'].map(name => getComputedStyle(document.body)[name])"
    assert page.evaluate(colours) == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]
    page.evaluate(AXE.axe_script)
    assert by_axe(page, "color-contrast") == []
    expect(page.locator("details.ans .prose").first).to_be_visible()
    expect(page.get_by_role("button", name="Vote up")).to_have_count(0)
    expect(page.get_by_role("searchbox")).to_have_count(0)


def test_no_page_is_forgotten(live_server: Web, names: dict[str, str]) -> None:
    """Every address that answers GET is among the places, or is no page, and is named as what it is."""
    app = create_app(live_server.settings)
    routes = app.url_map.bind("localhost")
    seen = set()
    for place in PLACES:
        path = place.path.format_map(names)
        try:
            seen.add(routes.match(path.partition("?")[0], "GET" if place.post is None else "POST")[0])
        except HTTPException:
            assert place.status in (404, 405), place
    readable = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    close(app)
    assert readable - seen - set(NOT_PAGES) == set()
    assert set(NOT_PAGES) <= readable
    assert not seen & set(NOT_PAGES)
