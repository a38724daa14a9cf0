"""An answer that many read and nobody checks: its author is asked, then its tags' experts, then all staff."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from community.freshness import escalation, sweep, verification
from community.freshness.beliefs import of
from community.models import Answer, AnswerBelief, BeliefEvent, Notification, Question
from community.notifications import handlers
from tests.at_once import at_once
from tests.people import People
from tests.stories import INTERVAL, answered, told

PATIENCE = timedelta(days=14)


def neglected(session: Session, people: People, now: datetime, views: float = 2.0) -> tuple[int, datetime]:
    """An answer of Jonas that reaches its date; its number, and when it has been past it for long enough."""
    _, answer_id = answered(people, now)
    late = now + INTERVAL
    sweep.sweep(late)
    found = session.get_one(Answer, answer_id)
    of(session, found, session.get_one(Question, found.question_id), late).views_per_day = views
    session.commit()
    return answer_id, late + PATIENCE


def asked(session: Session, answer_id: int) -> list[str]:
    session.rollback()
    kinds = (BeliefEvent.answer_id == answer_id, BeliefEvent.kind == "escalated")
    return list(session.scalars(select(BeliefEvent.reason).where(*kinds).order_by(BeliefEvent.id)))


def test_the_author_then_the_experts_then_all_staff(session: Session, people: People, now: datetime) -> None:
    answer_id, then = neglected(session, people, now)
    assert escalation.escalate(then - timedelta(seconds=1)) == 0
    for step in (1, 2, 3):
        assert escalation.escalate(then) == 1
        assert escalation.escalate(then) == 0, "nobody is asked twice"
        assert escalation.escalate(then + PATIENCE - timedelta(seconds=1)) == 0
        assert session.get_one(AnswerBelief, answer_id, populate_existing=True).escalated == step
        then += PATIENCE
    assert escalation.escalate(then + PATIENCE) == 0
    assert asked(session, answer_id) == [escalation.WORDS[step] for step in (1, 2, 3)]
    for message in told(session, "answer.escalated") * 2:
        handlers.escalated([{**message, "emitted_at": then}])
    notices = session.execute(select(Notification.user_id, Notification.kind).where(Notification.kind == "overdue")).all()
    assert notices == [(people.jonas.id, "overdue")], "one entry, and none for experts and staff"


def test_its_history_says_so(client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    answer_id, then = neglected(session, people, now)
    escalation.escalate(then)
    assert "Its author was asked to look at it" in client.get(f"/answers/{answer_id}/life").text


def test_who_is_not_there_is_passed_over(session: Session, people: People, now: datetime) -> None:
    answer_id, then = neglected(session, people, now)
    session.get_one(User, people.jonas.id).password_hash = None
    session.commit()
    escalation.escalate(then)
    assert asked(session, answer_id) == [escalation.WORDS[escalation.EXPERTS]]


def test_what_few_read_waits_its_turn(session: Session, people: People, now: datetime) -> None:
    _, then = neglected(session, people, now, views=0.9)
    assert escalation.escalate(then) == 0


def test_a_verification_starts_it_over(session: Session, people: People, now: datetime) -> None:
    answer_id, then = neglected(session, people, now)
    escalation.escalate(then)
    verification.verify(answer_id, "right", by=people.ana, now=then)
    again = then + INTERVAL + PATIENCE
    sweep.sweep(again)
    session.get_one(AnswerBelief, answer_id, populate_existing=True).views_per_day = 2.0
    session.commit()
    assert escalation.escalate(then + PATIENCE) == 0
    assert escalation.escalate(again) == 1
    assert asked(session, answer_id) == [escalation.WORDS[escalation.AUTHOR]] * 2


def test_two_runs_at_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    answer_id, then = neglected(session, people, now)
    done = at_once(app, 2, lambda _number: escalation.escalate(then))
    assert sorted(str(count) for count in done) == ["0", "1"]
    assert len(asked(session, answer_id)) == 1


@pytest.mark.parametrize(("who", "step", "hears"), [("ana", 2, True), ("mo", 2, False), ("mo", 3, True), ("jonas", 3, False)])
def test_whose_digest_it_is_in(session: Session, people: People, now: datetime, who: str, step: int, hears: bool) -> None:
    answer_id, then = neglected(session, people, now)
    row = session.get_one(AnswerBelief, answer_id)
    row.escalated, row.escalated_at = step, then
    session.commit()
    found = select(Answer.id).join(AnswerBelief, AnswerBelief.answer_id == Answer.id)
    found = found.join(Question, Question.id == Answer.question_id)
    heard = session.scalars(found.where(*escalation.to(getattr(people, who), then - timedelta(days=1), then))).all()
    assert (heard == [answer_id]) is hears
