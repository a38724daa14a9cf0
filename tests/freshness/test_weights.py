"""What a reader's word weighs, what it moves, and that all of it is taken back: with an attacker's eyes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.errors import Forbidden
from community import acceptance, votes
from community.freshness import belief as model
from community.freshness import evidence, night, signals, weights
from community.freshness.belief import PARAMETERS
from community.freshness.verification import verify
from community.models import AnswerBelief, BeliefEvent, Signal, SignalRecord
from tests.clock import Clock
from tests.people import People, make_expert, person
from tests.stories import answer, ask, browser, make_tag, reload_answer


@pytest.fixture
def target(people: People, session: Session, now: datetime) -> int:
    """An answer of Jonas's under a tag that goes by belief, posted ten days ago."""
    then = now - timedelta(days=10)
    make_tag(session, "router", then, freshness="belief")
    return answer(ask(people.marta, then, tags_text="router"), people.jonas, then)


def belief(session: Session, answer_id: int) -> AnswerBelief:
    session.rollback()
    return session.get_one(AnswerBelief, answer_id, populate_existing=True)


def weighs(session: Session, answer_id: int) -> float:
    """The latest word on it."""
    session.rollback()
    said = select(Signal.weight).where(Signal.answer_id == answer_id).order_by(Signal.id.desc()).limit(1)
    return session.execute(said).scalar_one()


def record(session: Session, who: User) -> tuple[int, int]:
    session.rollback()
    row = session.get(SignalRecord, who.id, populate_existing=True)
    return (row.right, row.wrong) if row else (0, 0)


def add(session: Session, name: str, now: datetime, **fields: Any) -> User:  # noqa: ANN401 - columns of any type
    made = person(name, now, **fields)
    session.add(made)
    session.commit()
    return made


def nights(now: datetime) -> datetime:
    while not night.run_slice(now).finished:
        pass
    return now


# --- what a word weighs -------------------------------------------------------------------------------------------------


def test_who_weighs_what(people: People, session: Session, now: datetime, target: int) -> None:
    new = add(session, "New", now, created_at=now - timedelta(days=6))
    unconfirmed = add(session, "Unconfirmed", now, email_confirmed_at=None)
    expert = add(session, "Expert", now)
    make_expert(session, expert, "router", now)
    session.commit()
    found = {}
    for who in (None, new, unconfirmed, people.marta, expert, people.ana):
        signals.say(target, "broken", by=who, network_mark=None if who else "m" * 64, now=now)
        found[who.name if who else ""] = weighs(session, target)
    assert found == {"": 0.2, "New": 0.25, "Unconfirmed": 0.25, "Marta": 0.5, "Expert": 0.8, "Ana": 0.8}
    row = belief(session, target)
    assert row.bad == pytest.approx(sum(found.values()))
    assert row.crowd == 3


def test_being_right_and_wrong_moves_the_weight(people: People, session: Session, clock: Clock, target: int) -> None:
    lena, mia = add(session, "Lena", clock.now), add(session, "Mia", clock.now)
    heard = []
    for verdict, kept in (("right", "works"), ("wrong", "broken"), ("right", "works")):
        now = clock.forward(days=5)
        signals.say(target, kept, by=lena, now=now)
        heard.append(weighs(session, target))
        signals.say(target, "broken" if kept == "works" else "works", by=mia, now=now)
        signals.say(target, "check", by=people.mo, now=now)
        verify(target, verdict, note="Gone since 4.2" if verdict == "wrong" else "", by=people.ana, now=now)
    assert heard == [pytest.approx(1 / 2), pytest.approx(2 / 3), pytest.approx(3 / 4)]
    assert (record(session, lena), record(session, mia)) == ((3, 0), (0, 3))
    assert record(session, people.mo) == record(session, people.ana) == (0, 0)
    signals.say(target, "broken", by=mia, now=clock.forward(days=5))
    assert weighs(session, target) == pytest.approx(1 / 5)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from([weights.NEW, weights.KNOWN, weights.TRUSTED]))
def test_a_mean_is_a_chance_and_moves_the_right_way(right: int, wrong: int, prior: tuple[float, float]) -> None:
    mean = weights.beta_mean(prior, right, wrong)
    assert 0 < mean < 1
    assert weights.beta_mean(prior, right, wrong + 1) < mean < weights.beta_mean(prior, right + 1, wrong)


