"""Possible duplicates: what is proposed, what is not, and two moderators at the same pair."""

from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, Invalid, NotFound
from community import questions
from community.models import AuditRecord, Question
from community.moderation import closing, removal
from search.analysis import ENGLISH
from search.duplicates import deciding, finding, likeness
from search.duplicates.models import DuplicateLook, DuplicatePair
from search.duplicates.queries import SKIPPED_FOR, duplicates_page
from tests.at_once import at_once
from tests.people import People, sign_in
from tests.search.site import Site
from tests.statements import count_statements
from tests.stories import person_here, reload_question

SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
POSTGRESQL = pytest.mark.parametrize("database", ["postgresql"], indirect=True)
ONE, SAME = "My router drops the line every evening", "Router drops my line every single evening"
OTHER = "How do I cancel my contract?"


@pytest.fixture
def site(site: Site, session: Session) -> Site:
    """Its noise, whose titles are much alike, is no longer there."""
    for number in session.scalars(select(Question.id)).all():
        session.rollback()
        removal.remove_question(number, reason="noise", by=site.people.mo, now=site.now)
    site.drain()
    return site


def proposed(session: Session) -> list[tuple[int, int, str]]:
    session.rollback()
    rows = session.execute(select(DuplicatePair).order_by(DuplicatePair.id).execution_options(populate_existing=True)).scalars()
    found = [(row.older_id, row.newer_id, row.state) for row in rows]
    session.rollback()
    return found


def shown(people: People, now: datetime) -> list[tuple[int, int]]:
    return [(pair.older.id, pair.newer.id) for pair in duplicates_page(people.mo, now).pairs]


def pair_of(session: Session) -> int:
    (found,) = session.scalars(select(DuplicatePair.id)).all()
    session.rollback()
    return found


# --- likeness -----------------------------------------------------------------------------------------------------------


def test_how_much_titles_are_alike() -> None:
    assert likeness.of_words(ONE, ONE, ENGLISH) == 1.0
    assert likeness.of_words(ONE, SAME, ENGLISH) >= likeness.BY_WORDS
    assert likeness.of_words(ONE, OTHER, ENGLISH) == 0.0
    assert likeness.of_words("", "", ENGLISH) == likeness.of_words("the", "the", ENGLISH) == 0.0


def test_two_error_codes_are_two_matters() -> None:
    one, two = "Update stops with 0x80070057", "Update stops with 0x80070643"
    assert likeness.tells_apart(one, two, ENGLISH)
    assert not likeness.tells_apart(one, one.upper(), ENGLISH)
    assert not likeness.tells_apart(one, "Update stops", ENGLISH)


# --- finding ------------------------------------------------------------------------------------------------------------


def test_alike_questions_are_proposed_and_followed(site: Site, session: Session, people: People, now: datetime) -> None:
    one, other = site.ask(ONE), site.ask(OTHER)
    site.drain()
    assert proposed(session) == []
    same = site.ask(SAME)
    site.drain()
    assert proposed(session) == [(one, same, "open")]
    assert shown(people, now) == [(one, same)]
    finding.look({one, same, other}, now)
    assert proposed(session) == [(one, same, "open")]
    questions.edit(same, title="The lamp is red", body="Since the storm it is.", tags_text="broadband", by=people.marta, now=now)
    site.drain()
    assert proposed(session) == []


def test_closed_and_removed_questions_are_neither_proposed_nor_shown(
    site: Site, session: Session, people: People, now: datetime
) -> None:
    one, same = site.ask(ONE), site.ask(SAME)
    site.drain()
    assert shown(people, now) == [(one, same)]
    closing.close(one, reason="unclear", by=people.mo, now=now)
    assert shown(people, now) == [], "before the worker hears of it"
    closing.reopen(one, by=people.mo, now=now)
    removal.remove_question(same, reason="spam", by=people.mo, now=now)
    assert shown(people, now) == []
    site.drain()
    assert proposed(session) == []
    removal.restore_question(same, by=people.mo, now=now)
    site.drain()
    assert shown(people, now) == [(one, same)]


@SQLITE
def test_what_was_asked_before_is_compared_by_the_schedule(site: Site, session: Session, people: People, now: datetime) -> None:
    one, same = site.ask(ONE), site.ask(SAME)
    site.drain()
    session.execute(delete(DuplicatePair))
    session.execute(delete(DuplicateLook))
    session.commit()
    finding.catch_up(now)
    assert shown(people, now) == [(one, same)]
    assert finding.look({one, same}, now) == 0, "votes and answers compare nothing"


