"""Expertise: suggested from points and accuracy, confirmed by a moderator, lapsing without use, back with use."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.outbox import EMITTED_AT
from community import questions, reach
from community.expertise import activity, decisions, lapsing, standing, suggesting
from community.expertise.counting import SELF_ADDED_WAITS
from community.expertise.suggesting import Record
from community.freshness import queue, verification
from community.models import Expertise, ExpertiseSuggestion, Notification, QuestionTag, SignalRecord, Tag
from community.moderation import accounts, expertise, privileges
from community.moderation.privileges import Wanted
from community.notifications import handlers as tell
from reputation import ledger
from reputation.ledger import Posting
from reputation.privileges.table import NEW, Thresholds
from tests.at_once import at_once
from tests.people import People, make_expert
from tests.stories import answer, answered, ask, browser, make_tag, person_here, told

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def tag_id(session: Session, name: str = "broadband") -> int:
    return session.execute(select(Tag.id).where(Tag.name == name)).scalar_one()


def until(session: Session, who: User, name: str = "broadband") -> datetime | None:
    session.rollback()
    query = select(Expertise.expires_at).where(Expertise.user_id == who.id, Expertise.tag_id == tag_id(session, name))
    return session.execute(query).scalar()


def qualify(session: Session, people: People, now: datetime, *, points: int = 34, right: int = 9, wrong: int = 1) -> None:
    """Jonas earns 15 points `points` times with one answer under `broadband`, and was right that often as a reader."""
    question_id, answer_id = answered(people, now)
    postings = [
        Posting(people.jonas.id, "answer_accepted", f"story:{number}", question_id=question_id, answer_id=answer_id)
        for number in range(points)
    ]
    with transaction():
        ledger.post(session, postings, now)
    session.add(SignalRecord(user_id=people.jonas.id, right=right, wrong=wrong))
    session.execute(update(User).where(User.id == people.jonas.id).values(last_seen_at=now))
    session.commit()


@pytest.mark.parametrize(
    ("judged", "right", "qualifies"), [(4, 4, False), (5, 4, False), (5, 5, True), (10, 8, False), (100, 81, True), (0, 0, False)]
)
def test_what_accuracy_it_takes(judged: int, right: int, qualifies: bool) -> None:
    assert Record(judged, right).qualifies is qualifies


def test_who_qualifies_is_suggested_once_and_confirmed_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    qualify(session, people, now)
    assert suggesting.suggest(now) == 1
    assert suggesting.suggest(now + timedelta(days=1)) == 0
    found = session.scalars(select(ExpertiseSuggestion)).one()
    assert (found.user_id, found.points, found.judged, found.right) == (people.jonas.id, 510, 10, 9)
    assert until(session, people.jonas) is None, "a suggestion alone gives nothing"
    suggestion, mo = found.id, people.mo.id
    results = at_once(app, 4, lambda _: decisions.confirm(suggestion, by=person_here(mo), now=now))
    assert [type(result) for result in results].count(Conflict) == 3
    assert until(session, people.jonas) == now + standing.LASTS
    tell.trusted([{**told(session, "expertise.granted")[0], EMITTED_AT: now}])
    assert session.scalars(select(Notification.kind).where(Notification.user_id == people.jonas.id)).all() == ["trusted"]


@on_sqlite
@pytest.mark.parametrize(("points", "right", "wrong"), [(33, 9, 1), (34, 8, 2), (34, 4, 0)])
def test_who_does_not_qualify(session: Session, people: People, now: datetime, points: int, right: int, wrong: int) -> None:
    qualify(session, people, now, points=points, right=right, wrong=wrong)
    assert suggesting.suggest(now) == 0


@on_sqlite
def test_points_under_a_tag_one_put_there_oneself_count_for_nothing(session: Session, people: People, now: datetime) -> None:
    qualify(session, people, now)
    session.execute(update(QuestionTag).values(added_by_id=people.jonas.id, added_at=now - timedelta(days=99)))
    session.commit()
    assert suggesting.suggest(now) == 0


@on_sqlite
def test_a_refusal_holds_for_a_while(session: Session, people: People, now: datetime) -> None:
    qualify(session, people, now)
    suggesting.suggest(now)
    number = session.execute(select(ExpertiseSuggestion.id)).scalar_one()
    with pytest.raises(Forbidden):
        decisions.reject(number, reason="No.", by=people.jonas, now=now)
    with pytest.raises(Invalid):
        decisions.reject(number, reason="", by=people.mo, now=now)
    decisions.reject(number, reason="Only one answer.", by=people.mo, now=now)
    assert suggesting.suggest(now) == 0
    later = now + suggesting.REJECTED_FOR + timedelta(seconds=1)
    session.execute(update(User).values(last_seen_at=later))
    session.commit()
    assert suggesting.suggest(later) == 1


@on_sqlite
def test_a_site_can_do_without_the_moderators_word(session: Session, people: People, now: datetime) -> None:
    qualify(session, people, now)
    wanted = Wanted(NEW, Thresholds().all(), True)
    privileges.change(wanted, seen=privileges.token(Thresholds(), privileges.checked(wanted)), by=people.ada, now=now)
    assert suggesting.suggest(now) == 1
    assert until(session, people.jonas) == now + standing.LASTS


@on_sqlite
def test_what_a_moderator_ended_comes_back_only_by_a_moderator(session: Session, people: People, now: datetime) -> None:
    qualify(session, people, now)
    number = tag_id(session)
    expertise.grant(people.jonas.id, number, by=people.mo, now=now)
    expertise.revoke(people.jonas.id, number, by=people.mo, now=now)
    question_id = ask(people.marta, now)
    given = answer(question_id, people.jonas, now)
    activity.answered([{"answer_id": given, EMITTED_AT: now}])
    assert suggesting.suggest(now) == 0
    assert until(session, people.jonas) is None
    expertise.grant(people.jonas.id, number, by=people.mo, now=now)
    assert until(session, people.jonas) == now + standing.LASTS


def test_use_keeps_it_and_brings_it_back(session: Session, people: People, now: datetime) -> None:
    number = tag_id(session)
    expertise.grant(people.jonas.id, number, by=people.mo, now=now)
    half = now + timedelta(days=90)
    question_id = ask(people.marta, half)
    given = answer(question_id, people.jonas, half)
    said = {"answer_id": given, EMITTED_AT: half}
    activity.answered([said])
    activity.answered([said])
    assert until(session, people.jonas) == half + standing.LASTS
    lapsed = half + standing.LASTS + timedelta(days=300)
    assert not reach.is_expert(session, people.jonas, question_id, lapsed)
    activity.answered([{"answer_id": given, EMITTED_AT: lapsed}])
    assert until(session, people.jonas) == lapsed + standing.LASTS
    assert reach.is_expert(session, people.jonas, question_id, lapsed)
    too_late = lapsed + standing.LASTS + activity.RETURNS_WITHIN
    activity.answered([{"answer_id": given, EMITTED_AT: too_late}])
    assert until(session, people.jonas) == lapsed + standing.LASTS, "after so long nothing comes back by itself"


@on_sqlite
def test_a_check_is_use_unless_it_was_taken_back(session: Session, people: People, now: datetime) -> None:
    before = until(session, people.ana)
    assert before is not None
    session.execute(update(Expertise).values(expires_at=now + timedelta(days=20)))
    session.commit()
    _, answer_id = answered(people, now)
    verification.verify(answer_id, "right", by=people.ana, now=now)
    activity.verified([{**told(session, "answer.verified")[0], EMITTED_AT: now}])
    assert until(session, people.ana) == now + standing.LASTS


@on_sqlite
def test_a_notice_comes_fourteen_days_before_once(session: Session, people: People, now: datetime) -> None:
    expertise.grant(people.jonas.id, tag_id(session), by=people.mo, now=now)
    end = now + standing.LASTS
    assert lapsing.give_notice(end - lapsing.NOTICE - timedelta(seconds=1)) == 0
    assert lapsing.give_notice(end - lapsing.NOTICE) == 1
    assert lapsing.give_notice(end - timedelta(days=3)) == 0
    words = session.scalars(select(Notification.text)).one()
    assert words.startswith("broadband: without an answer or a check there it ends on ")


def test_who_adds_the_tag_does_not_verify_there_for_a_week(session: Session, people: People, now: datetime) -> None:
    """Leila is an expert in `esim`, may edit, and puts her tag on a question about something else."""
    make_tag(session, "router", now)
    leila = people.jonas
    leila.reputation = 600
    make_expert(session, leila, "esim", now - timedelta(days=1))
    session.commit()
    question_id = ask(people.marta, now, tags_text="router")
    given = answer(question_id, people.ana, now)
    typed: dict[str, Any] = {
        "title": "My router drops the Wi-Fi every evening",
        "body": "Since the update it drops at about eight.",
    }
    questions.edit(question_id, **typed, tags_text="router esim", by=leila, now=now)
    assert not reach.is_expert(session, leila, question_id, now)
    with pytest.raises(Forbidden):
        verification.verify(given, "right", by=leila, now=now)
    assert given not in queue.next_ids(session, leila, now + timedelta(days=4), 10)
    ripe = now + SELF_ADDED_WAITS
    questions.edit(question_id, **typed, tags_text="esim router", by=leila, now=ripe)
    assert reach.is_expert(session, leila, question_id, ripe), "only their order is new"
    session.rollback()
    other = ask(people.marta, now, tags_text="router")
    questions.edit(other, **typed, tags_text="router esim", by=people.mo, now=now)
    assert reach.is_expert(session, leila, other, now), "somebody else's tag counts at once"


@on_sqlite
def test_moderators_decide_on_a_page(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    qualify(session, people, now)
    suggesting.suggest(now)
    number = session.execute(select(ExpertiseSuggestion.id)).scalar_one()
    assert browser(app, people.jonas).get("/moderation/experts").status_code == 403
    moderator = browser(app, people.mo)
    page = moderator.get("/moderation/experts").text
    assert "510 points there" in page
    assert "right in 9 of 10 words (90 per cent)" in page
    assert moderator.delete(f"/moderation/experts/{number}", data={"reason": ""}).status_code == 422
    assert moderator.post(f"/moderation/experts/{number}").status_code == 303
    assert moderator.post(f"/moderation/experts/{number}").status_code == 409
    assert "made an expert" in moderator.get("/moderation/experts").text
    assert "expert until" in browser(app, people.jonas).get("/privileges").text


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_given_at_once_and_gone_with_the_account(app: Flask, session: Session, people: People, now: datetime) -> None:
    qualify(session, people, now)
    assert suggesting.suggest(now) == 1
    number, tag, mo, marta = session.scalars(select(ExpertiseSuggestion.id)).one(), tag_id(session), people.mo.id, people.marta.id
    session.rollback()
    assert at_once(app, 4, lambda _: expertise.grant(marta, tag, by=person_here(mo), now=now)) == [None] * 4
    accounts.close(people.jonas.id, reason="They asked for it.", by=people.ada, now=now)
    with pytest.raises(Conflict):
        decisions.confirm(number, by=people.mo, now=now)
    with pytest.raises(NotFound):
        expertise.grant(people.jonas.id, tag, by=people.mo, now=now)
    assert until(session, people.jonas) is None
