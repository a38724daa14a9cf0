"""Flags: who may flag what, what moderators do about it, and spam that goes by many people's word."""

import threading
import time
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, transaction
from app.errors import Conflict, Forbidden, Gone, Invalid, NotFound, TooMany
from community import comments, votes
from community.boards.causes import CHECKERS
from community.models import Comment
from community.models import Flag as FlagRow
from community.moderation import flags, removal
from reputation import audit, grounds, ledger
from reputation.ledger import Posting
from tests.at_once import at_once
from tests.pages.reading import plain
from tests.people import People, person
from tests.statements import count_statements
from tests.stories import accepted, answer, answered, ask, browser, entries, person_here, reload_answer, reputation, told

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def readers(session: Session, now: datetime, count: int = flags.SPAM_FLAGS) -> list[User]:
    """Members in good standing."""
    made = [person(f"Reader{number}", now) for number in range(count)]
    session.add_all(made)
    session.commit()
    return made


def outcomes(session: Session) -> list[str | None]:
    session.rollback()
    return list(session.scalars(select(FlagRow.outcome).order_by(FlagRow.id)))


def books_are_in_order(session: Session) -> bool:
    session.rollback()
    return audit.audit(session).clean and grounds.check(session, CHECKERS).clean


def test_six_readers_remove_spam_once_and_a_moderator_gives_it_back(
    app: Flask, session: Session, people: People, now: datetime
) -> None:
    _, answer_id = answered(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    ids = [reader.id for reader in readers(session, now)]
    results = at_once(app, len(ids), lambda number: flags.flag("spam", answer_id=answer_id, by=person_here(ids[number]), now=now))
    assert sorted(results, key=str) == [False] * (flags.SPAM_FLAGS - 1) + [True], results
    gone = reload_answer(session, answer_id)
    assert (gone.removed_by_id, gone.removed_reason) == (None, "spam, as 6 people in good standing say")
    assert entries(session, people.jonas) == [("answer_upvoted", 10), ("reversal", -10), ("spam_confirmed", -100)]
    assert outcomes(session) == ["confirmed"] * flags.SPAM_FLAGS
    assert [sent["user_id"] for sent in told(session, "post.removed")] == [people.jonas.id]
    assert books_are_in_order(session)
    removal.restore_answer(answer_id, reason="It names a product, and helps.", by=people.mo, now=now)
    assert reputation(session, people.jonas) == 11
    assert outcomes(session) == ["overturned"] * flags.SPAM_FLAGS
    removal.remove_answer(answer_id, reason="Asked for by its author.", by=people.mo, now=now)
    removal.restore_answer(answer_id, reason="Sorry.", by=people.mo, now=now)
    assert reputation(session, people.jonas) == 11, "what was overturned stays so"
    assert books_are_in_order(session)


def test_a_moderators_word_is_enough_and_counts_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    question_id = ask(people.marta, now)
    comment_id = comments.add(body="Buy my pills at pills.example", question_id=question_id, by=people.marta, now=now)
    with pytest.raises(NotFound):
        flags.confirm_spam(comment_id=comment_id, by=people.mo, now=now)
    flags.flag("spam", comment_id=comment_id, by=people.jonas, now=now)
    mo = people.mo.id
    results = at_once(app, 3, lambda _: flags.confirm_spam(comment_id=comment_id, by=person_here(mo), now=now))
    assert [result for result in results if result is None] == [None]
    assert all(isinstance(result, Gone) for result in results if result is not None)
    assert entries(session, people.marta) == [("spam_confirmed", -100)]
    removal.remove_question(question_id, reason="All of it.", by=people.mo, now=now)
    assert reputation(session, people.marta) == -99, "the page went, and the loss is not part of it"
    assert books_are_in_order(session)
    removal.restore_question(question_id, by=people.mo, now=now)
    removal.restore_comment(comment_id, by=people.mo, now=now)
    assert reputation(session, people.marta) == 1


@on_sqlite
def test_whose_flags_remove_nothing(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    members = readers(session, now, flags.SPAM_FLAGS)
    members[0].created_at = now - timedelta(days=1)
    session.commit()
    for member in members:
        assert flags.flag("spam", answer_id=answer_id, by=member, now=now) is False, "one of six has only just come"
    by_staff = answer(question_id, people.ana, now)
    members[0].created_at = now - timedelta(days=99)
    session.commit()
    for member in members:
        assert flags.flag("spam", answer_id=by_staff, by=member, now=now) is False, "a moderator decides about staff"
    flags.settle("declined", answer_id=by_staff, by=people.mo, now=now)
    assert reload_answer(session, by_staff).removed_at is None


@pytest.mark.parametrize(("decided", "confirmed", "good"), [(0, 0, True), (3, 0, True), (4, 2, True), (4, 1, False)])
def test_a_flaggers_record(decided: int, confirmed: int, good: bool) -> None:
    assert flags.is_good(decided, confirmed) is good


@on_sqlite
def test_who_always_flags_wrongly_does_not_count(session: Session, people: People, now: datetime) -> None:
    *_, bad = members = readers(session, now)
    for _ in range(flags.JUDGED_AT_LEAST):
        wrong = ask(people.marta, now)
        flags.flag("rude", question_id=wrong, by=bad, now=now)
        flags.settle("declined", question_id=wrong, by=people.mo, now=now)
    target = ask(people.marta, now)
    assert [flags.flag("spam", question_id=target, by=member, now=now) for member in members] == [False] * len(members)


@on_sqlite
def test_what_is_refused(session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    with pytest.raises(Forbidden, match="It is yours"):
        flags.flag("spam", answer_id=answer_id, by=people.jonas, now=now)
    with pytest.raises(Invalid):
        flags.flag("dull", answer_id=answer_id, by=people.marta, now=now)
    with pytest.raises(Invalid):
        flags.flag("attention", answer_id=answer_id, by=people.marta, now=now)
    flags.flag("attention", note="It shows a phone number.", answer_id=answer_id, by=people.marta, now=now)
    with pytest.raises(Conflict):
        flags.flag("rude", answer_id=answer_id, by=people.marta, now=now)
    with pytest.raises(Forbidden):
        flags.settle("declined", answer_id=answer_id, by=people.ana, now=now)
    with pytest.raises(Invalid):
        flags.settle("confirmed", remove=True, answer_id=answer_id, by=people.mo, now=now)
    flags.settle("confirmed", remove=True, reason="A phone number.", answer_id=answer_id, by=people.mo, now=now)
    assert entries(session, people.jonas) == []
    session.execute(update(User).values(reputation=0))
    session.commit()
    with pytest.raises(Forbidden, match="you have 0, 1 short"):
        flags.flag("rude", question_id=question_id, by=session.get_one(User, people.jonas.id), now=now)


@on_sqlite
def test_a_days_flags_are_counted(session: Session, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flags, "A_DAY", 2)
    for _ in range(2):
        flags.flag("rude", question_id=ask(people.marta, now), by=people.jonas, now=now)
    with pytest.raises(TooMany):
        flags.flag("rude", question_id=ask(people.marta, now), by=people.jonas, now=now)
    flags.flag("rude", question_id=ask(people.marta, now), by=people.jonas, now=now + timedelta(days=1, seconds=1))


@on_sqlite
def test_an_ordinary_removal_agrees_with_the_flags(session: Session, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    flags.flag("rude", answer_id=answer_id, by=people.marta, now=now)
    removal.remove_answer(answer_id, reason="Rude.", by=people.mo, now=now)
    assert outcomes(session) == ["confirmed"]


@on_sqlite
def test_the_pages(app: Flask, client: FlaskClient, session: Session, people: People, now: datetime) -> None:
    question_id, answer_id = answered(people, now)
    comment_id = comments.add(body="You are a fool.", answer_id=answer_id, by=people.jonas, now=now)
    marta, moderator = browser(app, people.marta), browser(app, people.mo)
    page = marta.get(f"/questions/{question_id}", follow_redirects=True).text
    assert f"/answers/{answer_id}/flags" in page
    assert f"/comments/{comment_id}/flags" in page
    assert f"/questions/{question_id}/flags" not in page, "it is her own"
    assert "No longer works" in marta.get(f"/answers/{answer_id}/flags").text
    assert marta.post(f"/comments/{comment_id}/flags", data={"kind": ""}).status_code == 422
    assert marta.post(f"/comments/{comment_id}/flags", data={"kind": "rude", "note": "Look."}).status_code == 303
    assert marta.post(f"/comments/{comment_id}/flags", data={"kind": "rude"}).status_code == 409
    assert marta.get("/moderation/flags").status_code == 403
    people.jonas.reputation = 1000
    session.commit()
    reader = browser(app, people.jonas).get("/moderation/flags").text
    assert "You see the queue; moderators decide." in reader
    assert "Seen to" not in reader
    assert "rude says Marta" in plain(moderator.get("/moderation/flags").text)
    decision = f"/moderation/flags/comment/{comment_id}"
    assert browser(app, people.jonas).post(decision, data={"decision": "declined"}).status_code == 403
    assert moderator.post(decision, data={"decision": "remove"}).status_code == 422
    assert moderator.post(decision, data={"decision": "remove", "reason": "Rude."}).status_code == 303
    assert session.get_one(Comment, comment_id, populate_existing=True).removed_reason == "Rude."
    assert "Nothing waits" in moderator.get("/moderation/flags").text


@on_sqlite
def test_the_queue_takes_the_same_statements_for_any_number_of_posts(
    app: Flask, client: FlaskClient, people: People, now: datetime
) -> None:
    moderator = browser(app, people.mo)

    def sent() -> int:
        with count_statements() as statements:
            assert moderator.get("/moderation/flags").status_code == 200
        return len(statements)

    flags.flag("rude", question_id=ask(people.marta, now), by=people.jonas, now=now)
    few = sent()
    for _ in range(4):
        flags.flag("spam", answer_id=answered(people, now)[1], by=people.marta, now=now)
    assert sent() == few


@on_sqlite
def test_what_others_rely_on_waits_and_nobody_decides_about_themselves(session: Session, people: People, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    assert [flags.flag("spam", answer_id=answer_id, by=reader, now=now) for reader in readers(session, now)] == [False] * 6
    of_mo = ask(people.mo, now)
    flags.flag("spam", question_id=of_mo, by=people.jonas, now=now)
    with pytest.raises(Forbidden, match="your own"):
        flags.settle("declined", question_id=of_mo, by=people.mo, now=now)
    with pytest.raises(Forbidden, match="your own"):
        flags.confirm_spam(question_id=of_mo, by=people.mo, now=now)
    flags.settle("declined", question_id=of_mo, by=people.ada, now=now)
    assert outcomes(session) == [None] * 6 + ["declined"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_who_loses_and_who_is_undone_are_held_in_the_order_of_their_numbers(
    app: Flask, session: Session, people: People, now: datetime
) -> None:
    """Whoever holds the author meanwhile can still get at the verifier, whose number is higher."""
    question_id, answer_id = answered(people, now)
    with transaction() as writing:
        about = {"question_id": question_id, "answer_id": answer_id}
        ledger.post(writing, [Posting(people.ana.id, "still_right", "verification:1:still", **about)], now)
    flags.flag("spam", answer_id=answer_id, by=people.marta, now=now)
    mo = people.mo.id
    session.rollback()
    session.execute(select(User.id).where(User.id == people.jonas.id).with_for_update())
    spam = threading.Thread(
        target=lambda: at_once(app, 1, lambda _: flags.confirm_spam(answer_id=answer_id, by=person_here(mo), now=now))
    )
    spam.start()
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with app.app_context():
        until = time.monotonic() + 10
        while not db.session.execute(waits).scalar_one() and time.monotonic() < until:
            db.session.rollback()
            time.sleep(0.02)
        db.session.remove()
    session.execute(select(User.id).where(User.id == people.ana.id).with_for_update(nowait=True))
    session.rollback()
    spam.join()
    assert reputation(session, people.jonas) == 1 - 100
