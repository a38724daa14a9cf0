"""A verdict can be taken back for a minute, as if it had never been given."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import outbox
from app.accounts.models import Role, User
from app.db import Base, db
from app.errors import Conflict, Forbidden, NotFound
from app.jobs import AFTER_COMMIT
from community import acceptance, answers, questions
from community.freshness import archive, assignments, queue, signals
from community.freshness.undo import UNDO_FOR, undo
from community.freshness.verification import verify
from community.models import (
    Answer,
    AnswerBelief,
    Assignment,
    BeliefEvent,
    Notification,
    Question,
    Revision,
    SignalRecord,
    Tag,
    Verification,
)
from reputation.audit import audit
from reputation.models import Entry
from tests.people import People, person
from tests.stories import ANSWER, BODY, answer, ask, entries, life, make_tag, reload_answer, reload_question, reputation, told

DAY = timedelta(days=1)
SOON = timedelta(seconds=20)
REPAIR = "Set the channel to 11 by hand, or install firmware 4.3, where the automatic choice works. Ask @Marta."

Stood = dict[str, Any]


@pytest.fixture
def eva(session: Session, people: People, now: datetime) -> User:
    """A second verifier: staff."""
    found = person("Eva", now, role=Role.STAFF)
    session.add(found)
    session.commit()
    return found


@pytest.fixture
def doubted(session: Session, people: People, now: datetime) -> int:
    """An accepted answer by belief, a month old, which one reader says works and another that it no longer does."""
    make_tag(session, "router", now, freshness="belief")
    answer_id = answer(ask(people.marta, now - 30 * DAY, tags_text="router"), people.jonas, now - 30 * DAY)
    acceptance.accept(answer_id, by=people.marta, now=now - 29 * DAY)
    signals.say(answer_id, "works", by=people.ada, now=now - 5 * DAY)
    signals.say(answer_id, "broken", by=people.mo, now=now)
    signals.say(answer_id, "check", by=people.marta, now=now)
    return answer_id


def row(session: Session, model: type[Base], key: int, *but: str) -> Stood:
    found = session.get_one(model, key, populate_existing=True)
    return {column.key: getattr(found, column.key) for column in model.__table__.columns if column.key not in but}


def standing(session: Session, answer_id: int) -> Stood:
    """Everything that a verdict may change, beside histories."""
    session.rollback()
    found = session.get_one(Answer, answer_id)
    tags = [(tag.name, round(tag.gone_wrong, 9), round(tag.right_days, 6)) for tag in session.scalars(select(Tag))]
    records = {record.user_id: (record.right, record.wrong) for record in session.scalars(select(SignalRecord))}
    people = session.execute(select(User.id, User.reputation).order_by(User.id)).all()
    return {
        "answer": row(session, Answer, answer_id, "revision_count"),
        "belief": row(session, AnswerBelief, answer_id),
        "question": row(session, Question, found.question_id, "related"),
        "tags": sorted(tags),
        "records": {key: value for key, value in records.items() if value != (0, 0)},
        "points": [tuple(found) for found in people],
    }


@pytest.mark.parametrize("verdict", ["right", "repaired", "wrong"])
def test_everything_is_as_before(session: Session, people: People, doubted: int, now: datetime, verdict: str) -> None:
    before = standing(session, doubted)
    outcome = verify(doubted, verdict, note="It moved.", body=REPAIR, release="4.3", by=people.ana, now=now)
    assert standing(session, doubted)["answer"] != before["answer"]
    undo(outcome.assignment_id, by=people.ana, now=now + SOON)
    assert standing(session, doubted) == before
    assert life(session, doubted)[-1] == (
        {"wrong": "expired"}.get(verdict, "fresh"),
        "undone",
        before["answer"]["state"],
        people.ana.id,
    )
    event = session.scalars(select(BeliefEvent).order_by(BeliefEvent.id.desc())).first()
    assert event is not None
    assert (event.kind, event.after) == ("undone", before["belief"]["pi"])
    assert session.scalars(select(Verification.undone_at)).one() == now + SOON
    texts = session.scalars(select(Revision.body_source).where(Revision.answer_id == doubted).order_by(Revision.number)).all()
    assert texts == ([ANSWER, REPAIR.strip(), ANSWER] if verdict == "repaired" else [ANSWER])
    assert audit(session).clean
    assert queue.may_check(session, people.ana, now + SOON, doubted)
    session.rollback()
    held = assignments.held(session, people.ana.id, now + SOON)
    assert held is not None
    assert held.answer_id == doubted, "it is theirs to decide again"


def test_nobody_is_told_within_the_minute_nor_of_what_was_undone(
    session: Session, people: People, doubted: int, now: datetime
) -> None:
    kinds = ("verified", "found_wrong", "expired", "mentioned")

    def heard(then: datetime) -> int:
        while outbox.drain({**AFTER_COMMIT, "question.changed": ()}, then):
            pass
        session.rollback()
        return len(session.scalars(select(Notification).where(Notification.kind.in_(kinds))).all())

    outcome = verify(doubted, "repaired", body=REPAIR, by=people.ana, now=now)
    assert heard(now + UNDO_FOR / 2) == 0
    undo(outcome.assignment_id, by=people.ana, now=now + UNDO_FOR / 2)
    assert heard(now + DAY) == 0
    verify(doubted, "repaired", body=REPAIR, by=people.ana, now=now + 2 * DAY)
    assert heard(now + 2 * DAY + UNDO_FOR) > 0
    assert told(session, "answer.verified") == []


def test_a_verdict_given_anew_is_paid_anew_and_once(
    session: Session, people: People, eva: User, doubted: int, now: datetime
) -> None:
    """The points of a find, a report and a kept answer are taken back, and come with the verdict that stays."""
    verify(doubted, "wrong", note="It moved.", by=people.ana, now=now)
    found = reputation(session, people.ana)
    reported = reputation(session, people.mo)
    for turn in range(3):
        outcome = verify(doubted, "wrong", note="So it did.", by=eva, now=now + turn * UNDO_FOR)
        assert reputation(session, people.ana) == found + 5
        undo(outcome.assignment_id, by=eva, now=now + turn * UNDO_FOR + SOON)
        assert reputation(session, people.ana) == found
    verify(doubted, "wrong", note="So it did.", by=eva, now=now + DAY)
    assert reputation(session, people.ana) == found + 5
    assert reputation(session, people.mo) == reported
    assert audit(session).clean


def test_the_day_s_five_are_counted_without_what_was_undone(session: Session, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    for _ in range(6):
        outcome = verify(answer(question_id, people.jonas, now), "right", by=people.ana, now=now)
        undo(outcome.assignment_id, by=people.ana, now=now)
    verify(answer(question_id, people.jonas, now), "right", by=people.ana, now=now)
    assert entries(session, people.ana)[-1] == ("still_right", 1)
    assert reputation(session, people.ana) == 2


def _accept(answer_id: int, people: People, now: datetime) -> None:
    acceptance.accept(answer_id, by=people.marta, now=now)


def _say(answer_id: int, people: People, now: datetime) -> None:
    signals.say(answer_id, "check", by=people.mo, now=now)


def _edit(answer_id: int, people: People, now: datetime) -> None:
    answers.edit(answer_id, body=REPAIR, by=people.jonas, now=now)


def _archive(answer_id: int, people: People, now: datetime) -> None:
    archive.archive(answer_id, reason="Sold out", by=people.mo, now=now)


def _verify(answer_id: int, people: People, now: datetime) -> None:
    verify(answer_id, "wrong", note="No.", by=people.mo, now=now)


def _retag(answer_id: int, people: People, now: datetime) -> None:
    question = reload_question(db.session(), reload_answer(db.session(), answer_id).question_id)
    questions.edit(question.id, title=question.title, body=BODY, tags_text="broadband modem", by=people.mo, now=now)


@pytest.mark.parametrize("happen", [_accept, _say, _edit, _archive, _verify, _retag])
def test_what_has_happened_since_is_not_trampled_on(
    session: Session, people: People, now: datetime, happen: Callable[[int, People, datetime], None]
) -> None:
    answer_id = answer(ask(people.marta, now), people.jonas, now)
    outcome = verify(answer_id, "right", by=people.ana, now=now)
    happen(answer_id, people, now + SOON)
    after = standing(session, answer_id)
    with pytest.raises(Conflict, match="Something else has happened"):
        undo(outcome.assignment_id, by=people.ana, now=now + SOON)
    assert standing(session, answer_id) == after


def test_only_one_s_own_for_a_minute_and_once(session: Session, people: People, eva: User, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now), people.jonas, now)
    outcome = verify(answer_id, "right", by=people.ana, now=now)
    with pytest.raises(NotFound):
        undo(outcome.assignment_id, by=eva, now=now)
    with pytest.raises(Forbidden):
        undo(outcome.assignment_id, by=people.marta, now=now)
    with pytest.raises(Conflict, match="minute"):
        undo(outcome.assignment_id, by=people.ana, now=now + UNDO_FOR + SOON)
    undo(outcome.assignment_id, by=people.ana, now=now + UNDO_FOR)
    with pytest.raises(NotFound):
        undo(outcome.assignment_id, by=people.ana, now=now + UNDO_FOR)


def test_cannot_tell_and_one_of_two_are_undone_too(session: Session, people: People, eva: User, now: datetime) -> None:
    make_tag(session, "critical", now, verifiers_needed=2)
    answer_id = answer(ask(people.marta, now, tags_text="critical"), people.jonas, now)
    before = standing(session, answer_id)
    unsure = verify(answer_id, "unsure", by=people.ana, now=now)
    undo(unsure.assignment_id, by=people.ana, now=now)
    one = verify(answer_id, "right", by=people.ana, now=now)
    undo(one.assignment_id, by=people.ana, now=now)
    assert standing(session, answer_id) == before
    with pytest.raises(Conflict, match="Ana is checking this answer just now"):
        verify(answer_id, "right", by=eva, now=now)  # who undoes holds it again
    later = now + 2 * assignments.LEASE
    assert verify(answer_id, "right", by=eva, now=later).more_needed == 1, "what was undone is not the first of two"
    assert reload_answer(session, answer_id).round == 0


def test_an_expired_answer_expires_again_and_an_imported_text_comes_back(session: Session, people: People, now: datetime) -> None:
    late = now - 500 * DAY
    answer_id = answer(ask(people.marta, late), people.jonas, late)
    html = {"body_source": "<p>Set the <b>channel</b> to 11.</p>", "body_format": "html"}
    session.execute(update(Answer).values(**html))
    session.execute(update(Revision).where(Revision.answer_id == answer_id).values(**html))
    session.commit()
    outcome = verify(answer_id, "repaired", body=REPAIR, by=people.ana, now=now)
    undo(outcome.assignment_id, by=people.ana, now=now)
    found = reload_answer(session, answer_id)
    assert (found.state, found.body_format, found.body_source, found.edited_by_id) == (
        "expired",
        "html",
        html["body_source"],
        None,
    )
    assert "<b>channel</b>" in found.body_html or "<strong>channel</strong>" in found.body_html


def test_the_ledger_keeps_both(session: Session, people: People, now: datetime) -> None:
    answer_id = answer(ask(people.marta, now), people.jonas, now)
    outcome = verify(answer_id, "right", by=people.ana, now=now)
    undo(outcome.assignment_id, by=people.ana, now=now)
    assert entries(session, people.ana) == [("still_right", 1), ("reversal", -1)]
    assert session.scalars(select(Entry.reverses_id).order_by(Entry.id)).all()[-1] is not None
    assert session.scalars(select(Assignment.outcome)).all() == [None]