def test_one_account_weighs_one_at_most(people: People, session: Session, now: datetime, target: int) -> None:
    """However often it was right, and whatever else it does: votes it down, or accepts it and says that it works."""
    always = add(session, "Always", now, reputation=500)
    session.add_all([SignalRecord(user_id=one.id, right=5000, wrong=0) for one in (always, people.marta)])
    session.commit()
    for _ in range(3):
        for kind in ("broken", "works", "check", "broken"):
            signals.say(target, kind, by=always, now=now)
    votes.cast(-1, answer_id=target, by=always, now=now)
    assert belief(session, target).bad == pytest.approx(1.0)
    assert belief(session, target).ok == 0
    signals.say(target, "works", by=people.marta, now=now)
    acceptance.accept(target, by=people.marta, now=now)
    assert belief(session, target).ok == pytest.approx(1.0)
    signals.withdraw(target, by=people.marta, now=now)
    signals.say(target, "works", by=people.marta, now=now)
    assert weighs(session, target) == 0, "she has said so by accepting it"
    assert belief(session, target).ok == pytest.approx(1.0 - weights.MOST)


def test_the_author_counts_nothing(people: People, session: Session, now: datetime, target: int) -> None:
    before = belief(session, target).pi
    for kind in signals.KINDS:
        with pytest.raises(Forbidden):
            signals.say(target, kind, by=people.jonas, now=now)
    with pytest.raises(Forbidden):
        votes.cast(-1, answer_id=target, by=people.jonas, now=now)
    assert belief(session, target).pi == before
    assert session.scalars(select(Signal)).all() == []


def test_who_comes_through_search_counts_like_any_other(
    app: Flask, people: People, session: Session, clock: Clock, target: int
) -> None:
    ways: list[dict[str, str]] = [
        {},
        {"Referer": "http://localhost/search?q=router"},
        {"Referer": "https://search.example/?q=wifi"},
    ]
    found = set()
    for way in ways:
        for address, who in (("198.51.100.7", None), ("198.51.100.8", people.marta)):
            there = browser(app, who)
            said = there.post(
                f"/answers/{target}/signals", data={"kind": "works"}, headers=way, environ_overrides={"REMOTE_ADDR": address}
            )
            assert said.status_code == 303
            found.add((who is None, weighs(session, target), belief(session, target).pi))
            there.delete(f"/answers/{target}/signals", environ_overrides={"REMOTE_ADDR": address})
    assert len(found) == 2
    assert {weight for _, weight, _ in found} == {0.2, 0.5}


# --- taking back --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [0, 1, 9])
def test_taking_back_takes_the_weight_back(people: People, session: Session, clock: Clock, target: int, days: int) -> None:
    """The same day to the last digit, days later to what it would be without (time weighs on the odds a little otherwise)."""
    other = answer(
        ask(people.marta, clock.now - timedelta(days=10), tags_text="router"), people.jonas, clock.now - timedelta(days=10)
    )
    for kind in ("broken", "works"):
        signals.say(target, kind, by=people.mo, now=clock.now)
        moved = belief(session, target).pi
        nights(clock.forward(days=days) if days else clock.now)
        signals.withdraw(target, by=people.mo, now=clock.now)
        quiet, after = belief(session, other).pi if days else belief(session, target).before_signals, belief(session, target).pi
        assert after == pytest.approx(quiet, rel=1e-9 if days == 0 else 0.15)
        assert abs(after - quiet) < abs(moved - quiet) / 3
        assert reload_answer(session, target).broken_count == reload_answer(session, target).works_count == 0
    assert not signals.withdraw(target, by=people.mo, now=clock.now)


def test_changing_ones_mind_days_later_counts_as_the_new_word_alone(
    people: People, session: Session, clock: Clock, target: int
) -> None:
    signals.say(target, "broken", by=people.ana, now=clock.now)
    assert reload_answer(session, target).state == "due"
    nights(clock.forward(days=3))
    signals.say(target, "works", by=people.ana, now=clock.now)
    row = belief(session, target)
    assert row.pi < row.pa, "a confirmation and no report is left"
    assert reload_answer(session, target).state == "fresh"
    kinds = session.scalars(select(BeliefEvent.kind).where(BeliefEvent.answer_id == target).order_by(BeliefEvent.id)).all()
    assert kinds == ["posted", "report", "withdrawn", "confirmation"]


def test_saying_and_taking_back_moves_nothing_by_itself(people: People, session: Session, clock: Clock, target: int) -> None:
    """A day's sum is cut off above, so taking it back bit by bit must not move more than it did: thirty accounts that report on
    one day, and take it back over the next, leave what there was before. What others said that day stays."""
    crowd = [add(session, f"One {n}", clock.now) for n in range(30)]
    for one in crowd:
        signals.say(target, "broken", by=one, now=clock.now)
    for one in crowd[:15]:
        nights(clock.forward(hours=9))
        signals.withdraw(target, by=one, now=clock.now)
    assert belief(session, target).pi > 0.9, "fifteen still say so"
    for one in crowd[15:]:
        nights(clock.forward(hours=9))
        signals.withdraw(target, by=one, now=clock.now)
    row = belief(session, target)
    assert row.pi == pytest.approx(row.pa)
    assert reload_answer(session, target).state == "fresh"
    for n, kind in enumerate(("works", "broken")):
        for one in crowd:
            signals.say(target, kind, by=one, now=clock.now)
        clock.forward(days=1)
        for one in crowd:
            signals.withdraw(target, by=one, now=clock.now)
        row = belief(session, target)
        assert row.pi == pytest.approx(row.pa, rel=0.01), (n, kind)


