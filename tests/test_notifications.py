"""Who hears of what, from the act through the outbox into the inbox; and the one reminder an asker gets by mail."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import mail, outbox
from app.accounts.models import User
from app.db import transaction
from app.jobs import AFTER_COMMIT
from app.outbox import Handler, OutboxMessage
from community import acceptance, answers, comments, interest
from community.desk import acknowledgement
from community.expertise import decisions
from community.freshness import archive, escalation, signals, sweep, verification
from community.freshness.life import WORDS
from community.freshness.undo import UNDO_FOR
from community.lifecycle import Event
from community.models import AnswerBelief, ExpertiseSuggestion, Notification, Question, Tag
from community.moderation import closing, removal, suggested_edits, suspension
from community.notifications import inbox, reminders
from community.notifications.inbox import KINDS
from community.policy import QUIET_BEFORE_ACCEPTING_FOR_ASKER
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.clock import Clock
from tests.letterbox import letters, link_in
from tests.people import People
from tests.stories import ANSWER, BODY, GRACE, INTERVAL, TITLE, accepted, answer, answered, ask, browser, make_tag

DAY = timedelta(days=1)
LISTENING: Mapping[str, Sequence[Handler]] = {
    topic: [handler for handler in handlers if handler.name == "inbox"] for topic, handlers in AFTER_COMMIT.items()
}
"""The product's handlers of the inbox; the search index has tests of its own."""

ELSEWHERE = {"finding.reversed", "finding.answered", "checks.judged"}
"""Topics whose stories are long; what they tell is tested where they are (`tests/fairness`)."""
TOLD_BY_OTHERS = {
    *("lapsing", "digest", "search", "votes_reversed", "appeal_answered", "checks_warned", "checks_paused", "checks_cleared"),
    *("reward_ready", "reward_ending", "reward_lapsed"),
    *("badge", "badges", "badge_taken", "badge_given"),
}
"""Kinds that the clock's work brings, or handlers of another name; their tests are beside those."""

Told = list[tuple[str, str, str | None]]


def deliver(now: datetime) -> None:
    """Let a worker deliver everything that waits; of a check it tells when that can be undone no more."""
    while outbox.drain(LISTENING, now + UNDO_FOR):
        pass


def heard(session: Session, now: datetime) -> Told:
    """After a delivery: (who, kind, who did it) of every entry in every inbox, in order; the counts agree with it."""
    deliver(now)
    session.rollback()
    names = {row.id: row.name for row in session.execute(select(User.id, User.name))}
    found = session.scalars(select(Notification).order_by(Notification.id)).all()
    for user_id, kept in session.execute(select(User.id, User.unread_count)).all():
        assert kept == sum(entry.user_id == user_id and entry.read_at is None for entry in found)
    return [(names[entry.user_id], entry.kind, names[entry.actor_id] if entry.actor_id else None) for entry in found]


def forget(session: Session, now: datetime) -> None:
    """Deliver what waits and empty every inbox."""
    deliver(now)
    session.execute(Notification.__table__.delete())  # type: ignore[attr-defined]  # a table has it, its declared base not
    session.execute(update(User).values(unread_count=0))
    session.commit()


# --- who hears of what --------------------------------------------------------------------------------------------------


def test_an_answer(session: Session, people: People, now: datetime) -> None:
    """The asker and who follows; never who answers, though they follow too."""
    question_id = ask(people.marta, now)
    interest.follow(question_id, by=people.mo, now=now)
    answer(question_id, people.jonas, now)
    assert heard(session, now) == [("Marta", "answered", "Jonas"), ("Mo", "answered", "Jonas")]
    answer(question_id, people.marta, now)
    assert heard(session, now)[2:] == [("Jonas", "answered", "Marta"), ("Mo", "answered", "Marta")]