# --- deciding -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("which", "closed"), [("newer", 1), ("older", 0)])
@SQLITE
def test_either_can_be_closed(site: Site, session: Session, people: People, now: datetime, which: str, closed: int) -> None:
    both = (site.ask(ONE), site.ask(SAME))
    site.drain()
    assert deciding.close(pair_of(session), which, by=people.mo, now=now) == (both[closed], both[1 - closed])
    question = reload_question(session, both[closed])
    assert (question.closed_by_id, question.duplicate_of_id) == (people.mo.id, both[1 - closed])
    assert session.scalars(select(AuditRecord.question_id).where(AuditRecord.action == "question.closed")).all() == [both[closed]]
    assert proposed(session) == [(*both, f"{which} closed")]
    closing.reopen(both[closed], by=people.mo, now=now)
    site.drain()
    assert shown(people, now) == [], "what was decided once is not proposed again"


@SQLITE
def test_not_the_same_is_never_proposed_again(site: Site, session: Session, people: People, now: datetime) -> None:
    one, same = site.ask(ONE), site.ask(SAME)
    site.drain()
    deciding.set_apart(pair_of(session), by=people.mo, now=now)
    questions.edit(same, title=f"{SAME} again", body="Since the storm it is.", tags_text="broadband", by=people.marta, now=now)
    site.drain()
    assert proposed(session) == [(one, same, "not the same")]
    assert shown(people, now) == []
    assert session.scalars(select(AuditRecord.details).where(AuditRecord.action == "duplicates.set_apart")).all() == [
        {"other_id": one}
    ]


@SQLITE
def test_what_is_skipped_is_left_to_others(site: Site, session: Session, people: People, now: datetime) -> None:
    both = (site.ask(ONE), site.ask(SAME))
    site.drain()
    for _ in range(2):
        deciding.leave(pair_of(session), by=people.mo, now=now)
    assert shown(people, now) == []
    assert [pair.older.id for pair in duplicates_page(people.ana, now).pairs] == [both[0]]
    assert shown(people, now + SKIPPED_FOR) == [both]


@SQLITE
def test_who_may_not_and_what_is_no_choice(site: Site, session: Session, people: People, now: datetime) -> None:
    site.ask(ONE), site.ask(SAME)
    site.drain()
    number = pair_of(session)
    for act in (deciding.set_apart, deciding.leave):
        with pytest.raises(Forbidden):
            act(number, by=people.marta, now=now)
    with pytest.raises(Forbidden):
        deciding.close(number, "newer", by=people.marta, now=now)
    with pytest.raises(Invalid):
        deciding.close(number, "both", by=people.mo, now=now)
    with pytest.raises(NotFound):
        deciding.leave(99_999, by=people.mo, now=now)
    assert [state for *_, state in proposed(session)] == ["open"]


@POSTGRESQL
def test_of_several_moderators_at_once_one_decides(
    site: Site, session: Session, app: Flask, people: People, now: datetime
) -> None:
    both = (site.ask(ONE), site.ask(SAME))
    site.drain()
    number, mo = pair_of(session), people.mo.id

    def act(place: int) -> object:
        by = person_here(mo)
        if place % 3 == 0:
            deciding.set_apart(number, by=by, now=now)
            return "set apart"
        return deciding.close(number, ("older", "newer")[place % 2], by=by, now=now)

    results = at_once(app, 6, act)
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(refused) == 5, results
    closed = [one for one in both if reload_question(session, one).closed_at is not None]
    ((*_, state),) = proposed(session)
    assert len(closed) == (state != "not the same")


# --- the page -----------------------------------------------------------------------------------------------------------


@SQLITE
def test_the_page_shows_both_with_their_answers(
    site: Site, session: Session, client: FlaskClient, people: People, now: datetime
) -> None:
    one, same = site.ask(ONE), site.ask(SAME)
    for number in range(3):
        site.answer(one, f"Press the button for {number} seconds.")
    site.drain()
    assert client.get("/moderation/duplicates").status_code == 303
    sign_in(client, people.mo)
    with count_statements() as statements:
        page = client.get("/moderation/duplicates").text
    assert len(statements) <= 7, "\n".join(statements)
    assert page.count("good until") == 3
    assert "in the words of their titles" in page
    address = f"/moderation/duplicates/{pair_of(session)}"
    assert "not proposed again" in client.get(client.post(f"{address}/difference").location).text
    late = client.post(f"{address}/closure", data={"which": "newer"})
    assert "Somebody else has decided this pair already" in client.get(late.location).text
    assert client.post(f"{address}/closure", headers={"Accept": "application/json"}, data={"which": "newer"}).status_code == 409
    assert reload_question(session, same).closed_at is None
    assert "/moderation/duplicates" in client.get("/moderation").text
    sign_in(client, people.marta)
    assert client.get("/moderation/duplicates").status_code == 403