def test_words_from_before_they_had_weights_take_nothing_back(
    people: People, session: Session, clock: Clock, target: int
) -> None:
    session.add(Signal(answer_id=target, round=0, user_id=people.mo.id, kind="broken", at=clock.now - timedelta(days=9)))
    reload = reload_answer(session, target)
    reload.broken_count = 1
    session.add(Signal(answer_id=target, round=0, user_id=people.mo.id, kind="broken", at=clock.now - timedelta(days=9)))
    session.commit()
    nights(clock.now)
    before = belief(session, target).pi
    assert signals.withdraw(target, by=people.mo, now=clock.now)
    assert belief(session, target).pi == before
    assert reload_answer(session, target).broken_count == 0


# --- bringing back what has expired -------------------------------------------------------------------------------------


def test_one_account_alone_never_revives_two_do_when_the_belief_says_so(
    people: People, session: Session, clock: Clock, target: int
) -> None:
    later = nights(clock.forward(days=10))
    tried = add(session, "Tried", later)
    session.add(SignalRecord(user_id=people.mo.id, right=500, wrong=0))
    row = belief(session, target)
    row.before_signals = row.pi = row.pa = 0.75
    session.commit()
    signals.say(target, "broken", by=people.ana, now=later)
    assert reload_answer(session, target).state == "expired"
    signals.say(target, "works", by=people.mo, now=later)
    for n in range(40):
        signals.say(target, "works", network_mark=f"{n:064}", now=later)
    fresh = [add(session, f"Fresh {n}", later, created_at=later - timedelta(days=1)) for n in range(5)]
    for one in fresh:
        signals.say(target, "works", by=one, now=later)
    assert belief(session, target).pi < 0.06
    assert reload_answer(session, target).state == "expired", "one account that is not new"
    signals.say(target, "works", by=tried, now=later)
    assert reload_answer(session, target).state == "fresh"


def test_two_do_not_revive_against_the_belief(people: People, session: Session, clock: Clock, target: int) -> None:
    later = nights(clock.forward(days=365 + 100))
    for who in (people.marta, add(session, "Tried", later)):
        signals.say(target, "works", by=who, now=later)
    assert belief(session, target).pi > PARAMETERS.WARN * PARAMETERS.HYS
    assert reload_answer(session, target).state == "expired"


# --- votes --------------------------------------------------------------------------------------------------------------


def test_a_vote_down_is_weak_evidence_until_the_next_check(people: People, session: Session, clock: Clock, target: int) -> None:
    voter = add(session, "Voter", clock.now, reputation=100)
    nights(clock.now)
    before = belief(session, target).pi
    votes.cast(-1, answer_id=target, by=voter, now=clock.now)
    after = belief(session, target)
    expected = model.heard(model.Belief(before, before), weights.DOWN_VOTE, 0.0).pi
    assert after.pi == pytest.approx(expected)
    assert 1.1 < (after.pi / (1 - after.pi)) / (before / (1 - before)) < 1.3
    told = session.scalars(select(BeliefEvent).where(BeliefEvent.kind == "votes")).all()
    assert [(event.reason, event.actor_id) for event in told] == [("somebody voted it down", None)], "votes are secret"
    votes.cast(1, answer_id=target, by=voter, now=clock.now)
    assert belief(session, target).pi == pytest.approx(before)
    votes.cast(-1, answer_id=target, by=voter, now=clock.now)
    votes.withdraw(answer_id=target, by=voter, now=nights(clock.forward(hours=20)))
    assert belief(session, target).pi == pytest.approx(belief(session, target).pa)
    votes.cast(-1, answer_id=target, by=voter, now=clock.now)
    now = clock.forward(hours=1)
    verify(target, "right", by=people.ana, now=now)
    votes.withdraw(answer_id=target, by=voter, now=clock.forward(hours=1))
    assert belief(session, target).pi == PARAMETERS.CHECKED, "a vote from before the check counts no longer"


def test_a_weight_of_nothing_switches_votes_off(
    people: People, session: Session, now: datetime, target: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "DOWN_VOTE", 0.0)
    voter = add(session, "Voter", now, reputation=100)
    before = belief(session, target).pi
    votes.cast(-1, answer_id=target, by=voter, now=now)
    votes.withdraw(answer_id=target, by=voter, now=now)
    assert belief(session, target).pi == before
    assert session.scalars(select(BeliefEvent).where(BeliefEvent.kind == "votes")).all() == []


def test_what_a_vote_moves_is_never_more_than_the_day_allows() -> None:
    assert evidence.ACCEPTANCE == 1.0
    assert model.evidence(1000 * weights.DOWN_VOTE, 0) == PARAMETERS.LLR_MOST
