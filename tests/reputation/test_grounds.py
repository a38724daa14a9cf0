"""The audit of causes and its repair, the command that runs both; and days that are not 24 hours long."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from app import clock as product_clock
from app.config import Settings
from app.days import day_end, day_of, day_start
from app.db import transaction
from community import votes
from community.boards.causes import CHECKERS
from community.models import Acceptance, Answer, Vote
from reputation import audit, chains, grounds, ledger, points
from reputation.boards import keeping, periods
from reputation.cli import group as reputation_group
from reputation.facts import Paid
from reputation.ledger import Posting
from reputation.models import Entry
from tests.accounts import on_sqlite
from tests.clock import Clock
from tests.people import People
from tests.stories import accepted, answered, reputation


def check(session: Session) -> grounds.Grounds:
    session.rollback()
    found = grounds.check(session, CHECKERS)
    session.rollback()
    return found


def causes(paid: list[Paid]) -> list[str]:
    return [one.cause for one in paid]


def test_every_cause_is_there_or_reversed_and_every_vote_is_paid(session: Session, people: People, now: datetime) -> None:
    """What the verbs did is in order. Then facts go astray behind their back, and the repair follows the facts by new entries."""
    _, answer_id = accepted(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    votes.cast(1, answer_id=answer_id, by=people.mo, now=now)
    assert check(session).clean
    first, second = session.scalars(select(Vote.id).order_by(Vote.id)).all()
    session.execute(update(Vote).where(Vote.id == first).values(withdrawn_at=now))
    session.execute(delete(Acceptance))
    unpaid = Vote(voter_id=people.ada.id, author_id=people.jonas.id, answer_id=answer_id, value=1, at=now)
    session.add(unpaid)
    session.commit()
    with transaction() as open_session:
        ledger.post(open_session, [Posting(people.jonas.id, "answer_upvoted", "gift:1", answer_id=answer_id)], now)
    found = check(session)
    assert sorted(causes(found.groundless)) == ["acceptance:1:accepter", "acceptance:1:author", f"vote:{first}:author"]
    assert [posting.cause for posting in found.unpaid] == [f"vote:{unpaid.id}:author"]
    assert found.unknown == {"gift": 1}
    before = session.scalars(select(Entry.id)).all()
    session.rollback()
    done = grounds.repair(CHECKERS, now)
    assert (done.reversed, done.paid, done.withheld, done.totals) == (3, 1, 0, 0)
    assert grounds.repair(CHECKERS, now) == grounds.Repaired()
    assert reputation(session, people.jonas) == 1 + 10 + 10 + 10, f"vote {second}, the one that was not paid, the gift"
    assert set(before) < set(session.scalars(select(Entry.id)))
    assert audit.audit(session).clean


@on_sqlite
def test_a_removed_post_pays_nothing_however_it_was_removed(session: Session, people: People, now: datetime) -> None:
    _, answer_id = accepted(people, now)
    session.execute(update(Answer).where(Answer.id == answer_id).values(removed_at=now))
    session.commit()
    assert causes(check(session).groundless) == ["acceptance:1:author", "acceptance:1:accepter"]
    grounds.repair(CHECKERS, now)
    assert reputation(session, people.jonas) == reputation(session, people.marta) == 1


@on_sqlite
def test_one_cause_is_not_paid_under_two_names(session: Session, people: People, now: datetime) -> None:
    _, answer_id = answered(people, now)
    about = {"answer_id": answer_id}
    with transaction() as open_session:
        ledger.post(open_session, [Posting(people.ana.id, "wrong_found", "verification:1:find", **about)], now)
        ledger.post(open_session, [Posting(people.ana.id, "wrong_found", "verification:1:find:2", **about)], now)
    found = grounds.check(session, {})
    assert causes(found.twice) == ["verification:1:find:2"]
    session.rollback()
    with transaction() as open_session:
        ledger.reverse(open_session, ["verification:1:find"], None, now)
    assert grounds.check(session, {}).twice == []


def test_a_day_over_its_cap_is_found_and_brought_back_under_it(
    session: Session, people: People, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "DAILY_CAP", 45)
    with transaction() as open_session:
        wanted = [Posting(people.jonas.id, "answer_upvoted", f"gift:{number}") for number in range(5)]
        ledger.post(open_session, wanted, now)
    monkeypatch.setattr(points, "DAILY_CAP", 25)
    assert audit.audit(session).over_cap == [(people.jonas.id, now.date(), 45)]
    session.rollback()
    assert grounds.repair({}, now + timedelta(days=3)).withheld == 3
    assert reputation(session, people.jonas) == 1 + 25
    assert audit.audit(session).clean
    session.rollback()
    with transaction() as open_session:
        ledger.reverse(open_session, ["gift:0"], None, now + timedelta(days=3))
    assert reputation(session, people.jonas) == 1 + 15, "a day that is over lets nothing in"


@on_sqlite
def test_the_command_tells_repairs_and_fails(app: Flask, session: Session, people: People, now: datetime, clock: Clock) -> None:
    _, answer_id = answered(people, now)
    votes.cast(1, answer_id=answer_id, by=people.ana, now=now)
    session.execute(update(Vote).values(withdrawn_at=now))
    session.execute(text("UPDATE users SET reputation = 500 WHERE name = 'Marta'"))
    session.execute(text("UPDATE standings SET points = 7 WHERE period = 'all'"))
    session.commit()
    run = app.test_cli_runner()
    told = run.invoke(reputation_group, ["audit"])
    assert told.exit_code == 1
    for words in ("the total says 500, the ledger 1", "says 7, the ledger 10", "does not stand: vote:1:author", "not in order"):
        assert words in told.output
    told = run.invoke(reputation_group, ["audit", "--repair"])
    assert told.exit_code == 0, told.output
    assert "new entries: 1 take back, 0 pay, 0 withhold" in told.output
    assert "The books are in order." in told.output
    assert product_clock.utcnow() == now


# --- days and chains, without a database --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "moment", "hours"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 12, tzinfo=UTC), 25),
        ("Europe/Berlin", datetime(2027, 3, 28, 12, tzinfo=UTC), 23),
        ("Pacific/Auckland", datetime(2026, 11, 21, 10, 59, tzinfo=UTC), 24),
        ("America/Sao_Paulo", datetime(2018, 11, 4, 12, tzinfo=UTC), 23),
    ],
)
@on_sqlite
def test_a_day_is_the_sites_and_as_long_as_it_is(app: Flask, settings: Settings, zone: str, moment: datetime, hours: int) -> None:
    """In São Paulo summer time began at midnight: the day's first moment is one o'clock."""
    app.config["SETTINGS"] = replace(settings, time_zone=zone)
    with app.app_context():
        start, end = day_start(moment), day_end(moment)
        assert (end - start) / timedelta(hours=1) == hours
        assert day_of(start) == day_of(moment) == day_of(end - timedelta(microseconds=1))
        assert day_of(start - timedelta(microseconds=1)) < day_of(moment) < day_of(end)


def test_periods_begin_on_mondays_and_firsts() -> None:
    day = date(2027, 1, 3)
    assert periods.of(day) == ("all", "month:2027-01", "week:2026-12-28")
    assert periods.before("month:2027-01") == "month:2026-12"
    assert periods.after("month:2026-01") == "month:2026-02"
    assert periods.after("week:2026-12-28") == "week:2027-01-04"
    assert [periods.first_day(text) for text in ("week:2026-12-29", "month:2026-13", "all", "week:x")] == [None] * 4
    with pytest.raises(ValueError, match="neither"):
        periods.before("all")


def line(number: int, delta: int, withheld: int = 0, reason: str = points.REVERSAL, **changed: object) -> Entry:
    given = {"user_id": 1, "tag_ids": "", "day": date(2026, 11, 21), "reverses_id": number - 1, "origin_id": 1}
    return Entry(id=number, delta=delta, withheld=withheld, reason=reason, **given | changed)


@pytest.mark.parametrize(
    ("followers", "wrong"),
    [
        ([line(2, -4, -6)], None),
        ([line(2, 6, -6, points.RELEASE), line(3, -10)], None),
        ([line(2, -4, -6), line(3, 10, 0, points.REINSTATEMENT), line(4, -2, 2, points.WITHHOLDING)], None),
        ([line(2, -10)], 2),
        ([line(2, 7, -7, points.RELEASE)], 2),
        ([line(2, 3, -2, points.RELEASE)], 2),
        ([line(2, -5, 5, points.WITHHOLDING)], 2),
        ([line(2, 4, 6, points.REINSTATEMENT)], 2),
        ([line(2, -4, -6), line(3, 4, 5, points.REINSTATEMENT)], 3),
        ([line(2, -4, -6), line(3, 0)], 3),
        ([line(2, -4, -6, reverses_id=7)], 2),
        ([line(2, -4, -6, user_id=2)], 2),
        ([line(2, -4, -6, day=date(2026, 11, 22))], 2),
        ([line(2, -4, -6, "answer_upvoted")], 2),
    ],
)
def test_what_can_follow_what(followers: list[Entry], wrong: int | None) -> None:
    """An upvote of which four points count and six are withheld."""
    origin = line(1, 4, 6, "answer_upvoted", reverses_id=None, origin_id=None)
    found = chains.fault(origin, followers)
    assert (found.id if found else None) == wrong


def test_tags_are_written_once_and_in_order() -> None:
    assert keeping.written([17, 3, 17]) == "3,17"
    assert keeping.tags_in("3,17") == (3, 17)
    assert keeping.tags_in("") == ()
