"""A brigade: many new accounts, or many networks, report one answer. It falls due at most, comes to the top of the queue, and
moderators see the pattern and can put the reports aside."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import Conflict, Forbidden, Invalid
from community.freshness import crowds, night, signals
from community.freshness.verification import verify
from community.models import AnswerBelief, AuditRecord, BeliefEvent
from community.queries.doubts import doubts, span
from tests.clock import Clock
from tests.people import People, person
from tests.statements import count_statements
from tests.stories import answer, ask, browser, make_tag, reload_answer

PAGE = "/moderation/doubts"


def recruits(session: Session, now: datetime, many: int) -> list[User]:
    """Accounts made this morning, their mail addresses confirmed."""
    made = [person(f"Recruit {n}", now, email=f"r{n}@example.net", created_at=now - timedelta(hours=4)) for n in range(many)]
    session.add_all(made)
    session.commit()
    return made


def believed(session: Session, people: People, now: datetime, answers: int = 1) -> list[int]:
    """Fresh answers of Jonas's under a tag that goes by belief."""
    make_tag(session, "router", now, freshness="belief")
    return [answer(ask(people.marta, now, tags_text="router"), people.jonas, now) for _ in range(answers)]


def belief(session: Session, answer_id: int) -> AnswerBelief:
    session.rollback()
    return session.get_one(AnswerBelief, answer_id, populate_existing=True)


def top(session: Session) -> int | None:
    return session.scalars(select(AnswerBelief.answer_id).order_by(AnswerBelief.score.desc()).limit(1)).first()


def test_two_hundred_new_accounts(app: Flask, people: People, session: Session, clock: Clock) -> None:
    now = clock.now
    target, old, read = believed(session, people, now - timedelta(days=10), 3)
    session.get_one(AnswerBelief, read).views_per_day = 20.0
    session.get_one(AnswerBelief, old).pi = 0.5
    brigade = recruits(session, now, 200)
    for n, one in enumerate(brigade):
        signals.say(target, "broken", by=one, now=now + timedelta(seconds=3 * n))
    signals.say(target, "works", note="Just done it", by=people.ana, now=now)
    struck = reload_answer(session, target)
    assert struck.state == "due"
    assert struck.expires_at > now + timedelta(days=300)
    row = belief(session, target)
    assert (row.crowd, row.pa < 0.1, row.pi > 0.9) == (200, True, True)
    assert top(session) == target
    (doubt,) = doubts(now)
    assert (doubt.answer_id, doubt.reports, doubt.accounts, doubt.marks, doubt.broken, doubt.works) == (target, 200, 200, 0, 0, 1)
    assert doubt.within == "9 minutes"
    assert [(word.person.name, word.works, word.note) for word in doubt.words] == [("Ana", True, "Just done it")]
    for days in range(1, 40):
        later = now + timedelta(days=days)
        while not night.run_slice(later).finished:
            pass
    assert reload_answer(session, target).state == "due", "time alone has not brought it over the guard"


def test_four_hundred_networks(people: People, session: Session, clock: Clock) -> None:
    now = clock.now
    (target,) = believed(session, people, now)
    for n in range(400):
        signals.say(target, "broken", network_mark=f"{n:064}", now=now)
    assert reload_answer(session, target).state == "due"
    (doubt,) = doubts(now)
    assert (doubt.reports, doubt.accounts, doubt.marks) == (400, 0, 400)
    assert top(session) == target


