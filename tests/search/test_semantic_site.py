"""Similar questions by meaning, with the real model: they follow what happens to the questions, and words alone do without."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import db
from community import acceptance, questions, votes
from community.freshness import archive
from community.models import Question
from community.moderation import removal
from search import similar
from search.cli import group as search_commands
from search.engine import Freshness
from search.queries import similar_questions
from search.semantic import keeper, package
from search.semantic.meaning import MODEL, Meaning, current_meaning
from search.semantic.models import QuestionVector
from tests.at_once import at_once
from tests.people import People
from tests.search.site import NOISE, Site

ASKED = "How do I cancel my contract?"
SAME = "I want to terminate the subscription"
"""No word of it is in ASKED."""


@pytest.fixture
def settings(settings: Settings, minilm: Path) -> Settings:
    """With the model, and without a list of words that mean the same."""
    assert minilm.is_dir()
    (settings.data_dir / "synonyms.txt").write_text("# none\n")
    return replace(settings, semantic_search=True)


def suggested(title: str, now: datetime) -> list[int]:
    return [hit.question_id for hit in similar.suggestions(title, now)]


def stored(session: Session) -> dict[int, Row[int, str, bytes, int]]:
    session.rollback()
    columns = (QuestionVector.question_id, QuestionVector.model, QuestionVector.vector, QuestionVector.change)
    found = {row.question_id: row for row in session.execute(select(*columns))}
    session.rollback()
    return found


def test_the_same_question_in_other_words_is_found(site: Site) -> None:
    number = site.ask(ASKED)
    site.drain()
    assert current_meaning().wait()
    assert suggested(SAME, site.now) == [number]
    (link,) = similar_questions(SAME, site.now).links
    assert link.title == ASKED
    assert suggested("", site.now) == suggested("zzzz", site.now) == []


def test_who_types_first_waits_for_nothing(site: Site, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A web process that has just started: words at once, meaning as soon as it is loaded."""
    number = site.ask(ASKED)
    site.drain()
    monkeypatch.setattr("search.semantic.meaning._loaded", [])
    fresh = app.extensions["bestbefore_meaning"] = Meaning(app, wanted=True)
    assert suggested(SAME, site.now) == []
    assert suggested("cancel my contract", site.now) == [number]
    assert fresh._thread is not None
    fresh._thread.join(timeout=60)
    assert suggested(SAME, site.now) == [number]


def test_related_questions_are_found_by_meaning(site: Site, session: Session) -> None:
    first = site.ask(ASKED, body="I have had it for two years and pay too much.")
    site.drain()
    second = site.ask("Terminating a subscription early", body="What does it cost to leave before the end?")
    site.drain()
    related = {row.id: [one["id"] for one in row.related] for row in session.scalars(select(Question))}
    assert (related[first], related[second]) == ([second], [first])


def test_edits_are_followed_and_votes_compute_nothing(site: Site, session: Session, people: People, now: datetime) -> None:
    number = site.ask(ASKED)
    site.drain()
    before = stored(session)[number]
    votes.cast(question_id=number, value=1, by=people.jonas, now=now)
    site.drain()
    assert stored(session)[number].change == before.change
    questions.edit(
        number, title="The lamp of the modem is red", body="Since the storm.", tags_text="broadband", by=people.marta, now=now
    )
    site.drain()
    assert stored(session)[number].change > before.change
    assert current_meaning().wait()
    assert suggested(SAME, now) == []
    assert suggested("Router shows a crimson light", now) == [number]


def test_a_removed_question_is_gone_everywhere_and_comes_back(
    site: Site, session: Session, app: Flask, people: People, now: datetime
) -> None:
    number = site.ask(ASKED)
    site.drain()
    elsewhere = Meaning(app, wanted=True)
    assert elsewhere.wait()
    removal.remove_question(number, reason="spam", by=people.mo, now=now)
    assert similar_questions(SAME, now).links == (), "even before the worker hears of it"
    site.drain()
    assert stored(session)[number].vector == b""
    near = elsewhere.near(SAME, 50)
    assert near is not None
    assert number not in {one.question_id for one in near}, "another process hears of it too"
    removal.restore_question(number, by=people.mo, now=now)
    site.drain()
    assert [one.question_id for one in elsewhere.near(SAME, 1) or ()] == [number]