def test_a_comment(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    forget(session, now)
    comments.add(body="On which firmware?", question_id=question_id, by=people.ana, now=now)
    comments.add(body="On 4.2, too?", answer_id=answer_id, by=people.ana, now=now)
    comments.add(body="Yes, on 4.2.", answer_id=answer_id, by=people.jonas, now=now)
    assert heard(session, now) == [("Marta", "commented", "Ana"), ("Jonas", "commented", "Ana")]


def test_a_mention(session: Session, people: People, now: datetime) -> None:
    """In a question, an answer and a comment; once per text however often it is edited, and not by who wrote it."""
    question_id = ask(people.marta, now, body=f"{BODY} Does @Ana know, or @Marta?")
    answer_id = answer(question_id, people.jonas, now, f"{ANSWER} @Mo saw it.")
    comments.add(body="@Ada, do you?", answer_id=answer_id, by=people.jonas, now=now)
    answers.edit(answer_id, body=f"{ANSWER} @Mo saw it twice, and @Ana.", by=people.jonas, now=now)
    assert heard(session, now) == [
        ("Ana", "mentioned", "Marta"),
        ("Marta", "answered", "Jonas"),
        ("Mo", "mentioned", "Jonas"),
        ("Ada", "mentioned", "Jonas"),
        ("Ana", "mentioned", "Jonas"),
    ]


def test_who_is_asker_and_mentioned_hears_once(session: Session, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    answer_id = answer(question_id, people.jonas, now, f"{ANSWER} Try it, @Marta.")
    comments.add(body="Did it work, @Marta?", question_id=question_id, by=people.jonas, now=now)
    comments.add(body="I wonder about that, @Jonas.", answer_id=answer_id, by=people.ana, now=now)
    assert heard(session, now) == [
        ("Marta", "answered", "Jonas"),
        ("Marta", "commented", "Jonas"),
        ("Jonas", "commented", "Ana"),
    ]


def test_an_acceptance(session: Session, people: People, now: datetime) -> None:
    accepted(people, now)
    assert heard(session, now)[1:] == [("Jonas", "accepted", "Marta")]


def test_an_acceptance_withdrawn_before_anybody_heard(session: Session, people: People, now: datetime) -> None:
    """The message is late; what it would tell is no longer so. Accepting once more is another act, and told."""
    _, answer_id = accepted(people, now)
    acceptance.withdraw(answer_id, by=people.marta, now=now)
    assert heard(session, now)[1:] == []
    acceptance.accept(answer_id, by=people.marta, now=now)
    assert heard(session, now)[1:] == [("Jonas", "accepted", "Marta")]


def test_one_s_own_answer_accepted_is_no_news(session: Session, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    acceptance.accept(answer(question_id, people.marta, now), by=people.marta, now=now)
    assert heard(session, now) == []


def test_a_check(session: Session, people: People, now: datetime) -> None:
    """The author, and who asked to have it checked or said that it no longer works; not who says it works."""
    _, answer_id = answered(people, now)
    forget(session, now)
    signals.say(answer_id, "check", by=people.marta, now=now)
    signals.say(answer_id, "broken", by=people.mo, now=now)
    signals.say(answer_id, "works", by=people.ada, now=now)
    signals.say(answer_id, "check", network_mark="somebody", now=now)
    verification.verify(answer_id, "right", by=people.ana, now=now)
    assert heard(session, now) == [("Jonas", "verified", "Ana"), ("Marta", "verified", "Ana"), ("Mo", "verified", "Ana")]


def test_found_wrong(session: Session, people: People, now: datetime) -> None:
    """The author hears why; the asker, followers and those for whom it worked hear that it has expired."""
    question_id, answer_id = answered(people, now)
    interest.follow(question_id, by=people.mo, now=now)
    signals.say(answer_id, "works", by=people.ada, now=now)
    forget(session, now)
    verification.verify(answer_id, "wrong", note="The menu moved.", by=people.ana, now=now)
    assert heard(session, now) == [
        ("Jonas", "found_wrong", "Ana"),
        ("Marta", "expired", "Ana"),
        ("Mo", "expired", "Ana"),
        ("Ada", "expired", "Ana"),
    ]
    assert set(session.scalars(select(Notification.text))) == {"The menu moved."}


def test_cannot_tell_and_not_enough_verifiers_is_no_news(session: Session, people: People, now: datetime) -> None:
    make_tag(session, "critical", now, verifiers_needed=2)
    answer_id = answer(ask(people.marta, now, tags_text="critical"), people.jonas, now)
    forget(session, now)
    verification.verify(answer_id, "unsure", by=people.mo, now=now)
    verification.verify(answer_id, "right", by=people.ana, now=now)
    assert heard(session, now) == []


def test_the_clock_expires_an_answer(session: Session, people: People, now: datetime) -> None:
    """Nobody did it; who relied on it and the author hear once, and once more in its next life."""
    _, answer_id = answered(people, now)
    signals.say(answer_id, "works", by=people.ada, now=now)
    forget(session, now)
    late = now + INTERVAL + GRACE
    sweep.sweep(late)
    sweep.sweep(late + DAY)
    told = [("Marta", "expired", None), ("Jonas", "expired", None), ("Ada", "expired", None)]
    assert sorted(heard(session, late)) == sorted(told)
    assert set(session.scalars(select(Notification.text))) == {WORDS[Event.GRACE_ENDED]}
    verification.verify(answer_id, "right", by=people.ana, now=late)
    forget(session, late)
    later = late + INTERVAL + GRACE
    sweep.sweep(later)
    assert sorted(heard(session, later)) == sorted(told)


def test_a_late_delivery_says_why_it_expired_then(session: Session, people: People, now: datetime) -> None:
    """The worker was away while the answer was checked and fell due once more."""
    _, answer_id = answered(people, now)
    forget(session, now)
    late = now + INTERVAL + GRACE
    sweep.sweep(late)
    verification.verify(answer_id, "right", by=people.ana, now=late + DAY)
    sweep.sweep(late + INTERVAL)
    heard(session, late + INTERVAL)
    texts = session.scalars(select(Notification.text).where(Notification.kind == "expired"))
    assert set(texts) == {WORDS[Event.GRACE_ENDED]}


def test_becoming_due_invites_its_author_alone(session: Session, people: People, now: datetime) -> None:
    answered(people, now)
    forget(session, now)
    assert sweep.sweep(now + INTERVAL).due == 1
    assert heard(session, now + INTERVAL) == [("Jonas", "due", None)]


def test_an_archived_answer(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    successor = answer(question_id, people.ana, now)
    forget(session, now)
    archive.archive(answer_id, reason="", successor_id=successor, by=people.ana, now=now)
    assert sorted(heard(session, now)) == [("Jonas", "archived", "Ana"), ("Marta", "archived", "Ana")]


def test_closing_seeing_removing_suspending(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    comment_id = comments.add(body="Rude words.", answer_id=answer_id, by=people.jonas, now=now)
    forget(session, now)
    acknowledgement.acknowledge(question_id, by=people.ana, now=now)
    closing.close(question_id, reason="unclear", note="Which router?", by=people.mo, now=now)
    removal.remove_comment(comment_id, reason="Be kind.", by=people.mo, now=now)
    removal.remove_answer(answer_id, reason="It is an advertisement.", by=people.mo, now=now)
    suspension.suspend(people.jonas.id, until=now + DAY, reason="Advertising.", by=people.mo, now=now)
    assert heard(session, now) == [
        ("Marta", "seen", "Ana"),
        ("Marta", "closed", "Mo"),
        ("Jonas", "removed", "Mo"),
        ("Jonas", "removed", "Mo"),
        ("Jonas", "suspended", "Mo"),
    ]
    texts = list(session.scalars(select(Notification.text).order_by(Notification.id)))
    assert texts == [
        "",
        "It cannot be answered as it stands. Which router?",
        "Be kind.",
        "It is an advertisement.",
        "Advertising.",
    ]


def test_what_one_removes_oneself_is_no_news(session: Session, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    removal.remove_question(question_id, by=people.marta, now=now)
    assert heard(session, now) == []


def test_what_is_removed_before_anybody_heard(session: Session, people: People, now: datetime) -> None:
    """The entry would lead nowhere."""
    _, answer_id = answered(people, now)
    comments.add(body="On which firmware, @Ada?", answer_id=answer_id, by=people.ana, now=now)
    removal.remove_answer(answer_id, reason="x", by=people.mo, now=now)
    assert [(who, kind) for who, kind, _ in heard(session, now)] == [("Ada", "mentioned"), ("Jonas", "removed")]


# --- once in effect -----------------------------------------------------------------------------------------------------


def suggested(people: People, now: datetime) -> None:
    """Marta suggests three edits: one waits, one is taken, one is refused; and Jonas is made an expert."""
    waits, taken, refused = (
        suggested_edits.suggest_answer(
            answered(people, now)[1], body=f"{ANSWER} It helped.", summary="more", revision=1, by=people.marta, now=now
        )
        for _ in range(3)
    )
    assert waits
    suggested_edits.approve(taken, by=people.ana, now=now)
    suggested_edits.reject(refused, reason="no", by=people.ana, now=now)
    with transaction() as session:
        tag_id = session.scalars(select(Tag.id).where(Tag.name == "broadband")).one()
        suggestion = ExpertiseSuggestion(user_id=people.jonas.id, tag_id=tag_id, points=500, judged=5, right=5, at=now)
        session.add(suggestion)
        session.flush()
    decisions.confirm(suggestion.id, by=people.mo, now=now)


def everything(people: People, now: datetime) -> datetime:
    """A story that makes every topic the inbox listens to; returns when it ends."""
    question_id = ask(people.marta, now, body=f"{BODY} @Ada may know.")
    answer_id = answer(question_id, people.jonas, now)
    answered(people, now)
    suggested(people, now)
    comments.add(body="On 4.2?", answer_id=answer_id, by=people.ana, now=now)
    acceptance.accept(answer_id, by=people.marta, now=now)
    acknowledgement.acknowledge(question_id, by=people.ana, now=now)
    signals.say(answer_id, "broken", by=people.mo, now=now)
    verification.verify(answer_id, "wrong", note="It moved.", by=people.ana, now=now)
    verification.verify(answer_id, "right", by=people.mo, now=now)
    sweep.sweep(now + INTERVAL)
    with transaction() as session:
        session.execute(update(AnswerBelief).where(AnswerBelief.answer_id == answer_id).values(views_per_day=2.0))
    escalation.escalate(now + INTERVAL + escalation.PATIENCE)
    now += INTERVAL + GRACE
    sweep.sweep(now)
    archive.archive(answer_id, reason="over", by=people.mo, now=now)
    closing.close(question_id, reason="unclear", by=people.mo, now=now)
    other = ask(people.marta, now)
    removal.remove_question(other, reason="x", by=people.mo, now=now)
    suspension.suspend(people.jonas.id, until=now + DAY, reason="x", by=people.mo, now=now)
    return now


def test_the_story_is_whole(session: Session, people: People, now: datetime) -> None:
    now = everything(people, now)
    topics = set(session.scalars(select(OutboxMessage.topic)))
    assert {topic for topic, handlers in LISTENING.items() if handlers} - ELSEWHERE <= topics
    assert {kind for _, kind, _ in heard(session, now)} == set(KINDS) - TOLD_BY_OTHERS


def test_delivered_twice_is_told_once(session: Session, people: People, now: datetime) -> None:
    """A worker dies after its handlers and before it says so: all messages come again, in whatever order."""
    now = everything(people, now)
    session.rollback()
    messages = list(session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)))
    once = heard(session, now)
    for message in [*messages, *reversed(messages)]:
        for handler in LISTENING[message.topic]:
            handler.run([{**message.payload, outbox.EMITTED_AT: message.created_at}])
    assert heard(session, now) == once


def test_many_workers_at_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    now = everything(people, now)
    session.rollback()
    failures = at_once(app, 6, lambda _: deliver(now))
    assert failures == [None] * 6
    told = heard(session, now)
    assert len(told) == len(set(session.execute(select(Notification.user_id, Notification.cause)).all()))
    assert {kind for _, kind, _ in told} == set(KINDS) - TOLD_BY_OTHERS
    assert session.scalars(select(OutboxMessage)).all() == []


def test_two_entries_of_one_cause_at_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    session.rollback()
    session.execute(OutboxMessage.__table__.delete())  # type: ignore[attr-defined]  # a table has it, its declared base not
    session.commit()
    payload = {"answer_id": answer_id, outbox.EMITTED_AT: now}
    (handler,) = LISTENING["answer.posted"]
    assert at_once(app, 8, lambda _: handler.run([payload])) == [None] * 8
    assert heard(session, now) == [("Marta", "answered", "Jonas")]


def test_a_late_delivery_is_dated_by_the_act(session: Session, people: People, now: datetime) -> None:
    answered(people, now)
    deliver(now + 3 * DAY)
    assert session.scalars(select(Notification.at)).one() == now


def test_reading_while_something_comes_in(app: Flask, session: Session, people: People, now: datetime) -> None:
    """The count kept with the person never drifts from their entries."""
    question_id = ask(people.marta, now)
    for number in range(12):
        comments.add(body=f"Number {number}.", question_id=question_id, by=people.ana, now=now)
    session.rollback()
    marta = people.marta.id

    def act(number: int) -> None:
        if number % 2:
            outbox.drain(LISTENING, now, limit=2)
        else:
            inbox.read_all(by=_person(marta), now=now)

    assert at_once(app, 8, act) == [None] * 8
    assert len(heard(session, now)) == 12


def _person(user_id: int) -> User:
    from_here = User()
    from_here.id = user_id
    return from_here


# --- the reminder -------------------------------------------------------------------------------------------------------


def test_one_reminder_to_accept(app: Flask, session: Session, people: People, clock: Clock) -> None:
    """Seven quiet days after an answer, by mail, once; its link opens the page and changes nothing."""
    question_id, _ = answered(people, clock.now)
    clock.now += QUIET_BEFORE_ACCEPTING_FOR_ASKER - timedelta(seconds=1)
    assert reminders.remind_askers(clock.now) == 0
    clock.forward(seconds=1)
    assert reminders.remind_askers(clock.now) == 1
    assert reminders.remind_askers(clock.now + DAY) == 0
    (letter,) = letters(app, clock.now)
    assert letter["To"] == people.marta.email
    assert letter["Subject"] == "Did this solve it?"
    assert TITLE in letter.get_content()
    address = link_in(letter)
    assert address == f"/questions/{question_id}/my-router-drops-the-wi-fi-every-evening"
    assert browser(app, people.marta).get(address).status_code == 200
    session.rollback()
    assert session.get_one(Question, question_id).accepted_answer_id is None


def test_the_link_is_safe_to_open(app: Flask, client: FlaskClient, session: Session, people: People, clock: Clock) -> None:
    """Mail programs and virus scanners open links before people do."""
    answered(people, clock.now)
    clock.forward(days=8)
    reminders.remind_askers(clock.now)
    (letter,) = letters(app, clock.now)
    before = session.scalars(select(Question.activity_at)).one()
    assert client.get(link_in(letter)).status_code == 200
    session.rollback()
    assert session.scalars(select(Question.activity_at)).one() == before
    assert session.scalars(select(Question.accepted_answer_id)).one() is None


def nobody_answered(_people: People, question_id: int, session: Session, _now: datetime) -> None:
    session.execute(update(Question).where(Question.id == question_id).values(answer_count=0))


def it_is_accepted(people: People, question_id: int, session: Session, now: datetime) -> None:
    number = session.scalars(select(Question.lead_answer_id).where(Question.id == question_id)).one()
    session.commit()
    acceptance.accept(number or 0, by=people.marta, now=now)


def it_is_closed(people: People, question_id: int, _session: Session, now: datetime) -> None:
    closing.close(question_id, reason="unclear", by=people.mo, now=now)


def it_is_removed(people: People, question_id: int, _session: Session, now: datetime) -> None:
    removal.remove_question(question_id, reason="x", by=people.mo, now=now)


def it_goes_on(people: People, question_id: int, _session: Session, now: datetime) -> None:
    comments.add(body="Still so?", question_id=question_id, by=people.ana, now=now + 2 * DAY)


def no_notices(people: People, _question_id: int, session: Session, _now: datetime) -> None:
    session.execute(update(User).where(User.id == people.marta.id).values(mail_notices=False))


def no_confirmed_mail(people: People, _question_id: int, session: Session, _now: datetime) -> None:
    session.execute(update(User).where(User.id == people.marta.id).values(email_confirmed_at=None))


@pytest.mark.parametrize(
    "unless",
    [nobody_answered, it_is_accepted, it_is_closed, it_is_removed, it_goes_on, no_notices, no_confirmed_mail],
)
def test_no_reminder(app: Flask, session: Session, people: People, clock: Clock, unless: object) -> None:
    assert callable(unless)
    question_id, _ = answered(people, clock.now)
    unless(people, question_id, session, clock.now)
    session.commit()
    clock.now += QUIET_BEFORE_ACCEPTING_FOR_ASKER + DAY
    assert reminders.remind_askers(clock.now) == 0
    assert letters(app, clock.now) == []


def test_no_reminder_of_what_is_long_past(people: People, clock: Clock, session: Session) -> None:
    """An import, or a worker that was away for months, brings no wall of mail."""
    answered(people, clock.now)
    clock.now += QUIET_BEFORE_ACCEPTING_FOR_ASKER + reminders.TOO_LATE
    assert reminders.remind_askers(clock.now) == 0
    assert session.scalars(select(Question.reminded_at)).one() is None


def test_many_workers_remind_once(app: Flask, session: Session, people: People, clock: Clock) -> None:
    for _ in range(5):
        answered(people, clock.now)
    clock.forward(days=8)
    sent = at_once(app, 6, lambda _: reminders.remind_askers(clock.now))
    assert sum(number for number in sent if isinstance(number, int)) == 5, sent
    assert len(letters(app, clock.now)) == 5


@on_sqlite
def test_a_reminder_handed_over_twice_is_one_mail(app: Flask, session: Session, people: People, clock: Clock) -> None:
    answered(people, clock.now)
    clock.forward(days=8)
    reminders.remind_askers(clock.now)
    payload = session.scalars(select(OutboxMessage.payload).where(OutboxMessage.topic == mail.TOPIC)).one()
    mail.deliver([payload])
    assert len(letters(app, clock.now)) == 1
