"""The index follows the database: through the outbox, through removals, through losing everything."""

from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app.db import db, transaction
from community import acceptance, answers, comments, votes
from community.freshness import archive
from community.models import Question
from community.moderation import removal
from search import documents, indexer, similar
from search.engine import Condition, Freshness, Query
from search.site import current_engine
from tests.people import People
from tests.search.harm import damage, lose
from tests.search.site import NOISE, Site
from tests.statements import count_statements


def test_what_is_asked_and_answered_is_found(site: Site) -> None:
    number = site.ask("Router loses the line at night", product="HomeBox", release="7.2")
    assert site.find("router") == [number]
    answer = site.answer(number, "Replace the **splitter**; the log says `E_SYNC-LOST`.")
    (hit,) = site.search("splitter")
    assert (hit.question_id, hit.answer_id, hit.freshness) == (number, answer, Freshness.CURRENT)
    assert site.find("E_SYNC-LOST") == site.find('"the splitter"') == [number]
    assert site.find("router product:homebox release:7.2 tag:broadband user:marta is:current") == [number]
    assert site.find("user:jonas") == [number]


def test_edits_comments_votes_and_acceptance_are_followed(site: Site, people: People, now: datetime) -> None:
    number = site.ask("Router loses the line at night")
    answer = site.answer(number, "Replace the splitter.")
    answers.edit(answer, body="Replace the microfilter.", by=people.jonas, now=now)
    comments.add(answer_id=answer, body="The grey one by Zyxtel.", by=people.marta, now=now)
    acceptance.accept(answer, by=people.marta, now=now)
    votes.cast(answer_id=answer, value=1, by=people.marta, now=now)
    assert site.find("splitter") == []
    assert site.find("microfilter zyxtel is:solved") == [number]


def test_a_removed_post_is_gone_and_a_restored_one_is_back(site: Site, people: People, now: datetime) -> None:
    number = site.ask("Router loses the line at night")
    answer = site.answer(number, "Replace the splitter.")
    removal.remove_answer(answer, reason="wrong", by=people.mo, now=now)
    assert (site.find("splitter"), site.find("router")) == ([], [number])
    removal.restore_answer(answer, by=people.mo, now=now)
    removal.remove_question(number, reason="spam", by=people.mo, now=now)
    assert site.find("router") == site.find("splitter") == site.find("user:jonas") == []
    indexer.rebuild()
    assert site.find("router") == []
    removal.restore_question(number, by=people.mo, now=now)
    assert site.find("router splitter") == [number]


def test_an_answer_expires_by_the_clock_and_archives_by_decision(site: Site, people: People, now: datetime) -> None:
    number = site.ask("Router loses the line at night")
    answer = site.answer(number, "Replace the splitter.")
    for days, state in ((89, Freshness.CURRENT), (91, Freshness.DUE), (90 + 364, Freshness.DUE)):
        (hit,) = site.search("splitter", later=days)
        assert (hit.answer_id, hit.freshness) == (answer, state)
    assert site.find("splitter", later=90 + 366) == []
    assert site.find("splitter is:expired", later=90 + 366) == [number]
    archive.archive(answer, reason="outdated", by=people.mo, now=now)
    assert (site.find("splitter"), site.find("splitter is:archived")) == ([], [number])


def test_delivering_twice_and_in_bulk_changes_nothing(site: Site) -> None:
    number = site.ask("Router loses the line at night")
    site.answer(number, "Replace the splitter.")
    payloads = [{"question_id": number}] * 50 + [{"question_id": 999_999}]
    for _ in range(2):
        indexer.index_questions(payloads)
    health = current_engine().health()
    assert (health.questions, health.documents) == (NOISE + 1, NOISE + 2)
    assert site.find("router") == [number]


def test_a_lost_index_is_made_anew_by_the_next_message(site: Site, app: Flask) -> None:
    first = site.ask("Router loses the line at night")
    site.drain()
    lose(app)
    assert site.find("router") == []
    second = site.ask("The router is loud and hot")
    assert set(site.find("router")) == {first, second}


def test_a_lost_or_damaged_index_is_made_anew_by_the_schedule(site: Site, app: Flask, now: datetime) -> None:
    number = site.ask("Router loses the line at night")
    site.drain()
    for harm in (lose, damage):
        harm(app)
        assert current_engine().health().condition is not Condition.READY
        indexer.ensure_index(now)
        assert current_engine().health().condition is Condition.READY
        assert site.find("router") == [number]


def test_an_empty_site_gets_its_index_from_the_schedule(session: Session, now: datetime) -> None:
    indexer.ensure_index(now)
    assert current_engine().health().condition is Condition.READY


def test_related_questions_are_kept_beside_each_question(site: Site, session: Session, people: People, now: datetime) -> None:
    first = site.ask("Router loses the DSL line at night")
    site.drain()
    second = site.ask("DSL line is lost, router restarts at night")
    other = site.ask("How do I cancel my contract here?")

    site.drain()

    def related(number: int) -> list[int]:
        question = session.get_one(Question, number, populate_existing=True)
        found = [entry["id"] for entry in question.related]
        session.rollback()
        return found

    assert related(first) == [second], "the older question hears of the new one"
    assert related(second) == [first]
    assert related(other) == []
    removal.remove_question(second, reason="spam", by=people.mo, now=now)
    site.drain()
    list(similar.relate_all(now))
    assert related(first) == []


def test_links_that_people_chose_are_kept(site: Site, session: Session) -> None:
    first = site.ask("Router loses the DSL line at night")
    site.drain()
    with transaction() as writing:
        question = writing.get_one(Question, first)
        question.origin_url, question.related = "https://example.org/q/1", [{"id": 1}]
    site.ask("DSL line is lost, router restarts at night")
    site.drain()
    indexer.index_questions([{"question_id": first}])
    assert session.get_one(Question, first, populate_existing=True).related == [{"id": 1}]


@pytest.mark.parametrize("count", [3, 40])
def test_reading_documents_takes_four_statements(site: Site, app: Flask, count: int) -> None:
    numbers = [site.ask(f"Router number {number} loses the line") for number in range(count // 10 + 1)]
    for index in range(count - len(numbers)):
        site.answer(numbers[index % len(numbers)], f"Answer number {index} of several")
    with count_statements() as statements:
        read_documents = list(documents.documents_of(numbers))
    assert len(read_documents) == count
    assert len(statements) == 4, "\n".join(statements)


def test_all_documents_come_batch_by_batch(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = [site.ask(f"Router number {number} loses the line") for number in range(5)]
    site.answer(numbers[0], "Restart it.")
    monkeypatch.setattr(documents, "BATCH", 2)
    found = [(document.question_id, document.kind.value) for document in documents.all_documents()]
    assert len(found) == NOISE + 6
    assert found == sorted(found, key=lambda one: (one[0], one[1] == "answer"))
    assert not db.session().in_transaction()


def test_nothing_is_left_open_after_indexing(site: Site) -> None:
    """A reader's transaction left open would keep SQLite's log from being shortened, and a page from seeing what follows."""
    number = site.ask("Router loses the line at night")
    indexer.index_questions([{"question_id": number}])
    assert not db.session().in_transaction()
    indexer.rebuild()
    assert not db.session().in_transaction()


def test_imported_names_are_found(site: Site) -> None:
    number = site.ask("Router loses the line at night")
    with transaction() as session:
        session.get_one(Question, number).origin_author = "Grace Hopper"
    indexer.index_questions([{"question_id": number}])
    assert site.find('user:"grace hopper"') == [number]
    assert current_engine().search(Query(now=site.now, words=("router",))).hits
