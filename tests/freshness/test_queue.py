"""The review queue: what is in it for whom, in which order, and what it costs to read."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, event, insert, text, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import Base, db
from community import answers, questions
from community.freshness import assignments, audit, queue, signals
from community.freshness.verification import verify
from community.models import Answer, AnswerBelief, Question
from community.moderation import closing, removal
from tests.accounts import on_sqlite
from tests.people import People, make_expert, person
from tests.stories import ANSWER, BODY, answer, ask, make_tag

DAY = timedelta(days=1)
LATE = 100 * DAY
REWORKED = "Install firmware 4.3 first; then set the channel to 36 on the 5 GHz band, and switch the old band off for good."

on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def due(people: People, now: datetime) -> int:
    """Jonas' answer under `broadband`, past its date."""
    return answer(ask(people.marta, now - LATE), people.jonas, now - LATE)


def ids(session: Session, by: User, now: datetime) -> list[int]:
    return queue.next_ids(session, by, now, 50)


def scored(session: Session, answer_id: int, score: float) -> None:
    session.execute(update(AnswerBelief).where(AnswerBelief.answer_id == answer_id).values(score=score))
    session.commit()


def test_what_is_past_its_date_waits_for_staff(session: Session, people: People, due: int, now: datetime) -> None:
    fresh = answer(ask(people.marta, now), people.jonas, now)
    assert ids(session, people.ana, now) == [due]
    assert set(ids(session, people.ana, now + LATE)) == {due, fresh}


def test_a_fresh_answer_that_readers_doubt_waits_too(session: Session, people: People, now: datetime) -> None:
    fresh = answer(ask(people.marta, now), people.jonas, now)
    assert ids(session, people.ana, now) == []
    signals.say(fresh, "broken", by=people.marta, now=now)
    assert ids(session, people.ana, now) == [fresh]
    signals.withdraw(fresh, by=people.marta, now=now)
    signals.say(fresh, "check", network_mark="somebody", now=now)
    assert ids(session, people.ana, now) == [fresh]


def test_the_highest_score_comes_first_and_a_much_read_fresh_one_early(
    session: Session, people: People, due: int, now: datetime
) -> None:
    another = answer(ask(people.marta, now - LATE, title="Another late one"), people.jonas, now - LATE)
    fresh = answer(ask(people.marta, now, title="Fresh and much read"), people.jonas, now)
    for answer_id, score in ((due, 1.0), (another, 2.0), (fresh, queue.FLOOR * 0.99)):
        scored(session, answer_id, score)
    assert ids(session, people.ana, now) == [another, due]
    scored(session, fresh, queue.FLOOR * 1.01)
    assert ids(session, people.ana, now) == [fresh, another, due]
    assert 4 < queue.FLOOR < 60, "what a check of a barely due answer is worth that is read ten times a day"


def test_what_was_reworked_comes_before_others(session: Session, people: People, due: int, now: datetime) -> None:
    other = answer(ask(people.marta, now - LATE, title="Another late one"), people.jonas, now - LATE)
    scored(session, other, 1000.0)
    answers.edit(due, body=REWORKED, by=people.jonas, now=now)
    assert ids(session, people.ana, now) == [due, other]


def test_an_expert_who_is_not_staff_sees_their_tags_only(session: Session, people: People, due: int, now: datetime) -> None:
    make_tag(session, "roaming", now)
    elsewhere = answer(ask(people.marta, now - LATE, tags_text="roaming", title="Roaming abroad"), people.jonas, now - LATE)
    scored(session, elsewhere, 1000.0)
    rosa = person("Rosa", now)
    session.add(rosa)
    session.flush()
    make_expert(session, rosa, "roaming", now)
    session.commit()
    assert ids(session, rosa, now) == [elsewhere]
    assert queue.open_count(session, rosa, now) == 1
    assert ids(session, people.ana, now) == [due, elsewhere], "staff see all, their own tags first"
    assert queue.open_count(session, people.ana, now) == 2
    assert not queue.is_reviewer(people.marta, now)


def test_what_is_not_in_it(session: Session, people: People, due: int, now: datetime) -> None:
    own = answer(ask(people.marta, now - LATE, title="Answered by staff"), people.ana, now - LATE)
    closed_question = ask(people.marta, now - LATE, title="To be closed soon")
    closed = answer(closed_question, people.jonas, now - LATE)
    removed = answer(ask(people.marta, now - LATE, title="To be removed soon"), people.jonas, now - LATE)
    assert set(ids(session, people.ana, now)) == {due, closed, removed}
    closing.close(closed_question, reason="unclear", by=people.mo, now=now)
    removal.remove_answer(removed, reason="spam", by=people.mo, now=now)
    assert ids(session, people.ana, now) == [due]
    assert own in ids(session, people.mo, now)
    verify(due, "unsure", by=people.ana, now=now)
    assert ids(session, people.ana, now) == [], "who could not tell is not asked again in this round"


def test_what_was_just_checked_rests_unless_somebody_has_to_agree(
    session: Session, people: People, due: int, now: datetime
) -> None:
    verify(due, "wrong", note="The menu moved.", by=people.ana, now=now)
    assert ids(session, people.mo, now + 2 * DAY) == []
    assert ids(session, people.mo, now + 4 * DAY) == [due]
    make_tag(session, "critical", now, verifiers_needed=2)
    critical = answer(ask(people.marta, now, tags_text="critical"), people.jonas, now)
    verify(critical, "repaired", body=REWORKED, by=people.ana, now=now)
    assert ids(session, people.mo, now) == [critical]
    assert ids(session, people.ana, now) == []


