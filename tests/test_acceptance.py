"""Accepting an answer and withdrawing it: what it pays, what it moves, and that there is one, whoever comes at once."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, Forbidden, NotFound
from community import acceptance
from community.freshness import archive
from community.models import Acceptance
from community.moderation import removal
from reputation import points
from reputation.points import STARTING_REPUTATION
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People
from tests.stories import (
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

ACCEPTED, ACCEPTING = points.of("answer_accepted"), points.of("accepting")


def acceptances(session: Session) -> list[tuple[int, bool]]:
    """Every acceptance there was: the answer, and whether it stands."""
    session.rollback()
    rows = session.scalars(select(Acceptance).order_by(Acceptance.id))
    return [(row.answer_id, row.withdrawn_at is None) for row in rows]


# --- works --------------------------------------------------------------------------------------------------------------


def test_marta_accepts(app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock) -> None:
    question_id, answer_id = answered(people, clock.now)
    now = clock.forward(days=2)
    done = browser(app, people.marta).post(f"/answers/{answer_id}/acceptance")
    assert done.status_code == 303
    assert done.location.endswith(f"#answer-{answer_id}")
    question = reload_question(session, question_id)
    assert (question.accepted_answer_id, question.accepted_at, question.activity_at) == (answer_id, now, now)
    found = reload_answer(session, answer_id)
    assert (found.fresh_from, found.best_before_at, found.expires_at) == (now, now + INTERVAL, now + INTERVAL + GRACE)
    assert entries(session, people.jonas) == [("answer_accepted", ACCEPTED)]
    assert entries(session, people.marta) == [("accepting", ACCEPTING)]
    assert (reputation(session, people.jonas), reputation(session, people.marta)) == (16, 3)
    assert life(session, answer_id)[-1] == ("fresh", "accepted", "fresh", people.marta.id)
    (message,) = told(session, "answer.accepted")
    assert (message["answer_id"], message["by_id"]) == (answer_id, people.marta.id)
    page = client.get(done.location.partition("#")[0]).text
    assert 'itemprop="acceptedAnswer"' in page
    assert "Solved" in page


def test_accepting_again_changes_nothing(people: People, session: Session, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    acceptance.accept(answer_id, by=people.marta, now=now + timedelta(days=1))
    assert acceptances(session) == [(answer_id, True)]
    assert reload_answer(session, answer_id).fresh_from == now
    assert len(told(session, "answer.accepted")) == 1


def test_ones_own_answer_pays_nobody(people: People, session: Session, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now), people.marta, now)
    acceptance.accept(answer_id, by=people.marta, now=now)
    assert entries(session, people.marta) == []
    assert reputation(session, people.marta) == STARTING_REPUTATION


def test_staff_accept_for_an_absent_asker(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    with pytest.raises(Forbidden, match="seven days"):
        acceptance.accept(answer_id, by=people.ana, now=now + timedelta(days=7) - timedelta(seconds=1))
    acceptance.accept(answer_id, by=people.ana, now=now + timedelta(days=7))
    assert entries(session, people.jonas) == [("answer_accepted", ACCEPTED)]
    assert entries(session, people.ana) == entries(session, people.marta) == []


def test_nobody_accepts_their_own_answer_for_the_asker(people: People, session: Session, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now), people.ana, now)
    with pytest.raises(Forbidden, match="You wrote this answer"):
        acceptance.accept(answer_id, by=people.ana, now=now + timedelta(days=8))


def test_accepting_ones_own_answer_vouches_for_nothing(people: People, session: Session, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now), people.marta, now)
    acceptance.accept(answer_id, by=people.marta, now=now + timedelta(days=30))
    assert reload_answer(session, answer_id).best_before_at == now + INTERVAL


def test_accepting_again_vouches_once(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    acceptance.accept(answer_id, by=people.marta, now=now + timedelta(days=10))
    acceptance.withdraw(answer_id, by=people.marta, now=now + timedelta(days=80))
    acceptance.accept(answer_id, by=people.marta, now=now + timedelta(days=80))
    assert reload_answer(session, answer_id).best_before_at == now + timedelta(days=10) + INTERVAL


def test_an_asker_without_a_confirmed_address_pays_nobody(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    people.marta.email_confirmed_at = None
    session.commit()
    acceptance.accept(answer_id, by=people.marta, now=now)
    assert entries(session, people.jonas) == entries(session, people.marta) == []


def test_accepting_a_due_answer_makes_it_fresh(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    late = now + INTERVAL + timedelta(days=1)
    acceptance.accept(answer_id, by=people.marta, now=late)
    found = reload_answer(session, answer_id)
    assert (found.state, found.best_before_at) == ("fresh", late + INTERVAL)
    assert life(session, answer_id)[1:] == [
        ("fresh", "best_before_reached", "due", None),
        ("due", "accepted", "fresh", people.marta.id),
    ]


def test_accepting_an_expired_answer_makes_it_due(
    app: Flask, client: FlaskClient, people: People, session: Session, clock: Clock
) -> None:
    question_id, answer_id = answered(people, clock.now)
    late = clock.forward(days=90 + 365 + 10)
    acceptance.accept(answer_id, by=people.marta, now=late)
    found = reload_answer(session, answer_id)
    assert (found.state, found.best_before_at) == ("due", late)
    assert found.expires_at == late + INTERVAL + GRACE
    assert life(session, answer_id)[-1] == ("expired", "accepted", "due", people.marta.id)
    assert reload_question(session, question_id).lead_answer_id == answer_id
    page = client.get(f"/questions/{question_id}/my-router-drops-the-wi-fi-every-evening").text
    assert "Past its date" in page
    assert 'itemprop="acceptedAnswer"' in page, "due keeps its place"


def test_accepting_an_expired_answer_of_a_strict_tag_gives_it_one_more_interval_as_due(
    people: People, session: Session, now: datetime
) -> None:
    make_tag(session, "tariffs", now, interval_days=30, grace_days=0)
    answer_id = answer(ask(people.marta, now, tags_text="tariffs"), people.jonas, now)
    late = now + timedelta(days=40)
    acceptance.accept(answer_id, by=people.marta, now=late)
    found = reload_answer(session, answer_id)
    assert found.state == "due"
    assert found.best_before_at == late
    assert found.expires_at == late + timedelta(days=30)


def test_an_archived_answer_cannot_be_accepted(people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    archive.archive(answer_id, reason="The box is not sold any more", by=people.mo, now=now)
    with pytest.raises(Conflict, match="archived"):
        acceptance.accept(answer_id, by=people.marta, now=now)
    assert acceptances(session) == []


# --- withdrawing and moving ---------------------------------------------------------------------------------------------


def test_withdrawing_takes_everything_back(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id, answer_id = accepted(people, now)
    before = reload_answer(session, answer_id).best_before_at
    done = browser(app, people.marta).post(f"/answers/{answer_id}/acceptance?_method=DELETE")
    assert done.status_code == 303
    question = reload_question(session, question_id)
    assert (question.accepted_answer_id, question.accepted_at) == (None, None)
    assert reload_answer(session, answer_id).best_before_at == before
    assert entries(session, people.jonas) == [("answer_accepted", ACCEPTED), ("reversal", -ACCEPTED)]
    assert entries(session, people.marta) == [("accepting", ACCEPTING), ("reversal", -ACCEPTING)]
    assert reputation(session, people.jonas) == reputation(session, people.marta) == STARTING_REPUTATION
    assert acceptances(session) == [(answer_id, False)]
    with pytest.raises(NotFound):
        acceptance.withdraw(answer_id, by=people.marta, now=now)


def test_withdrawn_and_accepted_again_is_paid_once_in_the_end(people: People, session: Session, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    for _ in range(3):
        acceptance.withdraw(answer_id, by=people.marta, now=now)
        acceptance.accept(answer_id, by=people.marta, now=now)
    assert (reputation(session, people.jonas), reputation(session, people.marta)) == (16, 3)
    assert acceptances(session) == [(answer_id, False)] * 3 + [(answer_id, True)]
    assert len(entries(session, people.jonas)) == 7


def test_the_acceptance_moves_to_a_better_answer(
    app: Flask, client: FlaskClient, people: People, session: Session, now: datetime
) -> None:
    question_id, first = accepted(people, now)
    second = answer(question_id, people.ana, now)
    marta = browser(app, people.marta)
    assert f'name="instead_of" value="{first}"' in marta.get(f"/answers/{first}", follow_redirects=True).text
    with pytest.raises(Conflict, match="Another answer"):
        acceptance.accept(second, by=people.marta, now=now)
    assert marta.post(f"/answers/{second}/acceptance", data={"instead_of": str(first)}).status_code == 303
    assert reload_question(session, question_id).accepted_answer_id == second
    assert reputation(session, people.jonas) == STARTING_REPUTATION
    assert reputation(session, people.ana) == STARTING_REPUTATION + ACCEPTED
    assert reputation(session, people.marta) == STARTING_REPUTATION + ACCEPTING
    with pytest.raises(Conflict):
        acceptance.accept(first, instead_of=first, by=people.marta, now=now)


def test_who_may_not_withdraw_an_acceptance_cannot_move_it(people: People, session: Session, now: datetime) -> None:
    question_id, first = accepted(people, now)
    second = answer(question_id, people.ana, now)
    with pytest.raises(Forbidden):
        acceptance.accept(second, instead_of=first, by=people.ana, now=now + timedelta(days=30))
    assert reload_question(session, question_id).accepted_answer_id == first
    acceptance.accept(second, instead_of=first, by=people.mo, now=now + timedelta(days=30))
    assert reload_question(session, question_id).accepted_answer_id == second


def test_a_removed_answer_pays_nobody_until_it_is_back(people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = accepted(people, now)
    removal.remove_answer(answer_id, reason="Wrong place", by=people.mo, now=now)
    assert reputation(session, people.jonas) == reputation(session, people.marta) == STARTING_REPUTATION
    assert reload_question(session, question_id).lead_answer_id is None
    removal.restore_answer(answer_id, by=people.mo, now=now)
    assert (reputation(session, people.jonas), reputation(session, people.marta)) == (16, 3)
    acceptance.withdraw(answer_id, by=people.marta, now=now)
    assert reputation(session, people.jonas) == reputation(session, people.marta) == STARTING_REPUTATION


# --- method and person --------------------------------------------------------------------------------------------------


def test_a_link_accepts_nothing(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    _, answer_id = answered(people, now)
    assert browser(app, people.marta).get(f"/answers/{answer_id}/acceptance").status_code == 405
    assert acceptances(session) == []


def test_who_may_accept_and_withdraw(app: Flask, client: FlaskClient, people: People, session: Session, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    for visitor, status in ((client, 401), (browser(app, people.jonas), 403), (browser(app, people.ana), 403)):
        assert visitor.post(f"/answers/{answer_id}/acceptance").status_code == status
    assert acceptances(session) == []
    acceptance.accept(answer_id, by=people.marta, now=now)
    for visitor, status in ((client, 401), (browser(app, people.jonas), 403), (browser(app, people.ana), 403)):
        assert visitor.delete(f"/answers/{answer_id}/acceptance").status_code == status
    assert reload_question(session, question_id).accepted_answer_id == answer_id
    assert browser(app, people.mo).delete(f"/answers/{answer_id}/acceptance").status_code == 303
    assert browser(app, people.marta).post("/answers/99/acceptance").status_code == 404


ONLY_THE_ASKER = (
    "Only the person who asked can accept an answer. After 7 quiet days 500 reputation is enough; you have 1, 499 short."
)


def test_a_script_is_answered_in_its_own_words(app: Flask, client: FlaskClient, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    script = {"Accept": "application/json"}
    refused = browser(app, people.jonas).post(f"/answers/{answer_id}/acceptance", headers=script)
    assert (refused.status_code, refused.json) == (403, {"error": ONLY_THE_ASKER})
    done = browser(app, people.marta).post(f"/answers/{answer_id}/acceptance", headers=script)
    assert (done.status_code, done.json) == (200, {"accepted": True})


# --- at once ------------------------------------------------------------------------------------------------------------


def test_forty_threads_accept_eight_answers(app: Flask, people: People, session: Session, now: datetime) -> None:
    question_id = ask(people.marta, now)
    numbers = [answer(question_id, people.jonas, now) for _ in range(8)]
    marta_id = people.marta.id
    session.rollback()
    results = at_once(app, 40, lambda n: acceptance.accept(numbers[n % 8], by=person_here(marta_id), now=now))
    unexpected = [result for result in results if not (result is None or isinstance(result, Conflict))]
    assert unexpected == []
    assert len(acceptances(session)) == 1
    winner = reload_question(session, question_id).accepted_answer_id
    assert acceptances(session) == [(winner, True)]
    assert results.count(None) == 5, "the five threads of the answer that won; the others are told"
    assert entries(session, people.jonas) == [("answer_accepted", ACCEPTED)]
    assert entries(session, people.marta) == [("accepting", ACCEPTING)]
    assert [message["answer_id"] for message in told(session, "answer.accepted")] == [winner]


def test_moving_the_acceptance_twenty_times_at_once(app: Flask, people: People, session: Session, now: datetime) -> None:
    question_id, first = accepted(people, now)
    others = [answer(question_id, people.ana, now) for _ in range(4)]
    marta_id = people.marta.id
    session.rollback()

    def act(number: int) -> None:
        acceptance.accept(others[number % 4], instead_of=first, by=person_here(marta_id), now=now)

    results = at_once(app, 20, act)
    assert [result for result in results if not (result is None or isinstance(result, Conflict))] == []
    assert [stands for _, stands in acceptances(session)] == [False, True]
    assert reputation(session, people.jonas) == STARTING_REPUTATION
    assert reputation(session, people.ana) == STARTING_REPUTATION + ACCEPTED
    assert reputation(session, people.marta) == STARTING_REPUTATION + ACCEPTING
