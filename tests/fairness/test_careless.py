"""Verifiers whose checks miss: each counts for half, then they may not verify, with notice; a moderator lets them begin anew."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.db import db
from app.errors import Conflict, Forbidden
from app.jobs import AFTER_COMMIT
from app.outbox import drain
from community.fairness import careless
from community.freshness import archive, verifiers, weights
from community.freshness.verification import verify
from community.models import Assignment, AuditRecord, Notification
from community.queries.question_page import question_page
from tests.accounts import on_sqlite
from tests.people import People, person
from tests.stories import answer, ask, reload_answer

pytestmark = on_sqlite
DAY = timedelta(days=1)


def judged(session: Session, who: User, missed: int, of: int, at: datetime) -> None:
    """So many of somebody's checks were looked at again, and so many had missed something."""
    answer_id = answer(ask(who, at), who, at)
    session.add_all(
        Assignment(
            answer_id=answer_id, verifier_id=who.id, judged_id=who.id, purpose="known", truth="wrong",
            taken_at=at, until_at=at, done_at=at, outcome="right", missed=number < missed,
        )
        for number in range(of)
    )  # fmt: skip
    session.commit()


def buttons(answer_id: int, viewer: User, now: datetime) -> frozenset[str]:
    """What the question's page offers somebody to do with an answer."""
    page = question_page(reload_answer(db.session(), answer_id).question_id, viewer, now)
    return next(one.can for one in page.answers if one.id == answer_id)


@pytest.fixture
def stamp(session: Session, people: People, now: datetime) -> User:
    """Staff who do not look."""
    one = person("Stamp", now, role=Role.STAFF)
    session.add(one)
    session.commit()
    return one


def test_half_then_nothing_then_anew(session: Session, people: People, stamp: User, now: datetime) -> None:
    judged(session, people.ana, 1, 12, now - DAY)
    judged(session, stamp, 8, 10, now - DAY)
    assert weights.weight(session, stamp, now, expert=False) == pytest.approx(0.8)
    assert careless.review(now) == 1
    assert careless.review(now) == 0, "harmless twice"
    assert weights.weight(session, stamp, now, expert=False) == pytest.approx(0.5)
    first, second = (answer(ask(people.marta, now - 200 * DAY), people.jonas, now - 200 * DAY) for _ in range(2))
    assert verify(first, "right", by=stamp, now=now).more_needed == 1, "half a check is none"
    assert reload_answer(session, first).verified_at is None
    assert verify(first, "right", by=people.ana, now=now).more_needed == 0
    # A week of notice, then the end.
    assert careless.review(now + 6 * DAY) == 0
    assert careless.review(now + 7 * DAY) == 1
    with pytest.raises(Forbidden, match="paused"):
        verify(second, "right", by=stamp, now=now + 8 * DAY)
    with pytest.raises(Forbidden, match="paused"):
        verifiers.require(stamp, now + 8 * DAY)
    with pytest.raises(Forbidden, match="paused"):
        archive.archive(second, reason="", successor_id=first, by=stamp, now=now + 8 * DAY)
    offered = {one.name: buttons(second, one, now + 8 * DAY) for one in (stamp, people.ana)}
    assert ["verify" in offered[name] and "supersede" in offered[name] for name in ("Stamp", "Ana")] == [False, True]
    drain(AFTER_COMMIT, now + 8 * DAY)
    told = select(Notification.kind).where(Notification.user_id == stamp.id).order_by(Notification.id)
    assert list(session.scalars(told)) == ["checks_warned", "checks_paused"]
    # The way back.
    with pytest.raises(Forbidden):
        careless.clear(stamp.id, reason="I am sorry.", by=stamp, now=now)
    careless.clear(stamp.id, reason="We talked.", by=people.mo, now=now + 9 * DAY)
    with pytest.raises(Conflict):
        careless.clear(stamp.id, reason="We talked.", by=people.mo, now=now + 9 * DAY)
    assert careless.review(now + 10 * DAY) == 0, "what was judged before counts no more"
    assert verify(second, "right", by=stamp, now=now + 10 * DAY).more_needed == 0
    session.rollback()
    acts = session.scalars(select(AuditRecord.action).where(AuditRecord.user_id == stamp.id).order_by(AuditRecord.id))
    assert list(acts) == ["checks.paused", "checks.cleared"]


def test_a_warning_ends_when_it_gets_better(session: Session, people: People, stamp: User, now: datetime) -> None:
    judged(session, stamp, 5, 8, now - DAY)
    assert careless.review(now) == 1
    judged(session, stamp, 0, 20, now)
    assert careless.review(now + DAY) == 1
    assert not verifiers.is_warned(session, stamp.id)
    drain(AFTER_COMMIT, now + DAY)
    told = select(Notification.kind).where(Notification.user_id == stamp.id)
    assert list(session.scalars(told)) == ["checks_cleared"]
