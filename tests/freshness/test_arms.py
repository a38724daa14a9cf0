"""Tags run without dates for a time; and answers that follow what their tags have come to ask, in batches."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.db import transaction
from app.errors import Invalid
from app.jobs import AFTER_COMMIT
from community import questions, reach
from community.freshness import arms, evidence, night, policies
from community.freshness import belief as model
from community.freshness.belief import Belief
from community.freshness.dates import SPREAD_DAYS, Standing
from community.freshness.evidence import Happening
from community.freshness.verification import verify
from community.lifecycle import State, state_at
from community.models import Answer, AnswerBelief, Arm, AuditRecord, BeliefEvent, Question, Tag
from community.moderation import tag_policy
from community.moderation.tag_policy import Change
from community.tags import Policy
from tests.clock import Clock
from tests.freshness.test_health import audited
from tests.pages.reading import plain
from tests.people import People, sign_in
from tests.statements import count_statements
from tests.stories import BODY, TITLE, answer, ask, life, make_tag, reload_answer, reload_question

DAY = timedelta(days=1)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def router(session: Session, people: People, now: datetime) -> Tag:
    """A tag whose answers live by belief."""
    return make_tag(session, "router", now - 400 * DAY, freshness="belief")


def answers_under(people: People, posted: datetime, count: int, tags: str = "router") -> list[int]:
    asked = [ask(people.mo, posted, title=f"A question, number {n}", tags_text=tags) for n in range(count)]
    return [answer(number, people.jonas, posted) for number in asked]


def permanent(until: datetime, **more: Any) -> Change:  # noqa: ANN401 - fields of Change
    return Change(None, None, None, freshness="permanent", permanent_until=until, **more)


def state(found: Answer, now: datetime) -> State:
    return state_at(found.best_before_at, found.expires_at, found.archived_at, now)


def follow_on(now: datetime) -> None:
    """Let the worker deliver what was said of policies, and nothing else."""
    listening = dict.fromkeys(AFTER_COMMIT, ()) | {"tag.policy_changed": AFTER_COMMIT["tag.policy_changed"]}
    while outbox.drain(listening, now):
        pass


# --- the rules --------------------------------------------------------------------------------------------------------------


def test_back_from_permanence_there_is_no_wall() -> None:
    """A thousand answers that everybody believes wrong: no day gets more than a twentieth of them."""
    belief, standing = Belief(0.6, 0.6), Standing(NOW - 300 * DAY, NOW + 40 * DAY, NOW + 40 * DAY)
    dates = [policies.moved(belief, Policy(), standing, number, 30, NOW) for number in range(1, 1001)]
    falling = [0] * 31
    for found in dates:
        assert NOW < found.best_before <= NOW + 30 * DAY
        assert found.expires >= found.best_before + 300 * DAY
        falling[int((found.best_before - NOW) / DAY)] += 1
    assert max(falling) < 50


@pytest.mark.parametrize("kind", ["belief", "plain", "permanent"])
def test_no_policy_brings_an_answer_back(kind: str) -> None:
    policy = Policy(freshness=kind, permanent_until=NOW + 90 * DAY if kind == "permanent" else None)
    for best_before, expires in ((NOW - 20 * DAY, NOW + 5 * DAY), (NOW - 20 * DAY, NOW - DAY)):
        found = policies.moved(model.create(), policy, Standing(NOW - 30 * DAY, best_before, expires), 7, 30, NOW)
        assert found.best_before == best_before
        assert (found.expires > NOW) is (expires > NOW)


def test_nothing_late_means_nothing_spread() -> None:
    standing = Standing(NOW - 10 * DAY, NOW + 48 * DAY, NOW + 413 * DAY)
    aged = model.create()
    for _ in range(10):
        aged = model.aged(aged, 1 / 540)
    found = policies.moved(aged, Policy(), standing, 7, 30, NOW)
    assert abs(found.best_before - standing.best_before) < DAY


# --- a tag's policy -----------------------------------------------------------------------------------------------------------


def test_permanent_and_back(session: Session, people: People, router: Tag, now: datetime) -> None:
    ids = answers_under(people, now - 50 * DAY, 12)
    late = answers_under(people, now - 100 * DAY, 1)[0]
    until = now + 100 * DAY
    assert tag_policy.preview(router.id, permanent(until), by=people.mo, now=now).newly_due == 0
    assert tag_policy.change(router.id, permanent(until), by=people.mo, now=now)
    for number in ids:
        found = reload_answer(session, number)
        assert until <= found.best_before_at <= until + SPREAD_DAYS * DAY, "what falls due at its end is spread beyond it"
    assert len({reload_answer(session, number).best_before_at for number in ids}) == 12
    assert state(reload_answer(session, late), now) == State.DUE, "what was due already stays so"
    assert reload_question(session, reload_answer(session, ids[0]).question_id).permanent_until == until
    later = now + 60 * DAY
    back = Change(None, None, None, spread_days=20, freshness="belief")
    assert tag_policy.preview(router.id, back, by=people.mo, now=later).newly_due == 12
    tag_policy.change(router.id, back, by=people.mo, now=later)
    dates = [reload_answer(session, number).best_before_at for number in ids]
    assert all(later < date <= later + 20 * DAY for date in dates)
    assert len(set(dates)) == 12, "no wall"
    events = session.scalars(select(BeliefEvent).where(BeliefEvent.answer_id == ids[0], BeliefEvent.kind == "policy")).all()
    assert [(event.actor_id, event.before == event.after) for event in events] == [(people.mo.id, True)] * 2
    assert [(arm.began_at, arm.ended_at) for arm in session.scalars(select(Arm))] == [(now, later)]


def test_belief_and_plain(session: Session, people: People, router: Tag, now: datetime) -> None:
    young, old = answers_under(people, now - 10 * DAY, 1)[0], answers_under(people, now - 57 * DAY, 1)[0]
    tag_policy.change(router.id, Change(None, None, None, freshness="plain"), by=people.mo, now=now)
    assert reload_answer(session, young).best_before_at == now + 80 * DAY
    assert reload_answer(session, old).best_before_at == now + 33 * DAY
    tag_policy.change(router.id, Change(30, None, None, freshness="belief"), by=people.mo, now=now)
    assert reload_answer(session, young).best_before_at == now + 20 * DAY, "the longest interval limits what is believed"
    assert now < reload_answer(session, old).best_before_at <= now + 30 * DAY


def test_a_strict_tag_expires_at_once_and_asks_for_two(session: Session, people: People, router: Tag, now: datetime) -> None:
    number = answers_under(people, now - 10 * DAY, 1)[0]
    tag_policy.change(router.id, Change(None, 0, 2, freshness="belief"), by=people.mo, now=now)
    found = reload_answer(session, number)
    assert found.best_before_at == found.expires_at
    assert state(found, found.best_before_at) == State.EXPIRED
    assert verify(number, "right", by=people.ana, now=now).more_needed == 1


def test_a_large_tag_is_previewed_from_a_sample(
    session: Session, people: People, router: Tag, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for age in (10, 80):
        answers_under(people, now - age * DAY, 12)
    monkeypatch.setattr(policies, "PAGE", 2)
    exactly = tag_policy.preview(router.id, Change(40, None, None, freshness="plain"), by=people.mo, now=now)
    assert (exactly.answers, exactly.newly_due, exactly.newly_fresh, exactly.is_about) == (24, 0, 0, False)
    monkeypatch.setattr(tag_policy, "COUNTED", 10)
    monkeypatch.setattr(tag_policy, "SAMPLES", 4)
    with count_statements() as sent:
        about = tag_policy.preview(router.id, Change(5, None, None, freshness="plain"), by=people.mo, now=now)
    assert (about.answers, about.is_about) == (24, True)
    assert 9 <= about.newly_due <= 15, "it is 12; eight questions were looked at"
    assert len(sent) <= 2 + 3 * 4, "it does not look at everything"


@pytest.mark.parametrize(
    "wanted",
    [
        Change(None, None, None, freshness="for ever"),
        Change(None, None, None, freshness="permanent"),
        permanent(NOW),
        permanent(NOW + 367 * DAY),
    ],
)
def test_no_arm_without_an_end(session: Session, people: People, router: Tag, now: datetime, wanted: Change) -> None:
    for act in (tag_policy.preview, tag_policy.change):
        with pytest.raises(Invalid):
            act(router.id, wanted, by=people.mo, now=now)


def test_a_killed_change_is_finished_by_its_message(
    app: Flask, session: Session, people: People, router: Tag, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now
    ids = answers_under(people, now - 10 * DAY, 9)
    monkeypatch.setattr(policies, "BATCH", 2)
    monkeypatch.setattr(policies, "SLICE", 4)
    follow, done = policies.follow_questions, 0

    def killed(*given: Any) -> int:  # noqa: ANN401 - passed on
        nonlocal done
        done += 1
        if done > 2:
            raise KeyboardInterrupt
        return follow(*given)

    monkeypatch.setattr(policies, "follow_questions", killed)
    with pytest.raises(KeyboardInterrupt):
        tag_policy.change(router.id, Change(20, None, None, freshness="plain"), by=people.mo, now=now)
    monkeypatch.setattr(policies, "follow_questions", follow)
    moved = [reload_answer(session, number).best_before_at == now + 10 * DAY for number in ids]
    assert moved == [True] * 4 + [False] * 5
    while outbox.drain(
        {topic: AFTER_COMMIT[topic] if topic == "tag.policy_changed" else () for topic in AFTER_COMMIT}, clock.now
    ):
        pass
    assert all(reload_answer(session, number).best_before_at == now + 10 * DAY for number in ids)
    events = list(session.scalars(select(BeliefEvent.answer_id).where(BeliefEvent.kind == "policy")))
    assert sorted(events) == sorted(ids), "each once, though the message came after half of it"


def test_a_batch_costs_the_same_statements(session: Session, people: People, router: Tag, now: datetime) -> None:
    costs = []
    for count in (3, 25):
        answers_under(people, now - 10 * DAY, count)
        asked = list(session.scalars(select(Question.id)))
        for question in session.scalars(select(Question)):
            question.grace_days = 7
        session.commit()
        with count_statements() as sent:
            assert policies.follow_questions(asked, policies.Cause(None), now) == len(asked)
        costs.append(len(sent))
    assert costs[0] == costs[1], costs


def test_other_tags_and_authors_never_move_a_date(session: Session, people: People, router: Tag, now: datetime) -> None:
    number = answers_under(people, now - 10 * DAY, 1)[0]
    before = reload_answer(session, number)
    standing = (before.fresh_from, before.best_before_at, before.expires_at)
    make_tag(session, "strict", now, interval_days=1, grace_days=0, verifiers_needed=2)
    questions.edit(before.question_id, title=TITLE, body=BODY, tags_text="strict", by=people.mo, now=now)
    before.author_id = people.marta.id
    session.commit()
    night.run(now + DAY)
    found = reload_answer(session, number)
    assert (found.fresh_from, found.best_before_at, found.expires_at) == standing
    assert reload_question(session, found.question_id).verifiers_needed == 2, "it counts from the next check"


def test_an_edit_in_between_does_not_hide_a_question_from_its_policy(
    session: Session, people: People, router: Tag, now: datetime
) -> None:
    number = answers_under(people, now - 10 * DAY, 1)[0]
    question_id = reload_answer(session, number).question_id
    session.get_one(Tag, router.id).interval_days = 20
    session.commit()
    questions.edit(question_id, title="Another title of it", body=BODY, tags_text="router", by=people.mo, now=now)
    assert policies.follow(router.id, policies.Cause(None), now) is None
    assert reload_answer(session, number).best_before_at == now + 10 * DAY


# --- while it runs, and its end -------------------------------------------------------------------------------------------------


def test_in_an_arm_nothing_falls_due_by_itself(session: Session, people: People, router: Tag, now: datetime) -> None:
    current, due = answers_under(people, now - 10 * DAY, 1)[0], answers_under(people, now - 100 * DAY, 1)[0]
    until = now + 300 * DAY
    tag_policy.change(router.id, permanent(until), by=people.mo, now=now)
    with transaction():
        found, question = reach.answer(session, due)
        evidence.hear(session, found, question, Happening("report", "it fails"), now, bad=1.0)
    night.run(now + 200 * DAY)
    assert state(reload_answer(session, current), now + 299 * DAY) == State.FRESH
    assert state(reload_answer(session, due), now + 299 * DAY) == State.DUE, "a report does not make it current"
    assert life(session, due)[-1][2] == "due"


def test_an_arm_ends_by_itself(session: Session, people: People, router: Tag, clock: Clock) -> None:
    now = clock.now
    ids = answers_under(people, now - 50 * DAY, 10)
    until = now + 60 * DAY
    tag_policy.change(router.id, permanent(until), by=people.mo, now=now)
    assert arms.end_due(until - DAY) == 0
    clock.now = until + timedelta(minutes=5)
    assert arms.end_due(clock.now) == 1
    assert arms.end_due(clock.now) == 0, "once"
    follow_on(clock.now)
    dates = [reload_answer(session, number).best_before_at for number in ids]
    assert all(until <= date <= until + (SPREAD_DAYS + 1) * DAY for date in dates)
    assert len(set(dates)) == 10
    question = reload_question(session, reload_answer(session, ids[0]).question_id)
    assert (question.freshness, question.permanent_until) == ("belief", None)
    assert session.scalars(select(AuditRecord.action).order_by(AuditRecord.id.desc())).first() == "tag.arm_ended"
    assert session.scalars(select(Arm.ended_at)).one() == clock.now


def test_with_every_worker_dead_the_end_is_no_wall(session: Session, people: People, router: Tag, now: datetime) -> None:
    ids = answers_under(people, now - 50 * DAY, 10)
    until = now + 60 * DAY
    tag_policy.change(router.id, permanent(until), by=people.mo, now=now)
    due = sum(state(reload_answer(session, number), until + DAY) == State.DUE for number in ids)
    assert due <= 3


def test_ranks_are_made_anew(session: Session, people: People, router: Tag, now: datetime) -> None:
    number = answers_under(people, now - 50 * DAY, 1)[0]
    row = session.get_one(AnswerBelief, number)
    row.score = -1.0
    session.commit()
    tag_policy.change(router.id, Change(100, None, None, freshness="plain"), by=people.mo, now=now)
    session.rollback()
    row = session.get_one(AnswerBelief, number, populate_existing=True)
    assert row.score > 0
    assert row.day == now.date()


# --- the comparison -------------------------------------------------------------------------------------------------------------


def test_the_page_compares(client: FlaskClient, session: Session, people: People, router: Tag, clock: Clock) -> None:
    now = clock.now
    mine, other = answers_under(people, now, 1)[0], answers_under(people, now, 1, tags="broadband")[0]
    both = answers_under(people, now, 1, tags="router broadband")[0]
    tag_policy.change(router.id, permanent(now + 90 * DAY), by=people.mo, now=now)
    at = now + 5 * DAY
    sign_in(client, people.ana)
    clock.now = now + 20 * DAY
    assert "fewer than 30 on one side" in plain(client.get("/health/freshness").text)
    for number in range(60):
        audited(session, mine, people.ana, at, "wrong" if number < 30 else "right")
        audited(session, other if number % 2 else both, people.ana, at, "repaired" if number < 3 else "right")
    seen = reload_answer(session, mine).question_id, reload_answer(session, other).question_id
    questions.count_views({seen[0]: 40, seen[1]: 60}, now=at)
    tag_policy.change(router.id, Change(None, None, None, freshness="belief"), by=people.mo, now=clock.now)
    clock.forward(days=5)
    page = plain(client.get("/health/freshness").text).partition("What the dates are worth here")[2]
    assert "without dates 40 100 % 60 30" in page, "it can still be read when the arm is over"
    assert "all others 60 100 % 60 3" in page, "where another tag has dates, the answer has"
    assert "points more is wrong without dates" in page
    assert "more audits are needed" in page
    lines = client.get("/health/freshness/arms.csv").text.splitlines()
    assert lines[1].startswith("without dates,40,1.0,60,30,")
