"""Leases: who checks which answer, so that two people never check the same one; and the day's target."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Role, User
from app.db import db
from app.errors import Conflict, Forbidden, Invalid, NotFound
from community import answers
from community.freshness import assignments, queue, verifiers
from community.freshness.archive import archive_in_check
from community.freshness.assignments import LEASE
from community.freshness.verification import verify
from community.models import Answer, Assignment, Expertise, Verification
from community.moderation import closing, suspension
from tests.at_once import at_once
from tests.people import People, make_expert, person
from tests.stories import answer, ask, make_tag, person_here, reload_answer, reload_question

DAY = timedelta(days=1)
LATE = 100 * DAY
REPAIR = "Set the channel to 11 by hand, or install firmware 4.3, where the automatic choice works."


def plain() -> float:
    """A chance by which every item is the most useful one."""
    return 0.99


def late_answers(people: People, now: datetime, count: int) -> list[int]:
    return [answer(ask(people.marta, now - LATE, title=f"Late question {n}"), people.jonas, now - LATE) for n in range(count)]


def take(by: User, now: datetime) -> int | None:
    return assignments.take(by=by, now=now, chance=plain)


def rows(session: Session) -> list[Assignment]:
    session.rollback()
    return list(session.scalars(select(Assignment).order_by(Assignment.id).execution_options(populate_existing=True)))


@pytest.fixture
def eva(session: Session, people: People, now: datetime) -> User:
    """A second verifier: staff."""
    found = person("Eva", now, role=Role.STAFF)
    session.add(found)
    session.commit()
    return found


def test_one_keeps_what_one_holds_and_others_get_another(session: Session, people: People, eva: User, now: datetime) -> None:
    late_answers(people, now, 2)
    first = take(people.ana, now)
    assert take(people.ana, now + timedelta(minutes=5)) == first
    second = take(eva, now)
    assert second not in (None, first)
    assert take(people.mo, now) is None
    found = rows(session)
    assert len({row.answer_id for row in found}) == 2
    assert [row.until_at for row in found] == [now + timedelta(minutes=5) + LEASE, now + LEASE]


def test_a_lease_runs_out_unless_it_is_renewed(session: Session, people: People, eva: User, now: datetime) -> None:
    late_answers(people, now, 1)
    first = take(people.ana, now)
    assert first is not None
    assert take(eva, now + LEASE / 2) is None
    assignments.renew(first, by=people.ana, now=now + LEASE / 2)
    assert take(eva, now + LEASE) is None
    second = take(eva, now + 2 * LEASE)
    assert second is not None
    with pytest.raises(NotFound, match="do not hold"):
        assignments.renew(first, by=people.ana, now=now + 2 * LEASE)
    with pytest.raises(NotFound):
        assignments.renew(second, by=people.ana, now=now + 2 * LEASE)
    assert [row.outcome for row in rows(session)] == ["left", None]


def test_giving_back_and_choosing(session: Session, people: People, eva: User, now: datetime) -> None:
    late, fresh = late_answers(people, now, 1)[0], answer(ask(people.marta, now), people.jonas, now)
    held = take(people.ana, now)
    assert held is not None
    chosen = assignments.choose(fresh, by=people.ana, now=now)
    assert assignments.choose(fresh, by=people.ana, now=now) == chosen, "once more is the same"
    with pytest.raises(Conflict, match="Ana is checking this answer"):
        assignments.choose(fresh, by=eva, now=now)
    assignments.give_back(chosen, by=people.ana, now=now)
    with pytest.raises(NotFound):
        assignments.give_back(chosen, by=people.ana, now=now)
    assert take(eva, now) is not None
    assert [(row.answer_id, row.purpose, row.outcome) for row in rows(session)] == [
        (late, "value", "left"),
        (fresh, "chosen", "left"),
        (late, "value", None),
    ]


def test_a_suspended_verifiers_leases_are_void_at_once(session: Session, people: People, eva: User, now: datetime) -> None:
    (late,) = late_answers(people, now, 1)
    held = take(people.ana, now)
    assert held is not None
    suspension.suspend(people.ana.id, until=now + 3 * DAY, reason="Clicks without looking.", by=people.ada, now=now)
    assert queue.next_ids(session, eva, now, 5) == [late]
    ana = session.get_one(User, people.ana.id, populate_existing=True)
    for act in (
        lambda: assignments.renew(held, by=ana, now=now),
        lambda: take(ana, now),
        lambda: verify(late, "right", by=ana, now=now),
    ):
        with pytest.raises(Forbidden, match="suspended"):
            act()
    assert take(eva, now) is not None
    assert [(row.verifier_id, row.outcome) for row in rows(session)] == [(people.ana.id, "left"), (eva.id, None)]


def test_whose_lease_ran_out_may_still_decide_unless_somebody_has(
    session: Session, people: People, eva: User, now: datetime
) -> None:
    one, two = late_answers(people, now, 2)
    mine, theirs = take(people.ana, now), take(eva, now)
    later = now + 2 * LEASE
    assert take(people.mo, later) is not None, "both have run out"
    held = {row.id: row.answer_id for row in rows(session)}
    verify(held[mine or 0], "right", round=0, revision=1, by=people.mo, now=later)
    with pytest.raises(Conflict, match="Mo has just checked this answer"):
        verify(held[mine or 0], "wrong", note="It moved.", round=0, revision=1, by=people.ana, now=later)
    assert verify(held[theirs or 0], "right", round=0, revision=1, by=eva, now=later).state == "fresh"
    assert {one, two} == set(held.values())


def test_a_verdict_is_of_the_text_that_was_shown(session: Session, people: People, now: datetime) -> None:
    (late,) = late_answers(people, now, 1)
    take(people.ana, now)
    answers.edit(late, body=REPAIR, by=people.jonas, now=now)
    for verdict in ("right", "repaired", "wrong"):
        with pytest.raises(Conflict, match="The text was changed while you were looking"):
            verify(late, verdict, note="x", body=REPAIR + " And again.", round=0, revision=1, by=people.ana, now=now)
    assert reload_answer(session, late).round == 0
    assert verify(late, "right", round=0, revision=2, by=people.ana, now=now).state == "fresh"


def test_who_cannot_tell_need_not_have_read_the_newest_text(session: Session, people: People, now: datetime) -> None:
    (late,) = late_answers(people, now, 1)
    take(people.ana, now)
    answers.edit(late, body=REPAIR, by=people.jonas, now=now)
    verify(late, "unsure", round=0, revision=1, by=people.ana, now=now)
    assert [row.outcome for row in rows(session)] == ["unsure"]


def test_what_is_closed_or_out_of_ones_tags_is_not_held_any_more(session: Session, people: People, now: datetime) -> None:
    """The question is closed, or its tag is not theirs any more (merged into another, or their trust was taken back)."""
    make_tag(session, "roaming", now)
    rosa = person("Rosa", now)
    session.add(rosa)
    session.flush()
    make_expert(session, rosa, "roaming", now)
    session.commit()
    questions = [ask(people.marta, now - LATE, tags_text="roaming", title=f"Roaming abroad {n}") for n in range(2)]
    for question_id in questions:
        answer(question_id, people.jonas, now - LATE)
    first = take(rosa, now)
    held = session.get_one(Assignment, first)
    question_id = session.get_one(Answer, held.answer_id).question_id
    closing.close(question_id, reason="unclear", by=people.mo, now=now)
    second = take(rosa, now)
    assert second not in (None, first)
    session.execute(db.delete(Expertise).where(Expertise.user_id == rosa.id))
    session.commit()
    assert take(rosa, now) is None
    with pytest.raises(Forbidden):
        verify(session.get_one(Assignment, second).answer_id, "right", by=rosa, now=now)
    assert [row.outcome for row in rows(session)] == ["left", "left"]


def test_archiving_is_an_end_too(session: Session, people: People, eva: User, now: datetime) -> None:
    late, other = late_answers(people, now, 2)
    take(people.mo, now)
    held = rows(session)[0].answer_id
    archive_in_check(held, reason="Sold out", by=people.mo, now=now)
    assert reload_answer(session, held).state == "archived"
    assert reload_question(session, reload_answer(session, held).question_id).lead_answer_id is None, "lists do not show it"
    assert [row.outcome for row in rows(session)] == ["archived"]
    assert queue.next_ids(session, eva, now, 5) == [({late, other} - {held}).pop()]


# --- at once ------------------------------------------------------------------------------------------------------------


def test_ten_verifiers_who_begin_at_once_get_ten_answers(app: Flask, session: Session, people: People, now: datetime) -> None:
    staff = [person(f"Verifier{n}", now, role=Role.STAFF) for n in range(10)]
    session.add_all(staff)
    session.commit()
    late_answers(people, now, 10)
    numbers = [found.id for found in staff]
    taken = at_once(app, 20, lambda n: assignments.take(by=person_here(numbers[n % 10]), now=now, chance=plain))
    assert len(set(taken)) == 10, taken
    assert len({row.answer_id for row in rows(session)}) == 10


def test_two_who_decide_at_once_make_one_result_and_a_kind_word(
    app: Flask, session: Session, people: People, eva: User, now: datetime
) -> None:
    """The first one's lease has run out, and the second has taken it over."""
    (late,) = late_answers(people, now, 1)
    take(people.ana, now)
    later = now + 2 * LEASE
    assert take(eva, later) is not None
    numbers = [people.ana.id, eva.id]
    said = at_once(app, 2, lambda n: verify(late, "right", round=0, revision=1, by=person_here(numbers[n]), now=later))
    refused = [word for word in said if isinstance(word, Conflict)]
    assert len(refused) == 1, said
    assert "has just checked this answer, so it is done. Thank you for looking too." in refused[0].message
    session.rollback()
    assert len(session.scalars(select(Verification)).all()) == 1
    assert reload_answer(session, late).round == 1


# --- the day ------------------------------------------------------------------------------------------------------------


def test_a_day_counts_what_was_looked_at(session: Session, people: People, now: datetime) -> None:
    numbers = late_answers(people, now, 4)
    assert verifiers.day_of(session, people.ana.id, now) == verifiers.Day(10, 0)
    session.rollback()
    verifiers.set_target(2, by=people.ana, now=now)
    verify(numbers[0], "right", by=people.ana, now=now)
    held = take(people.ana, now)
    assert held is not None
    assignments.give_back(held, skip=True, by=people.ana, now=now)
    assert not verifiers.day_of(session, people.ana.id, now).is_over
    session.rollback()
    verify(numbers[1], "unsure", by=people.ana, now=now)
    assert verifiers.day_of(session, people.ana.id, now) == verifiers.Day(2, 2)
    assert verifiers.day_of(session, people.ana.id, now).is_over
    assert verifiers.day_of(session, people.ana.id, now + DAY) == verifiers.Day(2, 0)
    session.rollback()
    for wrong in (-1, 201):
        with pytest.raises(Invalid, match="from 0 to 200"):
            verifiers.set_target(wrong, by=people.ana, now=now)
    with pytest.raises(Forbidden):
        verifiers.set_target(5, by=people.marta, now=now)
