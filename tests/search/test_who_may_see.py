"""Removed is removed: by every engine, for every kind of person, before the worker has looked and after, in every list."""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.config import Settings
from app.db import transaction
from community import comments
from community.models import Answer, Comment, Question
from community.moderation import closing, removal, suspension
from search import indexer
from tests.databases import settings_for
from tests.people import People, person, sign_in
from tests.search.site import Site

ENGINES = [("sqlite", "whoosh"), ("sqlite", "database"), ("postgresql", "database")]
pytestmark = pytest.mark.parametrize(("database", "kind"), ENGINES, indirect=["database"])

LIFE = {"current": (30, 395), "due": (-30, 335), "expired": (-400, -35)}
"""Days until the best-before date, and until expiry."""
OPEN = {"open", "closed", "remark", "answerless"} | LIFE.keys() | {"archived"}
"""The questions that anybody may see, each named by what was done to it or to its answer."""
GONE = {"taken", "withdrawn"}
LISTS = {
    "quagga": OPEN,
    'user:marta "title of quagga"': OPEN,
    "quagga is:current": {"open", "closed", "remark", "current"},
    "quagga is:due": {"due"},
    "quagga is:expired": {"expired"},
    "quagga is:archived": {"archived"},
    "quagga is:unanswered": {"answerless"},
    "is:due is:expired is:archived": {"due", "expired", "archived"},
    "sort:votes user:marta -tag:noise": OPEN,
}
"""What is found by what, whoever searches."""
SECRETS = ("secrettitle", "secretbody", "secretanswer", "secretcomment")
"""Words of what was removed."""


@pytest.fixture
def settings(database: str, kind: str, tmp_path: Path) -> Settings:
    return replace(settings_for(database, tmp_path / "data"), search_engine=kind, posts_per_hour=1000)


@pytest.fixture
def luca(session: Session, now: datetime) -> User:
    luca = person("Luca", now)
    session.add(luca)
    session.commit()
    return luca


@pytest.fixture
def fill(site: Site, session: Session, luca: User, now: datetime) -> None:
    """One question for each state that a post can be in; the index has all of them."""
    made: dict[str, int] = {}
    for name in sorted(OPEN | GONE):
        body = "The secretbody is here." if name in GONE else "It happens every evening."
        made[name] = site.ask(f"Title of quagga {name}{' secrettitle' if name in GONE else ''}", body)
        if name != "answerless":
            answer = site.answer(made[name], "What quagga people do, every one of them.", by=luca)
            with transaction() as writing:
                row = writing.get_one(Answer, answer)
                best_before, expires = LIFE.get(name, LIFE["current"])
                row.best_before_at, row.expires_at = now + timedelta(days=best_before), now + timedelta(days=expires)
                row.archived_at = now if name == "archived" else None
    site.answer(made["answerless"], "Some quagga secretanswer.", by=luca)
    comments.add(body="A quagga secretcomment of somebody.", question_id=made["remark"], by=site.people.jonas, now=now)
    indexer.rebuild()
    site.drain()


def take_away(session: Session, people: People, luca: User, now: datetime) -> None:
    """What is to be gone; whoever wrote it may be suspended besides."""
    numbers = {row.title.split()[3]: row.id for row in session.query(Question) if "quagga" in row.title}
    removal.remove_question(numbers["taken"], reason="private", by=people.mo, now=now)
    removal.remove_question(numbers["withdrawn"], reason="spam", by=people.ada, now=now)
    answer = session.query(Answer).filter_by(question_id=numbers["answerless"]).one()
    removal.remove_answer(answer.id, reason="wrong", by=people.mo, now=now)
    comment = session.query(Comment).filter_by(question_id=numbers["remark"]).one()
    removal.remove_comment(comment.id, reason="rude", by=people.mo, now=now)
    closing.close(numbers["closed"], reason="off-topic", by=people.mo, now=now)
    suspension.suspend(luca.id, until=now + timedelta(days=7), reason="rude", by=people.mo, now=now)


def shown(page: str) -> set[str]:
    """The names of the questions on a page of results."""
    titles = re.findall(r"<h2><a [^>]*>(.*?)</a>", page)
    return {html.unescape(re.sub(r"</?mark>", "", title)).split()[3] for title in titles if "quagga" in title}


def viewers(app: Flask, people: People, luca: User) -> Iterator[tuple[str, FlaskClient]]:
    """Every kind of person: nobody, who asked, somebody else, who answered and is suspended, staff, moderator, admin."""
    yield "signed out", app.test_client()
    for who in (people.marta, people.jonas, luca, people.ana, people.mo, people.ada):
        yield who.name, sign_in(app.test_client(), who)


def test_removed_is_found_by_nobody_and_everything_else_by_everybody(
    app: Flask, site: Site, session: Session, people: People, luca: User, now: datetime, fill: None
) -> None:
    before = app.test_client()
    assert shown(before.get("/search?q=quagga").text) >= GONE, "as long as they stand they are found"
    everybody = list(viewers(app, people, luca))
    take_away(session, people, luca, now)
    for moment, lists in (("before the worker has looked", {"quagga": OPEN}), ("after", LISTS)):
        for who, client in everybody:
            for text, expected in lists.items():
                page = client.get("/search", query_string={"q": text}).text
                assert shown(page) == expected, (moment, who, text)
                assert not any(secret in page for secret in SECRETS), (moment, who, text)
            similar = client.get("/search/similar?title=Title+of+quagga+secrettitle").text
            assert not any(secret in similar for secret in SECRETS), (moment, who)
        site.drain()
    for who, client in everybody:
        assert shown(client.get("/search?q=" + "+".join(SECRETS)).text) == set(), (who, "the most telling of them")