def test_current_answers_first_and_nothing_expired_as_an_answer(site: Site, people: People, now: datetime) -> None:
    best, answered, archived = (site.ask(title) for title in (ASKED, "Cancelling a contract", "Contract: how to cancel it"))
    for number in (answered, archived):
        answer = site.answer(number, "Write a letter.")
    archive.archive(answer, reason="outdated", by=people.mo, now=now)
    accepted = site.answer(answered, "Call the hotline, they will do it.", by=people.ana)
    acceptance.accept(accepted, by=people.marta, now=now)
    site.drain()
    assert current_meaning().wait()
    hits = {hit.question_id: (hit.answer_id, hit.freshness) for hit in similar.suggestions(SAME, now)}
    assert hits == {answered: (accepted, Freshness.CURRENT), best: (None, None), archived: (None, None)}
    assert next(iter(hits)) == answered
    late = similar.suggestions(SAME, now + timedelta(days=400 + 730))
    assert {hit.question_id: hit.answer_id for hit in late} == {best: None, answered: None, archived: None}


def test_an_error_code_stays_exact(site: Site) -> None:
    other = site.ask("Update stops with error 0x80070643 on the router")
    same = site.ask("What is 0x80070057?")
    site.drain()
    assert current_meaning().wait()
    assert suggested("Firmware update fails with 0x80070057", site.now)[:2] == [same, other]


def test_what_was_asked_before_the_model_came_is_caught_up(session: Session, site: Site, app: Flask, now: datetime) -> None:
    app.extensions["bestbefore_meaning"] = Meaning(app, wanted=False)
    number = site.ask(ASKED)
    site.drain()
    assert number not in stored(session)
    app.extensions["bestbefore_meaning"] = Meaning(app, wanted=True)
    keeper.catch_up(now)
    rows = stored(session)
    assert len(rows) == NOISE + 1
    assert {(row.model, len(row.vector)) for row in rows.values()} == {(MODEL, 384)}
    keeper.catch_up(now)
    assert list(keeper.keep_all()) == []
    said = app.test_cli_runner().invoke(search_commands, ["status"]).output
    assert said.startswith(f"by words and by meaning: {NOISE + 1} vectors\n")
    assert {number: row.change for number, row in stored(session).items()} == {number: row.change for number, row in rows.items()}


def test_several_workers_at_once_lose_nothing_for_who_reads_meanwhile(site: Site, session: Session, app: Flask) -> None:
    """Numbers and commits come in one order, so a reader never passes over a change that was committed late."""
    questions_of = [[site.ask(f"{ASKED} Contract {worker} {number}") for number in range(3)] for worker in range(4)]
    elsewhere = Meaning(app, wanted=True)
    assert elsewhere.wait()

    def act(number: int) -> int:
        if number < len(questions_of):
            for question_id in questions_of[number]:
                keeper.keep([question_id])
        else:
            for _ in range(20):
                elsewhere.near(SAME, 1)
                db.session.rollback()
        return number

    assert at_once(app, len(questions_of) + 1, act) == list(range(len(questions_of) + 1))
    changes = [stored(session)[question_id].change for ids in questions_of for question_id in ids]
    assert len(set(changes)) == len(changes)
    found = elsewhere.near(SAME, 50)
    assert found is not None
    assert {near.question_id for near in found} >= {question_id for ids in questions_of for question_id in ids}


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_without_the_model_it_is_words_alone(site: Site, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search.semantic.meaning._loaded", [])
    monkeypatch.setattr(package, "PACKAGE", "no_such_package")
    missing = app.extensions["bestbefore_meaning"] = Meaning(app, wanted=True)
    number = site.ask(ASKED)
    site.drain()
    assert not missing.wait()
    assert app.test_cli_runner().invoke(search_commands, ["status"]).output.startswith("by words alone: the package no_such")
    assert missing.problem == "the package no_such_package is not installed (requirements-semantic.txt)"
    assert suggested(SAME, site.now) == []
    assert suggested("cancel my contract", site.now) == [number]
