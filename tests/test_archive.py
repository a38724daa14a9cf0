"""Archiving an answer, with and without one that takes its place, and bringing it back."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Forbidden, Gone, Invalid, NotFound
from community.freshness import archive, life
from community.lifecycle import Event, WrongMove
from community.models import AuditRecord, Transition
from community.moderation import removal
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People
from tests.stories import (
    accepted,
    answer,
    answered,
    ask,
    browser,
    make_tag,
    person_here,
    reload_answer,
    reload_question,
    reputation,
    told,
)
from tests.stories import life as steps

URL = "/questions/1/my-router-drops-the-wi-fi-every-evening"
DAY = timedelta(days=1)


def acts(session: Session) -> list[tuple[str, str]]:
    session.rollback()
    return [(row.action, row.reason) for row in session.scalars(select(AuditRecord).order_by(AuditRecord.id))]


# --- archiving ----------------------------------------------------------------------------------------------------------


def test_an_author_archives_their_own(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    question_id, answer_id = accepted(people, clock.now)
    base, now = reputation(session, people.jonas), clock.forward(days=2)
    done = browser(app, people.jonas).post(f"/answers/{answer_id}/archive", data={"reason": "The box is not sold any more"})
    assert (done.status_code, done.location) == (303, f"{URL}#answer-{answer_id}")
    found = reload_answer(session, answer_id)
    assert (found.state, found.archived_at, found.successor_id) == ("archived", now, None)
    assert steps(session, answer_id)[-1] == ("fresh", "archived", "archived", people.jonas.id)
    assert reputation(session, people.jonas) == base, "it keeps its points"
    assert reload_question(session, question_id).lead_answer_id is None
    assert acts(session) == [("answer.archived", "The box is not sold any more")]
    assert told(session, "answer.archived") == [{"answer_id": answer_id, "by_id": people.jonas.id}]
    page = client.get(URL).text
    assert '<details class="ans archived"' in page
    assert "The box is not sold any more" in page
    assert "acceptedAnswer" not in page


def test_readers_are_sent_on_to_the_successor(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id, old = answered(people, now)
    new = answer(question_id, people.ana, now)
    ana = browser(app, people.ana)
    assert ana.post(f"/answers/{old}/archive", data={"reason": "Old"}).status_code == 403, "a verifier needs a successor"
    assert ana.post(f"/answers/{old}/archive", data={"successor": f"http://localhost{URL}#answer-{new}"}).status_code == 303
    assert reload_answer(session, old).successor_id == new
    assert steps(session, old)[-1] == ("fresh", "superseded", "archived", people.ana.id)
    page = client.get(URL).text
    assert f'A newer answer takes its place: <a href="{URL}#answer-{new}">the answer by Ana</a>' in page
    elsewhere = answer(ask(people.marta, now, title="Another question altogether"), people.ana, now)
    archive.archive(old, reason="", successor_id=elsewhere, by=people.mo, now=now)
    url = f"/questions/2/another-question-altogether#answer-{elsewhere}"
    assert f'<a href="{url}">Another question altogether</a>' in client.get(URL).text


@pytest.mark.parametrize("days", [1, 91, 456])
def test_from_every_state(people: People, session: Session, now: datetime, days: int) -> None:
    _, answer_id = answered(people, now)
    archive.archive(answer_id, reason="Sold out", by=people.mo, now=now + days * DAY)
    before = {1: "fresh", 91: "due", 456: "expired"}[days]
    assert steps(session, answer_id)[-1] == (before, "archived", "archived", people.mo.id)


def test_archiving_again_changes_nothing(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    archive.archive(answer_id, reason="Sold out", by=people.mo, now=now)
    archive.archive(answer_id, reason="Really", by=people.jonas, now=now + DAY)
    assert reload_answer(session, answer_id).archived_at == now
    assert len(acts(session)) == 1


def test_a_wrong_successor(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, first = answered(people, now)
    second, third = (answer(question_id, people.ana, now) for _ in range(2))
    jonas = browser(app, people.jonas)
    for typed in ("99", "the one above", "/answers/", str(2**40)):
        page = jonas.post(f"/answers/{first}/archive", data={"reason": "Old <one>", "successor": typed})
        assert page.status_code == 422, typed
        assert 'href="#f-successor"' in page.text
        assert f'value="{typed}"' in page.text
        assert 'value="Old &lt;one&gt;"' in page.text
    with pytest.raises(Invalid, match="leads back"):
        archive.archive(first, reason="Old", successor_id=first, by=people.mo, now=now)
    archive.archive(first, reason="Old", successor_id=second, by=people.mo, now=now)
    with pytest.raises(Invalid, match="archived itself"):
        archive.archive(third, reason="Old", successor_id=first, by=people.mo, now=now)
    with pytest.raises(Invalid, match="archived itself"):
        archive.archive(second, reason="Old", successor_id=first, by=people.mo, now=now)
    removal.remove_answer(third, reason="Gone", by=people.mo, now=now)
    with pytest.raises(Invalid, match="no such answer"):
        archive.archive(second, reason="Old", successor_id=third, by=people.mo, now=now)


def test_a_reason_is_needed_where_nothing_takes_its_place(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    _, answer_id = answered(people, now)
    page = browser(app, people.jonas).post(f"/answers/{answer_id}/archive", data={"reason": " "})
    assert page.status_code == 422
    assert "The reason is missing." in page.text
    assert reload_answer(session, answer_id).archived_at is None


def test_a_removed_successor_is_not_shown(client: FlaskClient, people: People, now: datetime) -> None:
    question_id, old = answered(people, now)
    new = answer(question_id, people.ana, now)
    archive.archive(old, reason="Old", successor_id=new, by=people.mo, now=now)
    removal.remove_answer(new, reason="Wrong", by=people.mo, now=now)
    assert "takes its place" not in client.get(URL).text


# --- bringing back ------------------------------------------------------------------------------------------------------


def test_a_moderator_brings_it_back_as_due(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    question_id, answer_id = answered(people, clock.now)
    archive.archive(answer_id, reason="Sold out", by=people.mo, now=clock.now)
    now = clock.forward(days=1)
    mo = browser(app, people.mo)
    assert "Take out of the archive" in mo.get(URL).text
    assert mo.post(f"/answers/{answer_id}/archive?_method=DELETE").status_code == 303
    found = reload_answer(session, answer_id)
    assert (found.state, found.archived_at, found.successor_id) == ("due", None, None)
    assert (found.best_before_at, found.expires_at) == (now, now + 365 * DAY)
    assert steps(session, answer_id)[-1] == ("archived", "restored", "due", people.mo.id)
    assert reload_question(session, question_id).lead_answer_id == answer_id
    page = client.get(URL).text
    assert "brought back by Mo" in page
    with pytest.raises(NotFound):
        archive.restore(answer_id, by=people.mo, now=now)


@on_sqlite
def test_a_strict_tag_gives_no_grace_to_what_comes_back(people: People, session: Session, now: datetime) -> None:
    make_tag(session, "tariffs", now, interval_days=30, grace_days=0)
    answer_id = answer(ask(people.marta, now, tags_text="tariffs"), people.jonas, now)
    archive.archive(answer_id, reason="Sold out", by=people.mo, now=now)
    archive.restore(answer_id, by=people.mo, now=now + DAY)
    found = reload_answer(session, answer_id)
    assert found.best_before_at == found.expires_at == now + DAY


# --- method and person --------------------------------------------------------------------------------------------------


def test_who_may(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    other = answer(question_id, people.ana, now)
    url, data = f"/answers/{answer_id}/archive", {"reason": "Old", "successor": str(other)}
    for visitor, status in ((client, 401), (browser(app, people.marta), 403)):
        assert visitor.post(url, data=data).status_code == status
    archive.archive(answer_id, reason="Old", by=people.mo, now=now)
    for visitor, status in ((client, 401), (browser(app, people.jonas), 403), (browser(app, people.ana), 403)):
        assert visitor.delete(url).status_code == status
    with pytest.raises(Forbidden):
        archive.restore(answer_id, by=people.ana, now=now)
    removal.remove_answer(other, by=people.ana, now=now)
    with pytest.raises(Gone):
        archive.archive(other, reason="Old", by=people.mo, now=now)


# --- what is not in the table -------------------------------------------------------------------------------------------


@on_sqlite
@pytest.mark.parametrize(
    ("days", "event"),
    [
        (1, Event.POSTED),
        (1, Event.RESTORED),
        (1, Event.GRACE_ENDED),
        (91, Event.BEST_BEFORE_REACHED),
        (91, Event.RESTORED),
        (456, Event.GRACE_ENDED),
        (456, Event.RESTORED),
    ],
)
def test_a_wrong_move_leaves_nothing_behind(people: People, session: Session, now: datetime, days: int, event: Event) -> None:
    _, answer_id = answered(people, now)
    before = reload_answer(session, answer_id)
    with pytest.raises(WrongMove):
        life.move(session, before, event, people.mo.id, "because", now + days * DAY)
    session.rollback()
    assert reload_answer(session, answer_id).state == "fresh"
    assert len(session.scalars(select(Transition)).all()) == 1


# --- at once ------------------------------------------------------------------------------------------------------------


def test_twenty_archive_and_restore_at_once(app: Flask, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    mo_id = people.mo.id
    session.rollback()

    def act(number: int) -> None:
        if number % 2:
            archive.restore(answer_id, by=person_here(mo_id), now=now)
        else:
            archive.archive(answer_id, reason="Sold out", by=person_here(mo_id), now=now)

    results = at_once(app, 20, act)
    assert [result for result in results if not (result is None or isinstance(result, NotFound))] == []
    told_states = [to for _, _, to, _ in steps(session, answer_id)]
    assert told_states == ["fresh", *["archived", "due"] * (len(told_states) // 2)][: len(told_states)], (
        "each follows from the last"
    )
    found = reload_answer(session, answer_id)
    assert found.state == told_states[-1]
    assert (found.archived_at is not None) == (found.state == "archived")


def test_answers_of_two_questions_that_take_each_others_place_at_once(
    app: Flask, people: People, session: Session, now: datetime
) -> None:
    (_, first), (_, second) = answered(people, now), answered(people, now)
    mo_id = people.mo.id
    session.rollback()
    pairs = ((first, second), (second, first))

    def act(number: int) -> None:
        here, there = pairs[number % 2]
        archive.archive(here, reason="", successor_id=there, by=person_here(mo_id), now=now)

    results = at_once(app, 8, act)
    assert [result for result in results if not (result is None or isinstance(result, Invalid))] == []
    successors = [reload_answer(session, number).successor_id for number in (first, second)]
    assert successors.count(None) == 1, successors