def test_what_somebody_holds_is_theirs_and_what_one_skips_comes_back_tomorrow(
    session: Session, people: People, due: int, now: datetime
) -> None:
    held = assignments.take(by=people.ana, now=now, chance=lambda: 0.99)
    assert held is not None
    assert ids(session, people.mo, now) == []
    assert ids(session, people.mo, now + assignments.LEASE) == [due]
    assignments.give_back(held, skip=True, by=people.ana, now=now)
    assert ids(session, people.mo, now) == [due]
    assert ids(session, people.ana, now) == []
    assert ids(session, people.ana, now + DAY) == [due]


def test_answers_without_a_belief_are_not_lost(session: Session, people: People, due: int, now: datetime) -> None:
    """After an upgrade none has one until the first night: what is due is found by its date, the most read first."""
    other_question = ask(people.marta, now - LATE, title="Another late one")
    other = answer(other_question, people.jonas, now - LATE)
    questions.count_views({other_question: 50})
    session.execute(delete(AnswerBelief))
    session.commit()
    assert ids(session, people.mo, now) == [other, due]
    assert ids(session, people.ana, now) == [other, due]


# --- what it costs ------------------------------------------------------------------------------------------------------

SIZE = 8000


def many(session: Session, people: People, now: datetime) -> None:
    """SIZE fresh answers with a page of text each, one in eight due, their scores spread."""
    question_id = ask(people.marta, now)
    answer_id = answer(question_id, people.jonas, now)
    question = {key: value for key, value in _columns(session, Question, question_id).items() if key not in ("id",)}
    made = {key: value for key, value in _columns(session, Answer, answer_id).items() if key not in ("id", "question_id")}
    belief = {key: value for key, value in _columns(session, AnswerBelief, answer_id).items() if key != "answer_id"}
    long = {"body_source": BODY * 8, "body_html": ANSWER * 8}
    rows: list[list[dict[str, Any]]] = [[], [], []]
    for number in range(1, SIZE):
        late = number % 8 == 0
        dates = {"best_before_at": now - DAY, "state": "due"} if late else {}
        rows[0].append(question | long | {"id": question_id + number})
        rows[1].append(made | long | dates | {"id": answer_id + number, "question_id": question_id + number})
        rows[2].append(belief | {"answer_id": answer_id + number, "score": number * 0.0001, "draw": float(number)})
    for model, found in zip((Question, Answer, AnswerBelief), rows, strict=True):
        session.execute(insert(model), found)
    session.commit()


def _columns(session: Session, model: type[Base], key: int) -> dict[str, Any]:
    row = session.get_one(model, key)
    return {column.key: getattr(row, column.key) for column in model.__table__.columns}


def explained(session: Session, act: Callable[[], object], how: str) -> list[str]:
    """The plans of the statements that `act` sends, in the database's own words."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, said: str, parameters: object, *_: object) -> None:
        sent.append((said, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    connection = session.connection()
    return [
        "\n".join(" ".join(map(str, row)) for row in connection.exec_driver_sql(f"{how} {said}", parameters))
        for said, parameters in sent
        if said.startswith("SELECT")
    ]


@on_postgresql
def test_postgresql_walks_the_scores(session: Session, people: People, now: datetime) -> None:
    many(session, people, now)
    session.execute(text("ANALYZE"))
    _, walk = explained(session, lambda: queue.next_ids(session, people.mo, now, 1), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)")
    scan = re.search(r"Index (?:Only )?Scan Backward using ix_beliefs_score on beliefs \(actual rows=([\d.]+)", walk)
    assert scan, walk
    assert float(scan[1]) < 50, walk
    assert not re.search(r"Seq Scan on (answers|questions|beliefs)", walk), walk
    draw = audit.audited(people.mo, now).limit(1)
    (drawn,) = explained(session, lambda: session.execute(draw).all(), "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)")
    scan = re.search(r"Index Scan using ix_beliefs_draw on beliefs \(actual rows=([\d.]+)", drawn)
    assert scan, drawn
    assert float(scan[1]) < 50, drawn


@on_sqlite
def test_sqlite_walks_the_scores(session: Session, people: People, now: datetime) -> None:
    many(session, people, now)
    _, walk = explained(session, lambda: queue.next_ids(session, people.mo, now, 1), "EXPLAIN QUERY PLAN")
    assert re.search(r"SEARCH beliefs USING (COVERING )?INDEX ix_beliefs_score", walk), walk
    assert "TEMP B-TREE" not in walk, walk
    draw = audit.audited(people.mo, now).limit(1)
    (drawn,) = explained(session, lambda: session.execute(draw).all(), "EXPLAIN QUERY PLAN")
    assert "beliefs USING COVERING INDEX ix_beliefs_draw" in drawn, drawn
    assert "TEMP B-TREE" not in drawn, drawn
    plans = explained(session, lambda: queue.open_count(session, people.mo, now), "EXPLAIN QUERY PLAN")
    assert not [plan for plan in plans if "SCAN answers" in plan or "SCAN questions" in plan], plans