def test_their_reports_are_put_aside_and_counted_again(app: Flask, people: People, session: Session, clock: Clock) -> None:
    now = clock.now
    (target,) = believed(session, people, now)
    untouched = belief(session, target)
    before, due = untouched.pi, reload_answer(session, target).best_before_at
    brigade = recruits(session, now, 12)
    for one in brigade[:10]:
        signals.say(target, "broken", by=one, now=now)
    struck = belief(session, target).pi
    clock.forward(days=1)
    mo = browser(app, people.mo)
    page = mo.get(PAGE).text
    assert "10 within 0 seconds" in page
    assert f'href="/review?answer={target}"' in page
    assert mo.post(f"/answers/{target}/reports-aside").status_code == 422
    done = mo.post(f"/answers/{target}/reports-aside", data={"reason": "All from one forum post"})
    assert (done.status_code, done.location) == (303, PAGE)
    after = reload_answer(session, target)
    assert (after.state, after.broken_count) == ("fresh", 0)
    assert abs(after.best_before_at - due) < timedelta(days=1)
    assert belief(session, target).pi == pytest.approx(belief(session, target).pa)
    assert "10 of them put aside" in mo.get(PAGE).text
    # Who comes later is not heard either, nor who says it twice; who is established is.
    for one in (brigade[10], brigade[0]):
        signals.withdraw(target, by=one, now=clock.now)
        signals.say(target, "broken", by=one, now=clock.now)
    assert (belief(session, target).bad, reload_answer(session, target).broken_count, belief(session, target).crowd) == (0, 0, 11)
    signals.say(target, "broken", by=people.marta, now=clock.now)
    assert reload_answer(session, target).broken_count == 1
    signals.withdraw(target, by=people.marta, now=clock.now)
    assert mo.delete(f"/answers/{target}/reports-aside").status_code == 303
    again = reload_answer(session, target)
    assert (again.state, again.broken_count) == ("due", 11)
    assert belief(session, target).pi > struck - 0.05 > before
    acts = session.scalars(select(AuditRecord).where(AuditRecord.answer_id == target).order_by(AuditRecord.id)).all()
    assert [(act.action, act.reason, act.details) for act in acts] == [
        ("answer.reports_put_aside", "All from one forum post", {"reports": 10}),
        ("answer.reports_counted_again", "", {"reports": 11}),
    ]
    reasons = session.scalars(select(BeliefEvent.reason).where(BeliefEvent.answer_id == target)).all()
    assert {"moderators put 10 reports aside", "moderators count 11 reports again"} <= set(reasons)
    with pytest.raises(Conflict):
        crowds.count_again(target, by=people.mo, now=clock.now)
    for refused in (people.ana, people.marta):
        with pytest.raises(Forbidden):
            crowds.put_aside(target, reason="No", by=refused, now=clock.now)
    with pytest.raises(Invalid):
        crowds.put_aside(target, reason=" ", by=people.mo, now=clock.now)


def test_a_check_ends_it(app: Flask, people: People, session: Session, clock: Clock) -> None:
    (target,) = believed(session, people, clock.now)
    for n in range(crowds.SHOWN_FROM):
        assert doubts(clock.now) == ()
        signals.say(target, "broken", network_mark=f"{n:064}", now=clock.now)
    assert len(doubts(clock.now)) == 1
    crowds.put_aside(target, reason="A raid", by=people.mo, now=clock.now)
    verify(target, "right", by=people.ana, now=clock.now)
    assert doubts(clock.now) == ()
    assert belief(session, target).aside_at is None
    signals.say(target, "broken", network_mark="0" * 64, now=clock.now)
    assert reload_answer(session, target).broken_count == 1, "heard again in the new round"
    for who in (None, people.marta, people.ana):
        assert browser(app, who).get(PAGE).status_code in (303, 401, 403)


def test_the_page_costs_three_statements(app: Flask, people: People, session: Session, clock: Clock) -> None:
    counts = []
    make_tag(session, "router", clock.now, freshness="belief")
    for _ in range(2):
        for _ in range(3):
            target = answer(ask(people.marta, clock.now, tags_text="router"), people.jonas, clock.now)
            for n in range(crowds.SHOWN_FROM):
                signals.say(target, "broken", network_mark=f"{n:064}", now=clock.now)
        with count_statements() as sent:
            assert doubts(clock.now)
        counts.append(len(sent))
    assert counts == [3, 3]


def test_spans() -> None:
    lengths = [timedelta(seconds=1), timedelta(seconds=59), timedelta(minutes=3), timedelta(hours=5), timedelta(days=4)]
    assert [span(length) for length in lengths] == ["1 second", "59 seconds", "3 minutes", "5 hours", "4 days"]
