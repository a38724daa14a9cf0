"""Verification: still right, repaired, wrong, cannot tell; how many it takes, what it pays, and who was first."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.errors import Conflict, Forbidden, Invalid
from community import acceptance, answers
from community.freshness import archive, signals
from community.freshness.verification import Outcome, verify
from community.lifecycle import State
from community.models import Revision, Verification
from reputation.points import DAILY_CONFIRMATIONS_PAID, FIND_PAUSE, KEPT_CURRENT_PAUSE, STARTING_REPUTATION
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People, make_expert, person
from tests.stories import (
    ANSWER,
    GRACE,
    INTERVAL,
    accepted,
    answer,
    answered,
    ask,
    browser,
    entries,
    life,
    make_tag,
    person_here,
    reload_answer,
    reload_question,
    reputation,
    told,
)

REPAIR = "Set the channel to 11 by hand, or install firmware 4.3, where the automatic choice works."
DAY = timedelta(days=1)


def kept(session: Session) -> list[tuple[int, str, int]]:
    """Who found what in which round."""
    session.rollback()
    rows = session.scalars(select(Verification).order_by(Verification.id))
    return [(row.verifier_id, row.verdict, row.round) for row in rows]


@pytest.fixture
def eva(session: Session, people: People, now: datetime) -> User:
    """A second verifier: staff."""
    found = person("Eva", now, role=Role.STAFF)
    session.add(found)
    session.commit()
    return found


@pytest.fixture
def critical(session: Session, people: People, now: datetime) -> str:
    """A tag that asks for two verifiers."""
    make_tag(session, "critical", now, interval_days=60, grace_days=100, verifiers_needed=2)
    return "critical"


# --- still right --------------------------------------------------------------------------------------------------------


def test_ana_finds_it_still_right(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    _, answer_id = answered(people, clock.now)
    now = clock.forward(days=100)
    ana = browser(app, people.ana)
    data = {"outcome": "right", "release": "Firmware 4.3", "evidence": "Tried it in the lab.", "round": "0"}
    done = ana.post(f"/answers/{answer_id}/verifications", data=data)
    assert done.status_code == 303
    assert done.location.endswith(f"#answer-{answer_id}")
    found = reload_answer(session, answer_id)
    assert (found.state, found.fresh_from, found.best_before_at) == ("fresh", now, now + INTERVAL)
    assert found.expires_at == now + INTERVAL + GRACE
    assert (found.verified_at, found.verified_by_id, found.verified_on, found.round) == (now, people.ana.id, "Firmware 4.3", 1)
    verification = session.scalars(select(Verification)).one()
    assert (verification.verdict, verification.evidence, verification.release) == (
        "right",
        "Tried it in the lab.",
        "Firmware 4.3",
    )
    assert life(session, answer_id)[-1] == ("due", "verified", "fresh", people.ana.id)
    assert found.state_reason == "checked by Ana on Firmware 4.3: still right"
    assert told(session, "answer.verified") == [{"answer_id": answer_id, "verification_id": verification.id}]
    page = client.get(done.location.partition("#")[0]).text
    assert "checked" in page
    assert "on Firmware 4.3" in page
    assert "Kept as current" in ana.get(done.location.partition("#")[0]).text


@pytest.mark.parametrize("days", [1, 91, 456])
def test_still_right_makes_it_fresh_from_wherever_it_was(people: People, session: Session, now: datetime, days: int) -> None:
    _, answer_id = answered(people, now)
    then = now + days * DAY
    assert verify(answer_id, "right", by=people.ana, now=then) == Outcome(State.FRESH)
    assert reload_answer(session, answer_id).best_before_at == then + INTERVAL
    before = {1: "fresh", 91: "due", 456: "expired"}[days]
    assert life(session, answer_id)[-1] == (before, "verified", "fresh", people.ana.id)


def test_what_still_right_pays(people: People, session: Session, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    base = reputation(session, people.jonas)
    verify(answer_id, "right", by=people.ana, now=now + DAY)
    assert entries(session, people.ana) == [("still_right", 1)]
    assert reputation(session, people.jonas) == base + 5
    verify(answer_id, "right", by=people.mo, now=now + 2 * DAY)
    assert reputation(session, people.jonas) == base + 5, "at most once in sixty days"
    verify(answer_id, "right", by=people.ana, now=now + DAY + KEPT_CURRENT_PAUSE)
    assert reputation(session, people.jonas) == base + 10


def test_an_answer_that_is_not_accepted_brings_its_author_nothing(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    verify(answer_id, "right", by=people.ana, now=now)
    assert entries(session, people.jonas) == []


@on_sqlite
def test_five_checks_a_day_are_paid(people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    for _ in range(DAILY_CONFIRMATIONS_PAID + 2):
        verify(answer(question_id, people.jonas, now), "right", by=people.ana, now=now)
    assert reputation(session, people.ana) == STARTING_REPUTATION + DAILY_CONFIRMATIONS_PAID
    verify(answer(question_id, people.jonas, now), "right", by=people.ana, now=now + DAY)
    assert reputation(session, people.ana) == STARTING_REPUTATION + DAILY_CONFIRMATIONS_PAID + 1


# --- two verifiers ------------------------------------------------------------------------------------------------------


def test_a_critical_tag_takes_two(
    app: Flask, client: FlaskClient, people: People, eva: User, critical: str, session: Session, clock: Clock
) -> None:
    answer_id = answer(ask(people.marta, clock.now, tags_text=critical), people.jonas, clock.now)
    now = clock.forward(days=61)
    ana = browser(app, people.ana)
    done = ana.post(f"/answers/{answer_id}/verifications", data={"outcome": "right"})
    assert "One more person has to find it right" in ana.get(done.location.partition("#")[0]).text
    found = reload_answer(session, answer_id)
    assert (found.state, found.round, found.verified_at) == ("due", 0, None)
    assert told(session, "answer.verified") == []
    with pytest.raises(Conflict, match="somebody else"):
        verify(answer_id, "right", by=people.ana, now=now)
    assert verify(answer_id, "right", by=eva, now=now) == Outcome(State.FRESH)
    found = reload_answer(session, answer_id)
    assert (found.state, found.round, found.verified_by_id) == ("fresh", 1, eva.id)
    assert found.best_before_at == now + 60 * DAY
    assert entries(session, people.ana) == entries(session, eva) == [("still_right", 1)]


def test_a_repair_of_a_critical_answer_waits_for_another_person(
    people: People, eva: User, critical: str, session: Session, now: datetime
) -> None:
    answer_id = answer(ask(people.marta, now, tags_text=critical), people.jonas, now)
    outcome = verify(answer_id, "repaired", body=REPAIR, by=people.ana, now=now)
    assert outcome.state == State.DUE
    found = reload_answer(session, answer_id)
    assert (found.state, found.best_before_at, found.expires_at) == ("due", now, now + 100 * DAY)
    assert life(session, answer_id)[-1] == ("fresh", "repair_proposed", "due", people.ana.id)
    with pytest.raises(Conflict):
        verify(answer_id, "right", by=people.ana, now=now)
    assert verify(answer_id, "right", by=eva, now=now).state == State.FRESH
    assert ("wrong_found", 5) in entries(session, people.ana), "another person agrees with the find"
    assert ("answer_repaired", 5) in entries(session, people.ana)


def test_one_wrong_is_enough_for_a_critical_answer(people: People, critical: str, session: Session, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now, tags_text=critical), people.jonas, now)
    assert verify(answer_id, "wrong", note="It bricks the box.", by=people.ana, now=now).state == State.EXPIRED


# --- wrong --------------------------------------------------------------------------------------------------------------


def test_wrong_expires_at_once_and_says_why(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    question_id, answer_id = accepted(people, clock.now)
    base, now = reputation(session, people.jonas), clock.forward(days=3)
    data = {"outcome": "wrong", "note": "Since 4.3 the channel cannot be set."}
    assert browser(app, people.ana).post(f"/answers/{answer_id}/verifications", data=data).status_code == 303
    found = reload_answer(session, answer_id)
    assert (found.state, found.best_before_at, found.expires_at) == ("expired", now, now)
    assert life(session, answer_id)[-1] == ("fresh", "found_wrong", "expired", people.ana.id)
    assert reputation(session, people.jonas) == base, "points never fall because an answer expired"
    assert reload_question(session, question_id).current_until == now
    page = client.get(f"/questions/{question_id}/my-router-drops-the-wi-fi-every-evening").text
    assert "Since 4.3 the channel cannot be set." in page
    assert "acceptedAnswer" not in page
    assert "Needs a current answer" in page
    assert '<details class="ans expired"' in page


def test_wrong_needs_a_note(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    data = {"outcome": "wrong", "release": "Firmware <4.3>", "evidence": "In the lab", "round": "0"}
    page = browser(app, people.ana).post(f"/answers/{answer_id}/verifications", data=data)
    assert page.status_code == 422
    assert 'value="Firmware &lt;4.3&gt;"' in page.text
    assert 'value="In the lab"' in page.text
    assert "What is wrong is missing." in page.text
    assert 'href="#f-note"' in page.text
    assert 'name="round" value="0"' in page.text
    assert kept(session) == []


def test_a_find_is_paid_when_another_person_agrees(people: People, eva: User, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    verify(answer_id, "wrong", note="It is another menu.", by=people.ana, now=now)
    assert entries(session, people.ana) == []
    verify(answer_id, "wrong", note="Right, there is no such menu.", by=eva, now=now + DAY)
    assert entries(session, people.ana) == [("wrong_found", 5)]
    assert entries(session, eva) == []


def test_who_disagrees_with_a_find_confirms_nothing(people: People, eva: User, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    answers.edit(answer_id, body=REPAIR, by=people.jonas, now=now)
    verify(answer_id, "wrong", note="It is another menu.", by=people.ana, now=now + DAY)
    verify(answer_id, "right", by=eva, now=now + 2 * DAY)
    assert entries(session, people.ana) == []
    assert entries(session, people.jonas) == [], "he repaired nothing: his edit came before the find"
    acceptance.accept(answer_id, by=people.marta, now=now + 3 * DAY)
    assert entries(session, people.ana) == []


def test_an_edit_after_a_find_is_a_repair(people: People, eva: User, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    verify(answer_id, "wrong", note="It is another menu.", by=people.ana, now=now)
    answers.edit(answer_id, body=REPAIR, by=people.jonas, now=now + DAY)
    verify(answer_id, "right", by=eva, now=now + 2 * DAY)
    assert entries(session, people.ana) == [("wrong_found", 5)]
    assert entries(session, people.jonas) == [("answer_repaired", 5)]
    assert entries(session, eva) == [("still_right", 1)]


def test_who_repairs_what_another_found_wrong_agrees_with_the_find(
    people: People, eva: User, session: Session, now: datetime
) -> None:
    _, answer_id = answered(people, now)
    verify(answer_id, "wrong", note="It is another menu.", by=people.ana, now=now)
    verify(answer_id, "repaired", body=REPAIR, by=eva, now=now + DAY)
    assert entries(session, people.ana) == [("wrong_found", 5)]
    verify(answer_id, "wrong", note="Now it is worse.", by=people.ana, now=now + 2 * DAY)
    assert entries(session, eva) == [], "finding the new text wrong says nothing of the old one"


def test_readers_who_reported_it_are_paid(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    signals.say(answer_id, "broken", by=people.marta, now=now)
    signals.say(answer_id, "broken", by=people.ana, now=now)
    signals.say(answer_id, "works", by=people.mo, now=now)
    signals.say(answer_id, "broken", network_mark="m" * 64, now=now)
    verify(answer_id, "wrong", note="It is another menu.", by=people.ana, now=now)
    assert entries(session, people.marta) == [("report_confirmed", 3)]
    assert entries(session, people.ana) == entries(session, people.mo) == []


def test_taking_turns_in_finding_it_wrong_pays_once(people: People, eva: User, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    for turn in range(6):
        signals.say(answer_id, "broken", by=people.marta, now=now + turn * DAY)
        verify(answer_id, "wrong", note="It is another menu.", by=(people.ana, eva)[turn % 2], now=now + turn * DAY)
    assert entries(session, people.ana) == entries(session, eva) == [("wrong_found", 5)]
    assert entries(session, people.marta) == [("report_confirmed", 3)]
    later = now + 2 * DAY + FIND_PAUSE
    signals.say(answer_id, "broken", by=people.marta, now=later)
    verify(answer_id, "wrong", note="It is another menu.", by=people.ana, now=later)
    assert entries(session, people.marta) == [("report_confirmed", 3)] * 2


def test_taking_turns_in_repairing_and_agreeing_pays_once(people: People, eva: User, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    for turn in range(3):
        verify(answer_id, "repaired", body=f"{REPAIR}{'.' * turn}", by=people.ana, now=now + turn * DAY)
        verify(answer_id, "right", by=eva, now=now + turn * DAY)
    assert entries(session, people.ana) == [("wrong_found", 5), ("answer_repaired", 5)]


# --- repaired -----------------------------------------------------------------------------------------------------------


def test_wrong_here_is_the_repair(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    _, answer_id = answered(people, clock.now)
    now = clock.forward(days=500)
    data = {"outcome": "repaired", "body": REPAIR, "note": "4.3 is out", "release": "Firmware 4.3"}
    assert browser(app, people.ana).post(f"/answers/{answer_id}/verifications", data=data).status_code == 303
    found = reload_answer(session, answer_id)
    assert (found.state, found.body_source, found.best_before_at) == ("fresh", REPAIR, now + INTERVAL)
    assert (found.author_id, found.edited_by_id, found.revision_count) == (people.jonas.id, people.ana.id, 2)
    assert life(session, answer_id)[-1] == ("expired", "repaired", "fresh", people.ana.id)
    rows = session.execute(select(Revision.body_source, Revision.summary).where(Revision.answer_id == answer_id)).all()
    assert [tuple(row) for row in rows] == [(ANSWER, ""), (REPAIR, "4.3 is out")]


def test_a_repair_is_another_text(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    ana = browser(app, people.ana)
    page = ana.post(f"/answers/{answer_id}/verifications", data={"outcome": "repaired", "body": ANSWER})
    assert page.status_code == 422
    assert "This is the text as it was." in page.text
    page = ana.post(f"/answers/{answer_id}/verifications", data={"outcome": "repaired", "body": "Short", "note": "Why not"})
    assert page.status_code == 422
    assert "Short</textarea>" in page.text
    assert "Why not</textarea>" in page.text
    assert kept(session) == []


def test_a_repair_is_paid_when_somebody_finds_it_right(people: People, eva: User, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    verify(answer_id, "repaired", body=REPAIR, by=people.ana, now=now)
    assert entries(session, people.ana) == []
    verify(answer_id, "right", by=eva, now=now + DAY)
    assert entries(session, people.ana) == [("wrong_found", 5), ("answer_repaired", 5)]
    verify(answer_id, "right", by=eva, now=now + 2 * DAY)
    assert len(entries(session, people.ana)) == 2, "once"


def test_accepting_a_repaired_answer_agrees_with_the_find(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    verify(answer_id, "repaired", body=REPAIR, by=people.ana, now=now)
    acceptance.accept(answer_id, by=people.marta, now=now + DAY)
    assert entries(session, people.ana) == [("wrong_found", 5)]


# --- cannot tell, archive -----------------------------------------------------------------------------------------------


def test_cannot_tell_changes_nothing(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    before = reload_answer(session, answer_id)
    dates = (before.state, before.best_before_at, before.round)
    assert browser(app, people.ana).post(f"/answers/{answer_id}/verifications", data={"outcome": "unsure"}).status_code == 303
    after = reload_answer(session, answer_id)
    assert (after.state, after.best_before_at, after.round) == dates
    assert kept(session) == [(people.ana.id, "unsure", 0)]
    assert entries(session, people.ana) == []


def test_archive_is_one_of_the_five(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    better = answer(question_id, people.ana, now)
    mo, ana = browser(app, people.mo), browser(app, people.ana)
    page = ana.post(f"/answers/{answer_id}/verifications", data={"outcome": "archive", "note": "Old"})
    assert page.status_code == 403
    assert "Name the answer that takes its place" in page.text
    assert 'name="successor"' in page.text, "the form has the field that was missing"
    page = mo.post(f"/answers/{answer_id}/verifications", data={"outcome": "archive"})
    assert page.status_code == 422
    assert '<p class="err" id="e-note">The reason is missing.</p>' in page.text
    page = ana.post(f"/answers/{answer_id}/verifications", data={"outcome": "archive", "successor": "the other one"})
    assert page.status_code == 422
    assert 'id="e-successor"' in page.text
    assert 'value="the other one"' in page.text
    data = {"outcome": "archive", "successor": str(better)}
    assert ana.post(f"/answers/{answer_id}/verifications", data=data).status_code == 303
    assert reload_answer(session, answer_id).successor_id == better


def test_an_archived_answer_has_to_be_restored_first(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    archive.archive(answer_id, reason="Sold out", by=people.mo, now=now)
    with pytest.raises(Conflict, match="Restore it first"):
        verify(answer_id, "right", by=people.ana, now=now)


# --- method and person --------------------------------------------------------------------------------------------------


def test_who_may_verify(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    url, data = f"/answers/{answer_id}/verifications", {"outcome": "right", "evidence": "I believe it"}
    for visitor, status in ((client, 401), (browser(app, people.marta), 403), (browser(app, people.jonas), 403)):
        page = visitor.post(url, data=data)
        assert page.status_code == status
        assert 'value="I believe it"' in page.text
    make_expert(session, people.marta, "esim", now)
    session.commit()
    with pytest.raises(Forbidden, match="experts in one of the question’s tags"):
        verify(answer_id, "right", by=people.marta, now=now)
    make_expert(session, people.marta, "broadband", now)
    session.commit()
    with pytest.raises(Forbidden):
        verify(answer_id, "right", by=people.marta, now=now + timedelta(days=365))
    assert verify(answer_id, "right", by=people.marta, now=now) == Outcome(State.FRESH)


def test_staff_never_verify_their_own(people: People, session: Session, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now), people.ana, now)
    with pytest.raises(Forbidden, match="You wrote this answer"):
        verify(answer_id, "right", by=people.ana, now=now)


@on_sqlite
def test_a_verdict_is_one_of_four(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    with pytest.raises(Invalid, match="Choose what you found"):
        verify(answer_id, "perhaps", by=people.ana, now=now)
    ana = browser(app, people.ana)
    assert ana.post(f"/answers/{answer_id}/verifications").status_code == 422
    assert ana.post(f"/answers/{answer_id}/verifications", data={"outcome": "right", "round": "x"}).status_code == 422
    assert ana.post("/answers/99/verifications", data={"outcome": "right"}).status_code == 404


def test_back_to_the_answer_for_who_came_for_it(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    """Who works through the queue goes on in it: tests/pages/test_review.py."""
    _, answer_id = answered(people, now)
    headers = {"Referer": "http://localhost/review?answer=1"}
    done = browser(app, people.ana).post(f"/answers/{answer_id}/verifications", data={"outcome": "right"}, headers=headers)
    assert done.location.endswith(f"#answer-{answer_id}")


# --- first and second ---------------------------------------------------------------------------------------------------


def test_who_comes_second_is_told_kindly(
    app: Flask, client: FlaskClient, people: People, eva: User, session: Session, now: datetime
) -> None:
    _, answer_id = answered(people, now)
    verify(answer_id, "right", round=0, by=people.ana, now=now)
    data = {"outcome": "wrong", "note": "I think not", "round": "0"}
    page = browser(app, eva).post(f"/answers/{answer_id}/verifications", data=data)
    assert page.status_code == 409
    assert "Ana has just checked this answer" in page.text
    assert "I think not</textarea>" in page.text
    assert 'name="round" value="1"' in page.text, "sent again, it is a second opinion knowingly"
    assert kept(session) == [(people.ana.id, "right", 0)]


def test_forty_verifiers_at_once_make_one_check(app: Flask, people: People, session: Session, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    verifiers = [person(f"Verifier {number}", now, role=Role.STAFF) for number in range(40)]
    session.add_all(verifiers)
    session.commit()
    numbers = [verifier.id for verifier in verifiers]
    base = reputation(session, people.jonas)
    session.rollback()
    results = at_once(app, 40, lambda n: verify(answer_id, "right", round=0, by=person_here(numbers[n]), now=now))
    assert results.count(Outcome(State.FRESH)) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 39, results
    assert len(kept(session)) == 1
    assert len(told(session, "answer.verified")) == 1
    assert reputation(session, people.jonas) == base + 5
    assert reload_answer(session, answer_id).round == 1
    assert len([step for step in life(session, answer_id) if step[1] == "verified"]) == 1


def test_one_verifier_in_twenty_windows_makes_one_check(app: Flask, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    ana_id = people.ana.id
    session.rollback()
    results = at_once(app, 20, lambda _: verify(answer_id, "right", round=0, by=person_here(ana_id), now=now))
    assert results.count(Outcome(State.FRESH)) == 1
    assert entries(session, people.ana) == [("still_right", 1)]
