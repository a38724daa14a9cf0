"""Accounts that are closed or merged: what they brought is reversed where it has to be, once, whoever comes at once."""

import re
from datetime import datetime

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User, UserSession
from app.errors import Conflict, Forbidden, Invalid
from community import acceptance, answers, votes
from community.boards import active
from community.boards.causes import CHECKERS
from community.models import Answer, AuditRecord
from community.moderation import accounts, removal, suggested_edits
from reputation import audit, grounds, points
from reputation.models import Entry
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.pages.reading import plain
from tests.people import People, person
from tests.stories import accepted, answer, answered, ask, browser, reload_answer, reputation

WHY = "Two accounts of one person."


def newcomer(session: Session, now: datetime, name: str) -> User:
    user = person(name, now)
    session.add(user)
    session.commit()
    return user


def in_order(session: Session) -> bool:
    session.rollback()
    books, causes = audit.audit(session), grounds.check(session, CHECKERS)
    session.rollback()
    assert books.clean, books
    assert causes.clean, causes
    return True


@on_sqlite
def test_a_closed_account_is_nobody_and_what_it_did_stays(app: Flask, session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    browser(app, people.jonas)
    accounts.close(people.jonas.id, reason="They asked for it.", by=people.ada, now=now)
    session.rollback()
    jonas = session.get_one(User, people.jonas.id, populate_existing=True)
    assert (jonas.name, jonas.email, jonas.password_hash, jonas.closed_at) == (f"Former member {jonas.id}", None, None, now)
    assert session.execute(select(func.count()).where(UserSession.user_id == jonas.id)).scalar_one() == 0
    assert jonas.reputation == 1 + 15 + 10
    page = app.test_client().get(f"/questions/{question_id}", follow_redirects=True).text
    assert "Jonas" not in page.replace("Jonas’s", "")
    assert f"Former member {jonas.id}" not in app.test_client().get("/boards?by=all").text
    assert in_order(session)


@on_sqlite
def test_who_may_and_what_is_refused(session: Session, people: People, now: datetime) -> None:
    for by in (people.marta, people.mo):
        with pytest.raises(Forbidden):
            accounts.close(people.jonas.id, reason=WHY, by=by, now=now)
        with pytest.raises(Forbidden):
            accounts.merge(people.jonas.id, people.marta.id, reason=WHY, by=by, now=now)
    with pytest.raises(Invalid):
        accounts.close(people.jonas.id, reason=" ", by=people.ada, now=now)
    with pytest.raises(Invalid):
        accounts.merge(people.jonas.id, people.jonas.id, reason=WHY, by=people.ada, now=now)
    with pytest.raises(Conflict, match="admin"):
        accounts.close(people.ada.id, reason=WHY, by=people.ada, now=now)
    accounts.close(people.jonas.id, reason=WHY, by=people.ada, now=now)
    with pytest.raises(Conflict, match="closed"):
        accounts.merge(people.marta.id, people.jonas.id, reason=WHY, by=people.ada, now=now)


def test_closed_at_once_its_votes_are_taken_back_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    """Ten closings, while its owner takes a vote back."""
    _, first = answered(people, now)
    second = answer(ask(people.marta, now, title="Another thing that does not work"), people.jonas, now)
    voter = newcomer(session, now, "Vera")
    for answer_id in (first, second):
        votes.cast(1, answer_id=answer_id, by=voter, now=now)

    def act(number: int) -> None:
        if number == 5:
            votes.withdraw(answer_id=first, by=voter, now=now)
        else:
            accounts.close(voter.id, reason=WHY, take_back_votes=True, by=people.ada, now=now)

    assert at_once(app, 10, act) == [None] * 10
    assert reputation(session, people.jonas) == points.STARTING_REPUTATION
    assert reload_answer(session, first).score == reload_answer(session, second).score == 0
    assert session.execute(select(func.count()).where(Entry.reason == points.REVERSAL)).scalar_one() == 2
    assert session.execute(select(func.count()).where(AuditRecord.action == "person.closed")).scalar_one() == 1
    assert in_order(session)


def test_merged_at_once_everything_moves_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    """Votes and acceptances between the two are undone; what others gave moves, a removed answer's with it; and what is withdrawn
    later is withdrawn from who has it now."""
    double = newcomer(session, now, "Double")
    question_id = ask(people.marta, now)
    kept, gone = answer(question_id, double, now), answer(question_id, double, now)
    own = answer(question_id, people.jonas, now)
    asked = ask(double, now, title="Asked by the one and answered by the other")
    solved = answer(asked, people.jonas, now)
    for answer_id in (kept, gone):
        votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    votes.cast(1, answer_id=kept, by=people.jonas, now=now)
    votes.cast(1, answer_id=own, by=double, now=now)
    votes.cast(1, question_id=question_id, by=double, now=now)
    votes.cast(1, question_id=question_id, by=people.jonas, now=now)
    acceptance.accept(kept, by=people.marta, now=now)
    acceptance.accept(solved, by=double, now=now)
    removal.remove_answer(gone, reason="It is about something else.", by=people.mo, now=now)

    merged = at_once(app, 6, lambda _: accounts.merge(double.id, people.jonas.id, reason=WHY, by=people.ada, now=now))
    assert merged == [None] * 6
    assert reputation(session, double) == points.STARTING_REPUTATION
    assert reputation(session, people.jonas) == 1 + 10 + 15, "Ana's vote and Marta's acceptance"
    assert reputation(session, people.marta) == 1 + 5 + 2, "one of the two votes on her question"
    assert reload_answer(session, kept).author_id == people.jonas.id
    assert in_order(session)
    removal.restore_answer(gone, by=people.mo, now=now)
    assert reputation(session, people.jonas) == 1 + 10 + 15 + 10
    votes.withdraw(answer_id=kept, by=people.ana, now=now)
    acceptance.withdraw(kept, by=people.marta, now=now)
    assert reputation(session, people.jonas) == 1 + 10
    active.reconcile(now)
    assert in_order(session)


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_an_acceptance_that_moves_in_a_crowd_pays_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    """Moved, withdrawn, its answer removed and given back, by twelve at once: whatever came last, the books agree with it."""
    question_id = ask(people.marta, now)
    ours = [answer(question_id, who, now) for who in (people.jonas, people.ana)]
    acceptance.accept(ours[0], by=people.marta, now=now)

    def act(number: int) -> None:
        if number % 4 == 0:
            acceptance.accept(ours[1], instead_of=ours[0], by=people.marta, now=now)
        elif number % 4 == 1:
            acceptance.accept(ours[0], instead_of=ours[1], by=people.marta, now=now)
        elif number % 4 == 2:
            removal.remove_answer(ours[0], reason="It is about something else.", by=people.mo, now=now)
        else:
            removal.restore_answer(ours[0], by=people.mo, now=now)

    results = at_once(app, 12, act)
    assert not [result for result in results if isinstance(result, Exception) and "deadlock" in str(result)]
    session.rollback()
    there = {one.id: one for one in session.scalars(select(Answer).execution_options(populate_existing=True))}
    assert in_order(session)
    paid = {who.id: reputation(session, who) for who in (people.jonas, people.ana)}
    assert sorted(paid.values()) in ([1, 1], [1, 16])
    assert not (there[ours[0]].removed_at is not None and paid[people.jonas.id] > 1)


def test_a_vote_of_today_that_is_withdrawn_lets_in_what_was_kept_back(
    app: Flask, session: Session, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By as many at once as there are: never above the cap, and at the end exactly what there is room for."""
    monkeypatch.setattr(points, "DAILY_CAP", 25)
    question_id = ask(people.marta, now)
    answer_id = answers.post(question_id, body="Restart it, and wait for a minute.", by=people.jonas, now=now)
    crowd = [newcomer(session, now, f"Voter{number}") for number in range(8)]
    scores = at_once(app, 8, lambda one: votes.cast(1, answer_id=answer_id, by=crowd[one], now=now).score)
    assert sorted(map(str, scores)) == list("12345678")
    assert reputation(session, people.jonas) == 1 + 25
    scores = at_once(app, 5, lambda one: votes.withdraw(answer_id=answer_id, by=crowd[one], now=now).score)
    assert sorted(map(str, scores)) == list("34567")
    assert reputation(session, people.jonas) == 1 + 25, "three are left, and thirty points wait for twenty-five"
    votes.withdraw(answer_id=answer_id, by=crowd[7], now=now)
    assert reputation(session, people.jonas) == 1 + 20
    assert in_order(session)


@on_sqlite
def test_an_admin_closes_and_merges_on_the_page_of_a_standing(app: Flask, session: Session, people: People, clock: Clock) -> None:
    double = newcomer(session, clock.now, "Double")
    ada, standing = browser(app, people.ada), f"/people/{double.id}/standing"
    page = ada.get(standing).text
    assert "Close it for good" in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "Close it for good" not in browser(app, people.mo).get(standing).text
    refused = ada.post(f"/people/{double.id}/merger", data={"into": "nobody", "reason": WHY})
    assert refused.status_code == 422
    assert "Give the number of the other account" in refused.text
    address = f"https://forum.example.org/people/{people.jonas.id}/jonas"
    assert ada.post(f"/people/{double.id}/merger", data={"into": address, "reason": WHY}).status_code == 303
    assert "with the account that took it over" in app.test_client().get(f"/people/{double.id}/x", follow_redirects=True).text
    assert ada.post(f"/people/{people.marta.id}/closure", data={"reason": WHY}).status_code == 303
    page = ada.get(f"/people/{people.marta.id}/standing").text
    assert "Close it for good" not in page
    assert "closed an account" in plain(page).lower()


@on_sqlite
def test_what_a_merged_account_gains_later_its_successor_gains(session: Session, people: People, now: datetime) -> None:
    first, second = newcomer(session, now, "First"), newcomer(session, now, "Second")
    ids = [answered(people, now)[1] for _ in range(2)]
    waiting = [
        suggested_edits.suggest_answer(one, body="Try it once more, then.", summary="x", revision=1, by=first, now=now)
        for one in ids
    ]
    accounts.merge(first.id, second.id, reason=WHY, by=people.ada, now=now)
    accounts.merge(second.id, people.ana.id, reason=WHY, by=people.ada, now=now)
    suggested_edits.approve(waiting[0], by=people.jonas, now=now)
    suggested_edits.approve(waiting[1], by=people.ana, now=now)
    assert [reputation(session, one) for one in (first, second, people.ana)] == [1, 1, 1 + 2], "not for her own word"
    assert in_order(session)
