"""The nightly run: every day is counted once, whatever happens to it."""

import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.config import Settings
from app.db import db
from community import answers
from community.freshness import archive, learning, night, sweep, verification
from community.freshness import belief as model
from community.models import AnswerBelief, Night, Question, Tag, Transition
from tests.at_once import at_once
from tests.clock import Clock
from tests.people import People
from tests.source import ROOT
from tests.statements import count_statements
from tests.stories import ask, make_tag, reload_answer, reload_question, told
from tests.web import as_environment

DAY = timedelta(days=1)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches that a handful of answers needs several of."""
    monkeypatch.setattr(night, "BATCH", 2)


def believed(people: People, session: Session, now: datetime, many: int = 1) -> list[int]:
    """Answers under a tag that goes by belief."""
    if session.scalars(select(Tag).where(Tag.name == "router")).first() is None:
        make_tag(session, "router", now, freshness="belief")
    return [
        answers.post(
            ask(people.marta, now, tags_text="router"), body=f"Set the channel to {number + 1}.", by=people.jonas, now=now
        )
        for number in range(many)
    ]


def belief_of(session: Session, answer_id: int) -> AnswerBelief:
    session.rollback()
    return session.scalars(
        select(AnswerBelief).where(AnswerBelief.answer_id == answer_id).execution_options(populate_existing=True)
    ).one()


def stepped(days: int) -> float:
    belief = model.create()
    for _ in range(days):
        belief = model.aged(belief, model.PARAMETERS.LAM0)
    return belief.pi


@pytest.mark.usefixtures("small")
def test_a_day_is_counted_once_and_missed_days_are_caught_up(people: People, session: Session, clock: Clock) -> None:
    ids = believed(people, session, clock.now, 5)
    late = clock.forward(days=1)
    assert night.run(late).counted == 5
    assert [belief_of(session, id).pi for id in ids] == [pytest.approx(stepped(1))] * 5
    assert night.run(late + timedelta(hours=3)).counted == 0, "twice for one day changes nothing"
    late = clock.forward(days=40)
    assert night.run(late).counted == 5
    assert belief_of(session, ids[0]).pi == pytest.approx(stepped(41))
    assert reload_answer(session, ids[0]).state == "fresh"
    sweep.sweep(clock.forward(days=18))
    assert reload_answer(session, ids[0]).state == "due", "58.5 days after it was posted"


@pytest.mark.usefixtures("small")
def test_the_clock_jumps(people: People, session: Session, clock: Clock) -> None:
    (answer_id,) = believed(people, session, clock.now)
    begun, best_before = clock.now, reload_answer(session, answer_id).best_before_at
    ahead = begun + 500 * DAY
    night.run(ahead)
    sweep.sweep(ahead)
    assert reload_answer(session, answer_id).state == "expired"
    far = belief_of(session, answer_id).pi
    back = begun + 2 * DAY
    night.run(back)
    sweep.sweep(back)
    found = reload_answer(session, answer_id)
    assert (found.state, found.best_before_at) == ("fresh", best_before), "the dates decide"
    assert belief_of(session, answer_id).pi == far, "a day that was counted is not counted again"
    steps = session.scalars(select(Transition.event).where(Transition.answer_id == answer_id).order_by(Transition.id)).all()
    assert steps == ["posted", "best_before_reached", "grace_ended", "clock_turned_back"]
    sweep.sweep(back)
    assert len(session.scalars(select(Transition.event).where(Transition.answer_id == answer_id)).all()) == 4


def test_summer_time_has_no_short_day(people: People, session: Session, now: datetime) -> None:
    """Nights are counted by UTC days: 23 and 25 hours at home are one night each."""
    begun = datetime.fromisoformat("2027-03-27T23:30:00+01:00")
    (answer_id,) = believed(people, session, begun)
    for text in ("2027-03-28T03:30:00+02:00", "2027-03-28T23:30:00+02:00", "2027-03-29T01:59:00+02:00"):
        night.run(datetime.fromisoformat(text))
    assert belief_of(session, answer_id).pi == pytest.approx(stepped(1))


@pytest.mark.usefixtures("small")
def test_views_and_the_draw(people: People, session: Session, clock: Clock) -> None:
    ids = believed(people, session, clock.now, 3)
    session.execute(update(Question).where(Question.id == reload_answer(session, ids[1]).question_id).values(views=3000))
    session.commit()
    night.run(clock.forward(days=30))
    seen, unseen = belief_of(session, ids[1]), belief_of(session, ids[0])
    assert (seen.views_counted, unseen.draw) == (3000, None)
    read, draw = seen.views_per_day, seen.draw
    assert read == pytest.approx(100 * (1 - 2.718281828**-1))
    assert seen.score > 100 * unseen.score > 0
    night.run(clock.forward(days=30))
    again = belief_of(session, ids[1])
    assert again.views_per_day < read
    assert again.draw != draw, "drawn anew each day"
    archive.archive(ids[1], reason="It is another box now.", by=people.mo, now=clock.now)
    night.run(clock.forward(days=1))
    gone = belief_of(session, ids[1])
    assert (gone.score, gone.draw) == (0.0, None), "it crowds nobody"


@pytest.mark.usefixtures("small")
def test_killed_between_any_two_statements_the_next_run_completes_it(
    people: People, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = believed(people, session, clock.now, 5)
    begun = clock.now
    execute = Session.execute
    left = 0

    def refusing(self: Session, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - whatever it is given
        nonlocal left
        left -= 1
        if left < 0:
            raise InterruptedError
        return execute(self, *args, **more)

    stop, whole = 0, False
    while not whole:
        late = clock.forward(days=1)
        with monkeypatch.context() as patched:
            patched.setattr(Session, "execute", refusing)
            left = stop
            try:
                night.run(late)
                whole = True
            except InterruptedError:
                db.session.rollback()
        night.run(late)
        assert {belief_of(session, id).day for id in ids} == {late.date()}
        stop += 3
    assert stop > 15
    expected = stepped((late - begun).days)
    assert [belief_of(session, id).pi for id in ids] == [pytest.approx(expected)] * 5


@pytest.mark.usefixtures("small")
def test_two_schedulers_at_once(app: Flask, people: People, session: Session, clock: Clock) -> None:
    ids = believed(people, session, clock.now, 9)
    late = clock.forward(days=3)
    done = at_once(app, 4, lambda _: night.run(late))
    assert all(isinstance(ran, night.Ran) for ran in done), done
    assert sum(ran.counted for ran in done if isinstance(ran, night.Ran)) == 9
    assert [belief_of(session, id).pi for id in ids] == [pytest.approx(stepped(3))] * 9


@pytest.mark.usefixtures("small")
def test_a_verification_in_the_night_stays(app: Flask, people: People, session: Session, clock: Clock) -> None:
    ids = believed(people, session, clock.now, 8)
    late = clock.forward(days=1)

    def act(number: int) -> object:
        if number == 0:
            return night.run(late)
        return verification.verify(ids[number], "right", by=people.ana, now=late)

    done = at_once(app, 8, act)
    assert not [found for found in done if isinstance(found, Exception)], done
    night.run(late)
    assert belief_of(session, ids[0]).pi == pytest.approx(stepped(1))
    for answer_id in ids[1:]:
        found = belief_of(session, answer_id)
        assert found.pi == pytest.approx(0.01)
        assert found.day == late.date()
        assert (reload_answer(session, answer_id).best_before_at - late) / DAY == pytest.approx(541 * 0.155)  # a day older


@pytest.mark.usefixtures("small")
def test_answers_from_before_beliefs_get_theirs(people: People, session: Session, clock: Clock) -> None:
    ids = believed(people, session, clock.now, 5)
    verification.verify(ids[0], "right", by=people.ana, now=clock.now)
    verification.verify(ids[1], "wrong", note="It is the other channel.", by=people.ana, now=clock.now)
    session.execute(delete(AnswerBelief))
    session.commit()
    late = clock.forward(days=20)
    assert night.run(late).counted == 5
    assert belief_of(session, ids[0]).pi == pytest.approx(1 - 0.99 * 540 / 560)
    assert belief_of(session, ids[1]).pi == pytest.approx(0.95)
    assert belief_of(session, ids[2]).pi == pytest.approx(model.imported(20).pi)
    assert night.adopt_all(late) == 0


def test_a_slice_goes_on_where_the_last_one_stopped(
    people: People, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(night, "BATCH", 2)
    believed(people, session, clock.now, 5)
    late = clock.forward(days=1)
    assert night.run(late, seconds=0) == night.Ran(2, 0, finished=False)
    assert night.run(late, seconds=0) == night.Ran(2, 0, finished=False)
    assert night.run(late, seconds=60) == night.Ran(1, 0, finished=True)
    assert session.scalars(select(Night.finished_at)).all() == [late]


def test_a_batch_is_a_few_statements(people: People, session: Session, clock: Clock) -> None:
    believed(people, session, clock.now, 3)
    clock.forward(days=1)
    with count_statements() as three:
        night.run(clock.now)
    believed(people, session, clock.forward(days=1), 12)
    clock.forward(days=1)
    with count_statements() as many:
        night.run(clock.now)
    assert len(many) == len(three) <= 12


def test_a_learned_rate_reaches_the_dates_and_makes_no_wall(people: People, session: Session, clock: Clock) -> None:
    ids = believed(people, session, clock.now, 3)
    session.execute(update(Tag).where(Tag.name == "router").values(gone_wrong=40.0, right_days=4000.0))
    session.commit()
    assert learning.learn(clock.now) == 2
    rate = session.scalars(select(Tag.change_rate).where(Tag.name == "router")).one()
    assert 1 / 150 < rate < 1 / 90, "drawn towards what is usual, but it has seen much"
    assert reload_question(session, reload_answer(session, ids[0]).question_id).change_rate == rate
    assert learning.learn(clock.now) == 2
    assert session.scalars(select(Tag.change_rate).where(Tag.name == "router")).one() == rate
    late = clock.forward(days=1)
    assert night.run(late).moved == 3
    found = reload_answer(session, ids[0])
    assert timedelta(days=5) < found.best_before_at - late < timedelta(days=20), "it was 58 days"
    question = reload_question(session, found.question_id)
    assert question.lead_best_before_at == found.best_before_at
    assert {"question_id": question.id} in told(session, "question.changed"), "search hears of it"


def test_killed_before_the_dates_of_a_batch_have_moved(
    people: People, session: Session, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was counted is not counted again; its dates follow all the same, the same day."""
    ids = believed(people, session, clock.now, 3)
    session.execute(update(Tag).where(Tag.name == "router").values(gone_wrong=40.0, right_days=4000.0))
    session.commit()
    learning.learn(clock.now)
    late = clock.forward(days=1)

    def killed(*_: object) -> int:
        raise InterruptedError

    with monkeypatch.context() as patched:
        patched.setattr(night, "move_dates", killed)
        with pytest.raises(InterruptedError):
            night.run(late)
    assert {belief_of(session, id).day for id in ids} == {late.date()}
    assert night.run(late).moved == 3
    assert [belief_of(session, id).f for id in ids] == [pytest.approx(0.95)] * 3


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_killed_for_good(settings: Settings, people: People, session: Session, clock: Clock) -> None:
    """The process of the run is killed again and again; in the end every day was counted once."""
    ids = believed(people, session, clock.now, 14)
    begun = clock.now
    late = begun + 2 * DAY
    code = (
        "import sys; from datetime import datetime; from app.factory import create_app; from community.freshness import night\n"
        "night.BATCH = 1\napp = create_app()\nprint('go', flush=True)\n"
        "with app.app_context(): print(night.run(datetime.fromisoformat(sys.argv[1])), flush=True)"
    )
    command = [sys.executable, "-c", code, late.isoformat()]
    environment = {**os.environ, **as_environment(settings)}
    for wait in (0.0, 0.01, 0.03, 0.06, None):
        with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "go\n"
            if wait is None:
                assert process.wait(30) == 0
            else:
                time.sleep(wait)
                process.send_signal(signal.SIGKILL)
    assert session.execute(select(func.count()).select_from(Night).where(Night.finished_at.is_not(None))).scalar_one() == 1
    assert [belief_of(session, id).pi for id in ids] == [pytest.approx(stepped(2))] * 14
