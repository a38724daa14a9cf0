"""The pages about badges and ranks: who has what, how far one is, and what an admin names the ranks."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.accounts.people import person_url
from app.db import transaction
from community.badges import history
from community.moderation import removal
from reputation.badges import book
from reputation.badges.book import Earned
from reputation.badges.rules import RULES, Grade
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.pages.reading import link, plain, walk
from tests.people import People, person
from tests.statements import count_statements
from tests.stories import TITLE, accepted, browser


def holders(session: Session, clock: Clock, count: int, prefix: str) -> None:
    """So many people who have one badge, several of them since the same moment; one of them has many for one answer each."""
    crowd = [person(f"{prefix} {number:03}", clock.now) for number in range(count)]
    session.add_all(crowd)
    session.commit()
    found = [
        Earned(one.id, "solved-it", "", clock.now + timedelta(minutes=number // 3), 1, 1) for number, one in enumerate(crowd)
    ]
    found += [Earned(crowd[0].id, "well-put", f"answer:{number}", clock.now, 1, number) for number in range(count)]
    with transaction() as inside:
        book.enter(inside, found)


@on_sqlite
def test_all_badges(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    accepted(people, clock.now)
    history.run(quiet=True, now=clock.now)
    page = client.get("/badges").text
    words = plain(page)
    assert all(rule.title in words and rule.words in words for rule in RULES.values())
    assert all(f'aria-label="{grade.capitalize()}:"' in page for grade in Grade), "the grade is told in words"
    assert "Solved it For a first accepted answer. 1 person has it" in words
    assert "You" not in words
    mine = plain(browser(client.application, people.jonas).get("/badges").text)
    assert "Solved it For a first accepted answer. 1 person has it You have it" in mine
    assert "You: 1 of 10 accepted answers" in mine
    assert "You lack 34 points to Neighbour." in mine, "he has 16"


@on_sqlite
def test_a_person_s_badges(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    question_id, _ = accepted(people, clock.now)
    with transaction() as inside:
        book.enter(inside, [Earned(people.jonas.id, "well-put", "answer:1", clock.now, question_id, 1)])
        book.enter(inside, [Earned(people.jonas.id, "at-home", "tag:1", clock.now, about="broadband")])
    history.run(quiet=True, now=clock.now)
    url = f"/people/{people.jonas.id}/badges"
    words = plain(client.get(url).text)
    assert f"Well put For an answer with a score of 5: {TITLE}" in words
    assert "At home For 10 accepted answers in one tag: broadband" in words
    assert "On the way" not in words
    assert "Right hand 1 of 10 accepted answers" in plain(browser(client.application, people.jonas).get(url).text)
    profile = client.get(person_url(people.jonas.id, "Jonas")).text
    assert "Newcomer here since" in plain(profile)
    assert 'aria-label="Silver:"' in profile
    removal.remove_question(question_id, reason="Spam.", by=people.mo, now=clock.now)
    assert TITLE not in client.get(url).text, "the badge stays, the title does not"
    assert client.get("/people/999/badges").status_code == 404
    assert client.get("/badges/most-posts").status_code == 404


def test_who_has_it_by_the_page(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    holders(session, clock, 120, "Person")
    onward = list(walk(client, "/badges/solved-it"))
    assert [page.count('class="nm"') for page in onward] == [48, 48, 24]
    assert len({name for page in onward for name in plain(page).split() if name.isdigit() and len(name) == 3}) >= 120
    assert "120 people have it" in plain(onward[0])
    back = walk(client, str(link(onward[-1], "prev")), "prev")
    assert [page.count('class="nm"') for page in back] == [48, 48]


@on_sqlite
def test_few_statements(app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    """However many have a badge, and however many badges somebody has."""
    jonas = browser(app, people.jonas)
    for count in (3, 30, 90):
        holders(session, clock, count, f"P{count}")
        jonas.get("/people")  # once in a while a visit is written down
        own = f"/people/{people.jonas.id}/badges"
        first = f"/people/{people.ada.id + 1}/badges"
        for who, path, most in (
            (client, "/badges", 2),
            (jonas, "/badges", 5),
            (client, "/badges/solved-it", 2),
            (client, first, 2),
            (jonas, own, 4),
        ):
            with count_statements() as sent:
                assert who.get(f"{path}?x={count}").status_code == 200
            assert len(sent) == most, path


@on_sqlite
def test_a_new_badge_shows_on_a_stored_profile(client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    url = person_url(people.jonas.id, "Jonas")
    assert "Solved it" not in client.get(url).text
    accepted(people, clock.now)
    history.run(quiet=True, now=clock.now)
    assert "Solved it" in client.get(url).text


# --- ranks --------------------------------------------------------------------------------------------------------------

OWN = {"name-0": "Guest", "name-1": "Captain", "points-1": "40"}


@pytest.fixture
def ada(app: Flask, people: People, clock: Clock) -> FlaskClient:
    return browser(app, people.ada)


@on_sqlite
def test_an_admin_names_the_ranks(ada: FlaskClient, client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    session.execute(update(User).where(User.id == people.jonas.id).values(reputation=40))
    session.execute(update(User).where(User.id == people.marta.id).values(reputation=-7))
    session.commit()
    profile = person_url(people.jonas.id, "Jonas")
    assert "Newcomer" in client.get(profile).text
    assert ada.post("/moderation/ranks", data=OWN).status_code == 303
    assert "Captain" in client.get(profile).text, "the stored page is made anew"
    words = plain(client.get("/people").text)
    assert "40 · Captain" in words
    assert "-7 · Guest" in words
    assert "Captain from 40 reputation" in plain(client.get("/badges").text)
    assert ada.delete("/moderation/ranks").status_code == 303
    assert "Newcomer" in client.get(profile).text


@on_sqlite
def test_wrong_ranks_come_back_with_what_was_typed(ada: FlaskClient, client: FlaskClient, people: People) -> None:
    refused = ada.post("/moderation/ranks", data=OWN | {"points-1": "many"})
    assert refused.status_code == 422
    assert "A whole number from 1 to 10,000,000." in refused.text
    assert 'value="many"' in refused.text
    assert "Captain" not in client.get("/badges").text


@on_sqlite
def test_nobody_else_names_them(app: Flask, client: FlaskClient, people: People, clock: Clock) -> None:
    assert client.post("/moderation/ranks", data=OWN).status_code == 401
    assert browser(app, people.mo).post("/moderation/ranks", data=OWN).status_code == 403
    assert browser(app, people.mo).get("/moderation/ranks").status_code == 403
