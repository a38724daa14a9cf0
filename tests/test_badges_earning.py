"""How badges are earned: each by its deed, by message or over history, once, by nobody alone; and how they are taken back."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app import outbox
from app.accounts.models import User
from app.db import transaction
from app.errors import Forbidden, NotFound
from app.jobs import AFTER_COMMIT
from community import acceptance, comments, votes
from community.badges import awards, handlers, history, reckoning
from community.freshness import archive, signals, verification
from community.freshness.undo import UNDO_FOR, undo
from community.models import Acceptance, Answer, Assignment, Finding, FindingAct, Notification, Vote
from community.moderation import accounts, removal, tag_merge
from reputation.badges import book
from reputation.badges.book import Earned
from reputation.badges.models import BadgeAward, BadgeHolder, BadgeRun, BadgeTally
from reputation.badges.rules import MEASURES
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.people import People
from tests.stories import GRACE, INTERVAL, accepted, answer, answered, ask, make_tag

DAY = timedelta(days=1)
LISTENING = {topic: [one for one in found if one.name == "badges"] for topic, found in AFTER_COMMIT.items()}
REPAIR = "Set the channel to 6 by hand; since firmware 4.3 the number 11 is taken by the router itself."


def deliver(now: datetime) -> None:
    """Let a worker deliver what waits, once no check can be undone any more."""
    while outbox.drain(LISTENING, now + UNDO_FOR):
        pass


def earned(session: Session, who: User) -> list[str]:
    """Whose badges: names, in order."""
    session.rollback()
    of_person = select(BadgeAward.badge).where(BadgeAward.user_id == who.id, BadgeAward.taken_at.is_(None))
    return sorted(session.scalars(of_person))


def everything(session: Session) -> set[tuple[object, ...]]:
    session.rollback()
    rows = select(BadgeAward.user_id, BadgeAward.badge, BadgeAward.occasion, BadgeAward.at, BadgeAward.answer_id)
    return {tuple(row) for row in session.execute(rows)}


def score(session: Session, answer_id: int, points: int) -> None:
    """As if so many had voted."""
    session.execute(update(Answer).where(Answer.id == answer_id).values(score=points))
    session.commit()


# --- a story for each measure -------------------------------------------------------------------------------------------


def _voted_up(session: Session, people: People, now: datetime) -> datetime:
    question_id, answer_id = answered(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    votes.cast(1, question_id=question_id, by=people.ana, now=now)
    return now


def _accepted(session: Session, people: People, now: datetime) -> datetime:
    accepted(people, now)
    return now


def _repaired(session: Session, people: People, now: datetime) -> datetime:
    _, answer_id = answered(people, now)
    verification.verify(answer_id, "repaired", body=REPAIR, by=people.ana, now=now + DAY)
    verification.verify(answer_id, "right", by=people.mo, now=now + 5 * DAY)
    return now + 5 * DAY


def _reported(session: Session, people: People, now: datetime) -> datetime:
    _, answer_id = answered(people, now)
    signals.say(answer_id, "broken", by=people.marta, now=now)
    verification.verify(answer_id, "wrong", note="It is 6 now.", by=people.ana, now=now + DAY)
    return now + DAY


def _kept_current(session: Session, people: People, now: datetime) -> datetime:
    _, answer_id = accepted(people, now)
    for days in (80, 160, 240, 320, 370):
        verification.verify(answer_id, "right", by=people.ana, now=now + days * DAY)
    return now + 370 * DAY


def _rescued(session: Session, people: People, now: datetime) -> datetime:
    _, answer_id = answered(people, now)
    late = now + INTERVAL + GRACE + DAY
    verification.verify(answer_id, "right", by=people.ana, now=late)
    signals.say(answer_id, "works", by=people.marta, now=late + DAY)
    return late + DAY


def _succeeded(session: Session, people: People, now: datetime) -> datetime:
    question_id, old = answered(people, now)
    new = answer(question_id, people.ana, now, body=REPAIR)
    archive.archive(old, reason="There is a better one.", successor_id=new, by=people.mo, now=now)
    votes.cast(1, answer_id=new, by=people.marta, now=now)
    return now


Story = Callable[[Session, People, datetime], datetime]
STORIES: dict[str, tuple[Story, str, str]] = {
    "upvoted_answers": (_voted_up, "jonas", "good-start"),
    "upvoted_questions": (_voted_up, "marta", "well-asked"),
    "newcomers_welcomed": (_voted_up, "jonas", "welcome"),
    "accepted_answers": (_accepted, "jonas", "solved-it"),
    "thanked_helpers": (_accepted, "marta", "closed-loop"),
    "tags_helped": (_accepted, "jonas", ""),
    "tags_mastered": (_accepted, "jonas", ""),
    "finds": (_repaired, "ana", "first-find"),
    "repairs": (_repaired, "ana", "first-repair"),
    "reports": (_reported, "marta", "sharp-eye"),
    "kept_answers": (_kept_current, "jonas", "still-good"),
    "kept_years": (_kept_current, "jonas", "evergreen"),
    "rescues": (_rescued, "ana", "rescuer"),
    "successors": (_succeeded, "ana", "new-for-old"),
}
"""Measure → its story, whose it is, and what it brings; those of tags take several, below."""


def test_every_measure_has_a_story() -> None:
    assert set(STORIES) == set(MEASURES)


@on_sqlite
@pytest.mark.parametrize("story", dict.fromkeys(story for story, _, _ in STORIES.values()))
def test_a_deed_brings_its_badge(session: Session, people: People, now: datetime, story: Story) -> None:
    deliver(story(session, people, now))
    for _, who, badge in (one for one in STORIES.values() if one[0] is story and one[2]):
        assert earned(session, getattr(people, who)).count(badge) == 1, badge


def test_history_awards_what_the_messages_brought(session: Session, people: People, now: datetime) -> None:
    """The same badges for the same occasions with the same dates; and once more nothing. Every statement, on both databases."""
    make_tag(session, "wi-fi", now)
    moment = now
    for story in dict.fromkeys(story for story, _, _ in STORIES.values()):
        moment = story(session, people, moment) + DAY
        deliver(moment)
    for number in range(5):
        moment += DAY
        make_tag(session, f"topic-{number}", now)
        answer_id = answer(ask(people.marta, moment, tags_text=f"topic-{number}"), people.jonas, moment)
        acceptance.accept(answer_id, by=people.marta, now=moment)
    deliver(moment)
    brought = everything(session)
    assert {"broad", "rescuer", "evergreen", "first-find", "sharp-eye", "new-for-old"} <= {str(row[1]) for row in brought}
    assert history.run(now=moment) == 0
    for table in (BadgeAward, BadgeHolder, BadgeTally):
        session.query(table).delete()
    session.commit()
    assert history.run(quiet=True, now=moment) == len(brought)
    assert everything(session) == brought


@on_sqlite
def test_nobody_earns_anything_alone(session: Session, people: People, now: datetime) -> None:
    """No badge for raw volume: whatever Ana does as often as she may, as long as nobody else says that it helped."""
    ana = people.ana
    moment = now
    for number in range(6):
        moment += DAY
        theirs, their_answer = answered(people, moment)
        answer(theirs, ana, moment)
        comments.add(body="I have seen this at several customers.", question_id=theirs, by=ana, now=moment)
        votes.cast(1 if number % 2 else -1, answer_id=their_answer, by=ana, now=moment)
        signals.say(their_answer, "works" if number % 2 else "broken", by=ana, now=moment)
        verification.verify(their_answer, ("right", "wrong", "repaired")[number % 3], note="No.", body=REPAIR, by=ana, now=moment)
        own_answer = answer(ask(ana, moment, title=f"How is device {number} set up again?"), ana, moment)
        acceptance.accept(own_answer, by=ana, now=moment)
    deliver(moment)
    assert earned(session, ana) == []
    history.run(now=moment)
    assert earned(session, ana) == []


@on_sqlite
def test_a_score_is_reached_or_not(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    for points, badges in ((4, ["good-start", "welcome"]), (5, ["good-start", "welcome", "well-put"])):
        score(session, answer_id, points)
        handlers.question_changed([{"question_id": question_id}])
        assert earned(session, people.jonas) == badges
    second = answer(ask(people.marta, now + DAY), people.jonas, now + DAY)
    score(session, second, 5)
    handlers.question_changed([{"question_id": question_id}, {"question_id": session.get_one(Answer, second).question_id}])
    assert earned(session, people.jonas).count("well-put") == 2, "one for each answer"


@on_sqlite
def test_the_tenth_brings_it(session: Session, people: People, now: datetime) -> None:
    for number in range(1, 11):
        accepted(people, now + number * DAY)
        deliver(now + number * DAY)
        assert ({"right-hand", "at-home"} <= set(earned(session, people.jonas))) == (number == 10)


@on_sqlite
def test_what_does_not_count(session: Session, people: People, now: datetime) -> None:
    """An acceptance that was withdrawn, a post that was removed, a check that was taken back within its minute."""
    _, withdrawn = accepted(people, now)
    acceptance.withdraw(withdrawn, by=people.marta, now=now)
    _, removed = accepted(people, now)
    removal.remove_answer(removed, reason="Spam.", by=people.mo, now=now)
    _, undone = accepted(people, now)
    acceptance.withdraw(undone, by=people.marta, now=now)
    signals.say(undone, "broken", by=people.marta, now=now)
    verification.verify(undone, "wrong", note="No.", by=people.ana, now=now)
    item = session.scalars(select(Assignment.id).where(Assignment.answer_id == undone)).one()
    session.rollback()
    undo(item, by=people.ana, now=now + UNDO_FOR / 2)
    deliver(now)
    assert earned(session, people.jonas) == []
    assert earned(session, people.marta) == []


@on_sqlite
def test_a_badge_outlives_its_post(session: Session, people: People, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    deliver(now)
    before = everything(session)
    removal.remove_answer(answer_id, reason="Out of date.", by=people.mo, now=now)
    deliver(now)
    assert everything(session) == before


# --- once ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_the_same_message_in_many_workers_at_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    """And a run over history beside them: one award, one notice, one in the tally."""
    question_id, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    session.rollback()
    payload = {"question_id": question_id, "answer_id": answer_id}

    def work(number: int) -> None:
        if number == 0:
            history.run(quiet=True, now=now)
        for handle in (handlers.question_changed, handlers.answer_accepted)[:: 1 if number % 2 else -1]:
            handle([payload])

    assert at_once(app, 8, work) == [None] * 8
    assert earned(session, people.jonas) == ["good-start", "solved-it", "welcome"]
    assert earned(session, people.marta) == ["closed-loop"]
    told = [row.cause for row in session.scalars(select(Notification).where(Notification.kind == "badge"))]
    assert len(told) == len(set(told)) <= 4
    tallies = dict(session.execute(select(BadgeTally.badge, BadgeTally.people)).all())
    assert tallies == {"good-start": 1, "solved-it": 1, "welcome": 1, "closed-loop": 1}
    assert set(session.scalars(select(BadgeHolder.times))) == {1}


def test_a_run_goes_on_where_it_stopped(session: Session, people: People, now: datetime) -> None:
    """Person by person, one notice each, however much there is to tell."""
    _, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    run_id = history.begin((), quiet=False, now=now)
    for _ in range(2):
        assert history.step(run_id, now=now, batch=1)
    seen = session.get_one(BadgeRun, run_id).cursor
    assert seen == sorted(person.id for person in people.everybody())[1]
    session.rollback()
    assert history.run(now=now + DAY, batch=1) == 4
    assert session.scalars(select(BadgeRun.id)).all() == [run_id], "the unfinished one was gone on with"
    told = session.scalars(select(Notification).where(Notification.kind == "badges")).all()
    assert {(entry.user_id, entry.text) for entry in told} == {
        (people.jonas.id, "Good start, Solved it and Welcome"),
        (people.marta.id, "Closed loop"),
    }
    session.rollback()
    assert history.run(("solved-it",), now=now) == 0
    assert history.run(anew=True, now=now) == 0
    with pytest.raises(NotFound):
        history.run(("most-posts",), now=now)


@on_sqlite
def test_the_notice_says_what_for(session: Session, people: People, now: datetime) -> None:
    accepted(people, now)
    deliver(now)
    notice = select(Notification).where(Notification.user_id == people.jonas.id, Notification.kind == "badge")
    assert sorted(entry.text for entry in session.scalars(notice)) == [
        "Solved it, for a first accepted answer",
        "Welcome, for helping a newcomer with their first question, before others",
    ]


# --- taken back ---------------------------------------------------------------------------------------------------------


def test_taken_back_and_given_back(session: Session, people: People, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    deliver(now)
    before = everything(session)
    taken = (people.jonas.id, "solved-it", "")
    with pytest.raises(Forbidden):
        awards.take_back(*taken, "Accepted by a friend.", by=people.ana, now=now)
    with pytest.raises(NotFound):
        awards.take_back(people.ana.id, "solved-it", "", "Never had it.", by=people.mo, now=now)
    assert awards.take_back(*taken, "Accepted by a friend.", by=people.mo, now=now)
    assert not awards.take_back(*taken, "Twice.", by=None, now=now)
    assert "solved-it" not in earned(session, people.jonas)
    assert dict(session.execute(select(BadgeTally.badge, BadgeTally.people)).all())["solved-it"] == 0
    handlers.answer_accepted([{"answer_id": answer_id}])
    history.run(now=now)
    assert "solved-it" not in earned(session, people.jonas), "not again for the same"
    assert awards.give_back(*taken, by=people.mo, now=now + DAY)
    assert not awards.give_back(*taken, by=people.mo, now=now + DAY)
    assert everything(session) == before
    assert dict(session.execute(select(BadgeTally.badge, BadgeTally.people)).all())["solved-it"] == 1
    kinds = session.scalars(select(Notification.kind).where(Notification.user_id == people.jonas.id).order_by(Notification.id))
    assert [kind for kind in kinds if kind.startswith("badge_")] == ["badge_taken", "badge_given"]


@on_sqlite
def test_what_was_arranged_brings_no_badge_for_long(session: Session, people: People, now: datetime) -> None:
    """A finding takes what hangs on its votes and acceptances; what has other ground, or none for another reason, stays."""
    honest, _ = accepted(people, now)
    question_id, removed = accepted(people, now + DAY)
    _, arranged = accepted(people, now + 2 * DAY)
    for answer_id in (removed, arranged):
        votes.cast(1, answer_id=answer_id, by=people.ana, now=now + 2 * DAY)
        score(session, answer_id, 5)
    deliver(now + 2 * DAY)
    removal.remove_answer(removed, reason="Out of date.", by=people.mo, now=now + 2 * DAY)
    before = everything(session)
    assert earned(session, people.jonas) == ["good-start", "solved-it", "welcome", "well-put", "well-put"]

    finding = Finding(kind="accepts", key="x", score=1.0, reason="Again and again.", evidence={}, found_at=now)
    vote = session.scalars(select(Vote).where(Vote.answer_id == arranged)).one()
    arrangement = session.scalars(select(Acceptance).where(Acceptance.answer_id == arranged)).one()
    session.add(finding)
    session.flush()
    session.add_all(
        [FindingAct(finding_id=finding.id, vote_id=vote.id), FindingAct(finding_id=finding.id, acceptance_id=arrangement.id)]
    )
    vote.discounted_at = arrangement.discounted_at = now
    session.commit()
    score(session, arranged, 0)
    assert reckoning.reckon_anew(finding.id, now + 3 * DAY) == (1, 0)
    assert earned(session, people.jonas) == ["good-start", "solved-it", "welcome", "well-put"]
    assert reckoning.reckon_anew(finding.id, now + 3 * DAY) == (0, 0)
    handlers.question_changed([{"question_id": question_id}, {"question_id": honest}])
    assert earned(session, people.jonas).count("well-put") == 1

    session.execute(update(Vote).values(discounted_at=None))
    session.execute(update(Acceptance).values(discounted_at=None))
    session.commit()
    score(session, arranged, 5)
    assert reckoning.reckon_anew(finding.id, now + 4 * DAY) == (0, 1)
    assert everything(session) == before


@on_sqlite
def test_votes_that_were_arranged_take_no_badge_of_acceptances(session: Session, people: People, now: datetime) -> None:
    """What was lost for another reason before, as by a post that was removed, stays whatever is found of votes."""
    _, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    deliver(now)
    with transaction() as writing:
        book.enter(writing, [Earned(people.jonas.id, "right-hand", "", now)])
    finding = Finding(kind="serial", key="x", score=1.0, reason="Again and again.", evidence={}, found_at=now)
    vote = session.scalars(select(Vote).where(Vote.answer_id == answer_id)).one()
    session.add(finding)
    session.flush()
    session.add(FindingAct(finding_id=finding.id, vote_id=vote.id))
    vote.discounted_at = now
    session.commit()
    score(session, answer_id, 0)
    reckoning.reckon_anew(finding.id, now + DAY)
    assert earned(session, people.jonas) == ["right-hand", "solved-it", "welcome"], "only the badge of votes is gone"


def test_a_merged_account_hands_its_badges_over(session: Session, people: People, now: datetime) -> None:
    """One person has each of them once, however many accounts they had."""
    question_id, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    score(session, answer_id, 5)
    with transaction() as writing:
        book.enter(writing, [Earned(people.mo.id, "solved-it", "", now)])
    deliver(now)
    before = earned(session, people.jonas)
    assert before == ["good-start", "solved-it", "welcome", "well-put"]
    accounts.merge(people.jonas.id, people.mo.id, reason="One person", by=people.ada, now=now + DAY)
    handlers.question_changed([{"question_id": question_id}])
    handlers.answer_accepted([{"answer_id": answer_id}])
    assert earned(session, people.mo) == before
    assert earned(session, people.jonas) == []
    tallies = dict(session.execute(select(BadgeTally.badge, BadgeTally.people)).all())
    assert {name: tallies[name] for name in before} == dict.fromkeys(before, 1)
    times = session.execute(select(BadgeHolder.user_id, BadgeHolder.times).where(BadgeHolder.badge.in_(before))).all()
    assert times == [(people.mo.id, 1)] * 4


@on_sqlite
def test_a_merged_tag_brings_its_badge_once(session: Session, people: People, now: datetime) -> None:
    wlan, wifi = make_tag(session, "wlan", now), make_tag(session, "wifi", now)
    for hours in range(10):
        asked = ask(people.marta, now + hours * timedelta(hours=1), tags_text="wlan")
        accepted_id = answer(asked, people.jonas, now + hours * timedelta(hours=1))
        acceptance.accept(accepted_id, by=people.marta, now=now + hours * timedelta(hours=1))
    deliver(now + DAY)
    assert earned(session, people.jonas).count("at-home") == 1
    tag_merge.merge(wlan.id, wifi.id, by=people.ada, now=now + DAY)
    history.run(now=now + DAY)
    assert earned(session, people.jonas).count("at-home") == 1
    kept = session.execute(select(BadgeAward.occasion, BadgeAward.about).where(BadgeAward.badge == "at-home")).all()
    assert kept == [(f"tag:{wifi.id}", "wifi")]
