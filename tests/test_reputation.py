"""The ledger: append-only, each cause paid once, caps exact whatever comes at once, undone by new entries; and its audit."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.config import Settings
from app.db import transaction
from reputation import audit, ledger, points
from reputation.boards import keeping
from reputation.ledger import Posting
from reputation.models import Entry
from tests.at_once import at_once
from tests.people import People


def post(now: datetime, *postings: Posting) -> list[Entry]:
    with transaction() as session:
        return ledger.post(session, postings, now)


def total(session: Session, user: User) -> int:
    session.rollback()
    return session.execute(select(User.reputation).where(User.id == user.id)).scalar_one()


def upvote(user: User, number: int) -> Posting:
    return Posting(user.id, "answer_upvoted", f"vote:{number}:author", answer_id=number)


def test_an_entry_moves_the_total_by_its_price(session: Session, people: People, now: datetime) -> None:
    for number, (reason, price) in enumerate(points.PRICES.items()):
        before = total(session, people.jonas)
        post(now, Posting(people.jonas.id, reason, f"cause:{number}"))
        assert total(session, people.jonas) == before + price.points, reason
    assert audit.audit(session).clean


def test_a_cause_is_paid_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    posting = Posting(people.jonas.id, "answer_accepted", "acceptance:1:author")
    results = at_once(app, 20, lambda _: len(post(now, posting)))
    assert sorted(result for result in results if isinstance(result, int)) == [0] * 19 + [1], results
    assert total(session, people.jonas) == 1 + 15


@pytest.mark.parametrize("statement", ["UPDATE ledger_entries SET delta = 1000", "DELETE FROM ledger_entries"])
def test_the_database_refuses_to_change_history(session: Session, people: People, now: datetime, statement: str) -> None:
    post(now, upvote(people.jonas, 1))
    with pytest.raises(DBAPIError, match="append-only"):
        session.execute(text(statement))
    session.rollback()
    assert session.query(Entry).count() == 1


def test_the_daily_cap_holds_whatever_comes_at_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    results = at_once(app, 30, lambda number: post(now, upvote(people.jonas, number)) and None)
    assert results == [None] * 30
    assert total(session, people.jonas) == 1 + points.DAILY_CAP
    entries = session.scalars(select(Entry)).all()
    assert sum(entry.delta for entry in entries) == points.DAILY_CAP
    assert sum(entry.withheld for entry in entries) == 30 * 10 - points.DAILY_CAP


def test_what_the_cap_does_not_count(session: Session, people: People, now: datetime) -> None:
    post(now, *(upvote(people.jonas, number) for number in range(25)))
    post(now, Posting(people.jonas.id, "answer_accepted", "acceptance:1:author"))
    post(now, Posting(people.jonas.id, "answer_downvoted", "vote:900:author"))
    assert total(session, people.jonas) == 1 + 200 + 15 - 2
    post(now + timedelta(days=1), upvote(people.jonas, 99))
    assert total(session, people.jonas) == 1 + 200 + 15 - 2 + 10, "a new day"


def test_a_vote_withdrawn_makes_room_under_the_cap(session: Session, people: People, now: datetime) -> None:
    post(now, *(upvote(people.jonas, number) for number in range(20)))
    with transaction() as open_session:
        ledger.reverse(open_session, ["vote:3:author"], people.marta.id, now)
    assert total(session, people.jonas) == 1 + 190
    post(now, upvote(people.jonas, 50))
    assert total(session, people.jonas) == 1 + 200


def test_the_day_is_the_sites(app: Flask, session: Session, people: People, settings: Settings, now: datetime) -> None:
    app.config["SETTINGS"] = replace(settings, time_zone="Pacific/Auckland")
    before_midnight = datetime(2026, 11, 21, 10, 59, tzinfo=UTC)  # 23:59 in Auckland, in summer time
    post(before_midnight, *(upvote(people.jonas, number) for number in range(25)))
    post(before_midnight + timedelta(minutes=2), upvote(people.jonas, 99))
    assert total(session, people.jonas) == 1 + 200 + 10


def test_undoing_is_done_once(app: Flask, session: Session, people: People, now: datetime) -> None:
    post(now, Posting(people.jonas.id, "answer_accepted", "acceptance:1:author", answer_id=7))

    def undo(_: int) -> int:
        with transaction() as open_session:
            return len(ledger.reverse(open_session, ["acceptance:1:author"], people.marta.id, now))

    results = at_once(app, 20, undo)
    assert sorted(result for result in results if isinstance(result, int)) == [0] * 19 + [1], results
    assert total(session, people.jonas) == 1
    assert audit.audit(session).clean


def test_two_people_paid_crosswise_do_not_wait_for_each_other_for_ever(
    app: Flask, session: Session, people: People, now: datetime
) -> None:
    def pay(number: int) -> None:
        first, second = (people.marta, people.jonas) if number % 2 else (people.jonas, people.marta)
        post(
            now,
            Posting(first.id, "answer_accepted", f"acceptance:{number}:author"),
            Posting(second.id, "accepting", f"acceptance:{number}:accepter"),
        )

    assert at_once(app, 30, pay) == [None] * 30
    assert total(session, people.marta) == total(session, people.jonas) == 1 + 15 * 15 + 15 * 2


steps = st.lists(
    st.tuples(st.sampled_from(["pay", "undo", "remove", "restore"]), st.integers(1, 3), st.integers(0, 5)), max_size=25
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=steps)
def test_any_story_keeps_the_books(session: Session, people: People, now: datetime, story: list[tuple[str, int, int]]) -> None:
    """Paying, undoing, removing and restoring posts in any order: totals equal sums, and a removed post pays nothing."""
    session.rollback()
    run = session.execute(select(Entry.id).order_by(Entry.id.desc()).limit(1)).scalar() or 0
    for act, post_id, number in story:
        cause, about = f"story:{run}:{post_id}:{number}", 1000 * (run + 1) + post_id
        with transaction() as open_session:
            if act == "pay":
                ledger.post(open_session, [Posting(people.jonas.id, "answer_accepted", cause, answer_id=about)], now)
            elif act == "undo":
                ledger.reverse(open_session, [cause], people.mo.id, now)
            elif act == "remove":
                ledger.reverse_about(open_session, now, people.mo.id, answer_id=about)
                left = select(Entry.delta).where(Entry.answer_id == about)
                assert sum(open_session.scalars(left)) == 0
            else:
                ledger.reinstate_about(open_session, now, people.mo.id, answer_id=about)
    found = audit.audit(session)
    session.rollback()
    assert found.clean, found


def test_the_audit_finds_a_total_that_is_off_and_repairs_the_total_only(session: Session, people: People, now: datetime) -> None:
    post(now, upvote(people.jonas, 1))
    people.jonas.reputation = 9000
    session.commit()
    found = audit.audit(session)
    session.rollback()
    assert found.wrong_totals == [(people.jonas.id, 9000, 11)]
    assert not found.clean
    with transaction() as open_session:
        assert audit.recompute_totals(open_session) == 1
    assert total(session, people.jonas) == 11
    assert audit.audit(session).clean


def test_the_audit_finds_entries_that_cannot_be(session: Session, people: People, now: datetime) -> None:
    [good] = post(now, upvote(people.jonas, 1))
    session.add_all(
        [
            Entry(user_id=people.jonas.id, delta=5, reason="a gift", cause="x:1", at=now),
            Entry(user_id=people.jonas.id, delta=1, reason="answer_accepted", cause="x:2", at=now),
            Entry(
                user_id=people.jonas.id, delta=-3, reason="reversal", cause="x:3", reverses_id=good.id, origin_id=good.id, at=now
            ),
        ]
    )
    people.jonas.reputation += 3
    session.commit()
    keeping.remake(session, people.jonas.id)
    session.commit()
    found = audit.audit(session)
    assert len(found.unknown_reasons) == len(found.wrong_prices) == len(found.wrong_reversals) == 1
    assert found.wrong_totals == []


@pytest.mark.parametrize(
    ("delta", "gained", "counts", "withheld"),
    [(10, 0, 10, 0), (10, 190, 10, 0), (10, 195, 5, 5), (10, 200, 0, 10), (10, 230, 0, 10), (-2, 200, -2, 0)],
)
def test_the_cap(delta: int, gained: int, counts: int, withheld: int) -> None:
    assert points.after_cap(delta, gained) == (counts, withheld)
