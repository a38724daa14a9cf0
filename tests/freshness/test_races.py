"""Everything that can happen to one answer, in the same moment: nobody waits crosswise, nothing is lost or done twice."""

import re
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.db import transaction
from app.errors import Conflict
from community import acceptance, reach, votes
from community.freshness import assignments, bulk, night, releases, signals, sweep
from community.freshness.bulk import Act, Chosen
from community.freshness.undo import undo
from community.freshness.verification import Outcome, verify
from community.models import Answer, AnswerBelief, Assignment, BeliefEvent, BulkChange, Release, Tag, Verification
from reputation.audit import audit
from tests.at_once import at_once
from tests.people import People, person
from tests.statements import count_statements
from tests.stories import answer, ask, make_tag, person_here, reload_answer

DAY = timedelta(days=1)
PATIENCE = 0.4
"""Seconds that a thread waits for another one to come to a certain point."""


@pytest.fixture
def router(session: Session, people: People, now: datetime) -> Tag:
    return make_tag(session, "router", now, freshness="belief")


@pytest.fixture
def eva(session: Session, people: People, now: datetime) -> User:
    """A second verifier: staff."""
    found = person("Eva", now, role=Role.STAFF)
    session.add(found)
    session.commit()
    return found


def written(people: People, now: datetime, many: int = 1) -> list[int]:
    """Answers under the tag `router`, all of one question."""
    question_id = ask(people.marta, now, tags_text="router")
    return [answer(question_id, people.jonas, now) for _ in range(many)]


def kinds(session: Session, answer_id: int) -> Counter[str]:
    session.rollback()
    return Counter(session.scalars(select(BeliefEvent.kind).where(BeliefEvent.answer_id == answer_id)))


@pytest.mark.usefixtures("router")
def test_all_that_moves_one_question_at_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    """A night, the sweep, a release, a bulk change, a verdict, and readers."""
    old = now - 40 * DAY
    ids = written(people, old, 3)
    releases.announce("Router firmware 4.2", now.astimezone(UTC).date(), "small", ["router"], by=people.ana, now=now)
    chosen, act = Chosen(tag_id=session.scalars(select(Tag.id).where(Tag.name == "router")).one()), Act("check")
    late = now + 2 * DAY
    seen = bulk.preview(chosen, act, by=people.mo, now=late)
    bulk.start(chosen, act, "under router", seen.token, by=people.mo, now=late)
    ana, ada, marta = people.ana.id, people.ada.id, people.marta.id
    acts: list[Callable[[], object]] = [
        lambda: night.run(late),
        lambda: night.run(late),
        lambda: sweep.sweep(late),
        lambda: releases.apply_due(late),
        lambda: bulk.go_on(late),
        lambda: bulk.go_on(late),
        lambda: verify(ids[0], "right", by=person_here(ana), now=late),
        lambda: signals.say(ids[0], "broken", by=person_here(marta), now=late),
        lambda: signals.say(ids[1], "broken", by=person_here(ada), now=late),
        lambda: signals.say(ids[2], "works", network_mark="a network", now=late),
    ]
    done = at_once(app, len(acts), lambda number: acts[number]())
    assert not [found for found in done if isinstance(found, Exception)], done
    night.run(late)
    releases.apply_due(late)
    bulk.go_on(late)
    told = [kinds(session, answer_id) for answer_id in ids]
    assert told[1]["release"] == told[2]["release"] == told[2]["asked"] == 1
    assert told[0]["release"] <= 1 >= max(told[0]["asked"], told[1]["asked"]), "not where it was checked, or due, by then"
    assert told[0]["right"] == told[0]["report"] == told[1]["report"] == told[2]["confirmation"] == 1
    assert session.scalars(select(Release.weighed)).one() == sum(one["release"] for one in told)
    assert session.scalars(select(BulkChange.changed)).one() == sum(one["asked"] for one in told)
    assert reload_answer(session, ids[0]).verified_at == late
    for answer_id in ids:
        row = session.get_one(AnswerBelief, answer_id)
        last = select(BeliefEvent.after).where(BeliefEvent.answer_id == answer_id).order_by(BeliefEvent.id.desc()).limit(1)
        assert row.day == late.date()
        assert session.execute(last).scalar_one() == pytest.approx(row.pi, abs=0.01), "each saw what the one before it had left"
    assert audit(session).clean


