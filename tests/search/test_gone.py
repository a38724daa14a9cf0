"""What is removed is gone from every way in: search, similar, related, type-ahead, duplicates, vectors; and comes back."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.people import edit_profile
from app.config import Settings
from community.models import Question
from community.moderation import accounts, removal
from search.duplicates.models import DuplicatePair
from search.duplicates.queries import duplicates_page
from search.queries import similar_questions
from search.semantic.meaning import current_meaning
from search.semantic.models import QuestionVector
from search.site import current_language
from search.suggest.models import TitleWord
from search.suggest.queries import suggestions
from tests.people import People
from tests.search.site import Site

TITLE, SAME = "My router drops the line every evening", "Router drops my line every single evening"
SLUG = "my-router-drops-the-line-every-evening"
"""Its address; the title itself is cut by the marks of what is found."""
SECRET = "splitterword"


@pytest.fixture
def settings(settings: Settings, minilm: Path) -> Settings:
    """With the model."""
    assert minilm.is_dir()
    return replace(settings, semantic_search=True)


def ways(client: FlaskClient, site: Site, session: Session, other: int) -> dict[str, bool]:
    """Each way in, and whether it leads to TITLE."""
    people, now = site.people, site.now
    pages = {
        "search": f"/search?q={SECRET}",
        "search of the title": "/search?q=drops+evening+line",
        "similar": "/search/similar?title=Router drops the line every evening",
        "type-ahead": "/search/suggest?q=my rout",
        "related": f"/questions/{other}/router-drops-my-line-every-single-evening",
        "list": "/?tab=newest",
    }
    found = {name: SLUG in client.get(page).text for name, page in pages.items()}
    found["similar, by the verb"] = any(link.title == TITLE for link in similar_questions(SAME, now).links)
    found["type-ahead, by the verb"] = any(one.title == TITLE for one in suggestions("drops eve", current_language(), now).titles)
    found["duplicates"] = any(TITLE in (pair.older.title, pair.newer.title) for pair in duplicates_page(people.mo, now).pairs)
    session.rollback()
    return found


def test_a_removed_question_is_gone_from_every_way_in(
    site: Site, session: Session, client: FlaskClient, people: People, now: datetime
) -> None:
    number, other = site.ask(TITLE, body=f"It is the {SECRET} that is new."), site.ask(SAME)
    site.answer(number, "Press the button for ten seconds.")
    site.drain()
    assert current_meaning().wait()
    before = ways(client, site, session, other)
    assert all(before.values()), before
    removal.remove_question(number, reason="personal data", by=people.mo, now=now)
    at_once = ways(client, site, session, other)
    assert not any(at_once.values()), at_once
    site.drain()
    after = ways(client, site, session, other)
    assert not any(after.values()), after
    kept = (
        session.scalars(select(TitleWord.word).where(TitleWord.question_id == number)).all(),
        session.scalars(select(DuplicatePair.id).where(DuplicatePair.older_id == number)).all(),
        session.scalars(select(QuestionVector.vector).where(QuestionVector.question_id == number)).all(),
        [one["id"] for one in session.get_one(Question, other, populate_existing=True).related if one["id"] == number],
    )
    session.rollback()
    assert kept == ([], [], [b""], [])
    removal.restore_question(number, by=people.mo, now=now)
    site.drain()
    again = ways(client, site, session, other)
    assert all(again.values()), again


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_removed_answer_is_gone_too(site: Site, session: Session, client: FlaskClient, people: People, now: datetime) -> None:
    number = site.ask(TITLE)
    answer = site.answer(number, f"Replace the {SECRET} at the wall.")
    site.drain()
    assert TITLE in client.get(f"/search?q={SECRET}").text
    removal.remove_answer(answer, reason="personal data", by=people.mo, now=now)
    assert f"<mark>{SECRET}</mark>" not in client.get(f"/search?q={SECRET}").text
    site.drain()
    assert TITLE not in client.get(f"/search?q={SECRET}").text
    (title,) = suggestions("my rout", current_language(), now).titles
    assert title.freshness.state == "none"


def test_a_name_that_somebody_had_finds_nothing(site: Site, people: People, now: datetime) -> None:
    """After a change of the name, and after the account was closed."""
    number = site.ask(TITLE)
    site.answer(number, "Change the cable.", by=people.jonas)
    assert site.find("user:jonas") == [number]
    edit_profile("Roxane", "", by=people.jonas, now=now)
    assert (site.find("user:jonas"), site.find("user:roxane")) == ([], [number])
    accounts.close(people.jonas.id, reason="asked for it", by=people.ada, now=now)
    assert (site.find("user:roxane"), site.find("cable")) == ([], [number])
