"""The index in the database, changed by the verb that changes the post: found before any worker has looked."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import db, transaction
from community import answers, questions
from community.models import Question
from community.moderation import removal
from search import at_once, indexer
from search.database_engine import state
from search.database_engine.tables import match_name
from search.engine import Condition
from search.site import current_engine
from search.syntax import read
from tests.databases import settings_for
from tests.people import People
from tests.search.harm import drop_full_text, lose, lose_half_of_the_full_text
from tests.search.site import Site


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    return replace(settings_for(database, tmp_path / "data"), search_engine="database", posts_per_hour=1000)


def found(words: str, now: datetime) -> list[int]:
    """What is found just now, with no worker in between."""
    return [hit.question_id for hit in current_engine().search(read(words, now).query).hits]


def test_a_post_its_edit_and_its_removal_count_from_the_moment_they_are_made(site: Site, people: People, now: datetime) -> None:
    number = site.ask("Router loses the line at night")
    answer = site.answer(number, "Replace the splitter.")
    assert found("router splitter", now) == [number]
    answers.edit(answer, body="Replace the microfilter.", by=people.jonas, now=now)
    assert (found("splitter", now), found("microfilter", now)) == ([], [number])
    removal.remove_answer(answer, reason="wrong", by=people.mo, now=now)
    assert (found("microfilter", now), found("router", now)) == ([], [number])
    removal.remove_question(number, reason="spam", by=people.mo, now=now)
    assert found("router", now) == []
    site.drain()
    assert current_engine().health().condition is Condition.READY


def test_what_is_rolled_back_is_not_found(site: Site, people: People, now: datetime) -> None:
    def ask_and_fail() -> None:
        with transaction():
            questions.ask(
                title="Router loses the line", body="At night it does.", tags_text="broadband", by=people.marta, now=now
            )
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        ask_and_fail()
    assert found("router", now) == []


@pytest.mark.parametrize("harm", [lose, lambda _: drop_full_text()], ids=["lost", "damaged"])
def test_a_broken_index_hinders_no_post(site: Site, app: Flask, now: datetime, session: Session, harm: object) -> None:
    assert callable(harm)
    harm(app)
    number = site.ask("Router loses the line at night")
    assert session.get(Question, number) is not None
    session.rollback()
    assert found("router", now) == []
    assert site.find("router") == [number], "the worker makes a new one"


def test_an_act_on_many_questions_leaves_them_to_the_worker(
    site: Site, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(at_once, "MOST", 1)
    with transaction():
        first, second = (
            questions.ask(
                title=f"Router {name} lost", body="It happens at night.", tags_text="broadband", by=people.marta, now=now
            )
            for name in ("alpha", "omega")
        )
    assert len(found("router lost", now)) == 1
    assert set(site.find("router lost")) == {first, second}


def test_questions_that_the_full_text_lost_are_noticed(site: Site, now: datetime) -> None:
    lose_half_of_the_full_text()
    health = current_engine().health()
    assert health.condition is Condition.DAMAGED
    assert "the full text has" in health.reason


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
@pytest.mark.parametrize("harm", ["DELETE FROM {}_data WHERE id > 1", "DROP TABLE {}_data", "UPDATE {}_data SET block = x'0102'"])
def test_a_spoilt_full_text_is_noticed_and_made_anew(site: Site, now: datetime, harm: str) -> None:
    number = site.ask("Router loses the line at night")
    site.drain()
    with transaction() as session:
        live = state.read(session.connection()).live or 0
        session.execute(text(harm.format(match_name(live))))
    db.session.remove()
    db.engine.dispose()
    results = current_engine().search(read("router", now).query)
    assert results.hits == ()
    assert results.condition is Condition.DAMAGED or "UPDATE" in harm
    assert current_engine().health().condition is Condition.DAMAGED
    indexer.ensure_index(now)
    assert found("router", now) == [number]
    assert [name for name in db.inspect(db.engine).get_table_names() if name.startswith(match_name(live))] == []


def test_an_index_of_another_version_or_language_is_made_anew(site: Site, now: datetime) -> None:
    number = site.ask("Router loses the line at night")
    with transaction() as session:
        session.execute(text("UPDATE search_index SET format = 'bestbefore 0.1 xx'"))
    assert current_engine().health().condition is Condition.OLD_FORMAT
    assert found("router", now) == []
    assert site.find("router") == [number]


def test_only_the_live_index_has_tables(site: Site, app: Flask, now: datetime) -> None:
    for _ in range(2):
        lose(app)
        site.ask("Router loses the line at night")
        site.drain()
    names = db.inspect(db.engine).get_table_names()
    made = [name for name in names if name.removeprefix("search_texts_").isdecimal()]
    assert len(made) == 1