@pytest.mark.usefixtures("router")
def test_a_verdict_taken_back_and_a_reader_at_once(
    app: Flask, session: Session, people: People, eva: User, now: datetime
) -> None:
    """Either the reader was first, and the verdict stays; or it was taken back first, and the reader's word is heard after it."""
    late, by_eva, by_ada = now + 70 * DAY, eva.id, people.ada.id
    for answer_id in written(people, now, 4):
        outcome = verify(answer_id, "right", by=eva, now=late)

        def act(number: int, answer_id: int = answer_id, item: int = outcome.assignment_id) -> object:
            if number == 0:
                undo(item, by=person_here(by_eva), now=late)
                return None
            return signals.say(answer_id, "broken", by=person_here(by_ada), now=late)

        taken_back, said = at_once(app, 2, act)
        assert said is True
        found = reload_answer(session, answer_id)
        undone = session.scalars(select(Verification.undone_at).where(Verification.answer_id == answer_id)).one()
        assert found.broken_count == kinds(session, answer_id)["report"] == 1
        if undone is None:
            assert isinstance(taken_back, Conflict)
            assert (found.round, found.verified_by_id) == (1, eva.id)
        else:
            assert taken_back is None
            assert (found.round, found.verified_by_id, found.state) == (0, None, "due")
    assert audit(session).clean


@pytest.mark.usefixtures("router")
@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_beliefs_are_held_before_people(session: Session, people: People, now: datetime) -> None:
    """A night waits for a belief while it holds others: if a vote held people first, a verdict could close the circle."""
    [answer_id] = written(people, now - 50 * DAY)
    people.ada.reputation = 500
    session.commit()
    acts: list[Callable[[], object]] = [
        lambda: votes.cast(-1, answer_id=answer_id, by=people.ada, now=now),
        lambda: votes.withdraw(answer_id=answer_id, by=people.ada, now=now),
        lambda: acceptance.accept(answer_id, by=people.marta, now=now),
        lambda: signals.say(answer_id, "broken", by=people.ada, now=now),
        lambda: verify(answer_id, "wrong", note="No.", by=people.ana, now=now),
        lambda: undo(session.scalars(select(Assignment.id)).one(), by=people.ana, now=now),
    ]
    order = ("questions", "beliefs", "users")
    for act in acts:
        with count_statements() as sent:
            act()
        held = [re.findall(r"FROM (\w+)", one)[0] for one in sent if " FOR " in one and "UPDATE" in one.rsplit(" FOR ", 1)[1]]
        first = [held.index(table) for table in order if table in held]
        assert len(first) > 1, held
        assert first == sorted(first), held


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_choosing_what_its_late_holder_decides_just_now(
    app: Flask, session: Session, people: People, eva: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who closes leases that ran out must not wait for a question while a verdict on it waits for the lease."""
    answer_id = answer(ask(people.marta, now - 100 * DAY), people.jonas, now - 100 * DAY)
    assignments.choose(answer_id, by=eva, now=now)
    late, by_eva, by_ana = now + timedelta(hours=1), eva.id, people.ana.id
    deciding, closed = threading.Event(), threading.Event()
    lapse = assignments._lapse

    def told(session: Session, now: datetime) -> None:
        lapse(session, now)
        closed.set()

    monkeypatch.setattr(assignments, "_lapse", told)

    def act(number: int) -> object:
        if number == 0:
            with transaction() as here:
                reach.answer(here, answer_id)
                deciding.set()
                closed.wait(PATIENCE)
                return verify(answer_id, "right", by=person_here(by_eva), now=late)
        deciding.wait()
        return assignments.choose(answer_id, by=person_here(by_ana), now=late)

    decided, chosen = at_once(app, 2, act)
    assert isinstance(decided, Outcome), decided
    assert isinstance(chosen, (int, Conflict)), chosen
    open_ones = select(func.count()).where(Assignment.answer_id == answer_id, Assignment.verifier_id == eva.id)
    session.rollback()
    assert session.execute(open_ones.where(Assignment.done_at.is_(None))).scalar_one() == 0
    assert session.scalars(select(Answer.verified_by_id).where(Answer.id == answer_id)).one() == eva.id
