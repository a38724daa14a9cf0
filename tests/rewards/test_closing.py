"""Closing a period: frozen, reproducible to the cent, once however many close it, and corrected in the next one."""

from datetime import timedelta
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Forbidden
from community.models import AuditRecord
from community.rewards import running, tending
from reputation.models import Entry
from reputation.rewards import closing, earnings, periods
from reputation.rewards.cli import group
from reputation.rewards.earnings import Cut, Span
from reputation.rewards.models import RewardAdjustment, RewardClaim, RewardPeriod, RewardStatement
from reputation.rewards.taper import Tally
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.pages.test_plans import explained
from tests.people import People, person
from tests.rewards.house import (
    JULY,
    MAY,
    NEXT_JANUARY,
    claim,
    close,
    differences,
    draft,
    gain,
    loaded,
    statement,
    switch_on,
    take_back,
)

DAY = timedelta(days=1)
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


def test_a_period_is_settled_to_the_penny(session: Session, people: People) -> None:
    switch_on(people, each={"wrong_found": 50}, unpaid=["accepting"])
    gain(people.jonas, 10, MAY)
    finds = gain(people.jonas, 3, MAY, "wrong_found")
    gain(people.jonas, 4, MAY, "accepting")
    take_back(finds[:1], MAY + DAY)
    gain(people.jonas, 1, JULY)
    gain(people.marta, 2, MAY)
    gain(people.ana, 50, MAY)
    close(people, 1, JULY)
    jonas = statement(session, people.jonas, 1)
    assert jonas.tallies == {"accepting": [8, 4, 0], "answer_accepted": [150, 10, 0], "wrong_found": [10, 2, 0]}
    assert (jonas.points, jonas.worth, jonas.earned, jonas.total) == (160, 100 * (160 + 2 * 50), 260, 260)
    marta, ana = statement(session, people.marta, 1), statement(session, people.ana, 1)
    assert (marta.earned, marta.total, marta.carried_out) == (30, 30, 30), "less than a pound is carried on"
    assert (ana.points, ana.earned, ana.excluded, ana.total) == (750, 0, "staff", 0)
    theirs = claim(session, people.jonas, 1)
    assert theirs is not None
    assert (theirs.amount, theirs.state, theirs.choose_until) == (260, "open", JULY + 60 * DAY)
    assert claim(session, people.marta, 1) is None
    period = session.scalars(select(RewardPeriod).where(RewardPeriod.id == 1)).one()
    assert period.totals is not None
    assert (period.state, period.totals["payable"], period.totals["excluded"]) == ("closed", 260, {"staff": 1})
    assert differences(session, 1) == []
    acts = session.scalars(select(AuditRecord.action).order_by(AuditRecord.id)).all()
    assert acts == ["rewards.declared", "rewards.switched_on", "rewards.closed"]


def test_what_is_settled_cannot_be_changed(session: Session, people: People) -> None:
    switch_on(people)
    gain(people.jonas, 10, MAY)
    close(people, 1, JULY)
    with pytest.raises(DBAPIError, match="not changed"), transaction() as writing:
        writing.execute(update(RewardStatement).values(earned=1))
    with pytest.raises(DBAPIError, match="not changed"), transaction() as writing:
        writing.execute(text("DELETE FROM reward_plans"))
    with pytest.raises(Conflict):
        running.close(1, by=people.ada, now=JULY)
    with pytest.raises(Conflict):
        running.preview(1, by=people.ada, now=JULY)
    with pytest.raises(Forbidden):
        running.close(1, by=people.mo, now=JULY)


@on_sqlite
def test_verify_finds_what_was_tampered_with(session: Session, people: People) -> None:
    switch_on(people)
    gain(people.jonas, 10, MAY)
    running.close(1, by=people.ada, now=JULY)
    assert CliRunner().invoke(group, ["verify", "1"]).exit_code == 1, "it is not closed yet"
    assert CliRunner().invoke(group, ["go-on"]).output == "1 batches\n"
    said = CliRunner().invoke(group, ["verify", "1"])
    assert (said.exit_code, said.output) == (0, "1 statements of 5 people\nThe period is what the ledger says.\n")
    with transaction() as writing:
        writing.execute(text("DROP TRIGGER reward_statements_no_update"))
        writing.execute(update(RewardStatement).values(earned=151))
        writing.execute(update(RewardClaim).values(amount=151))
    found = "\n".join(differences(session, 1))
    said = CliRunner().invoke(group, ["verify", "1"])
    assert (said.exit_code, "The period differs from the ledger." in said.output) == (1, True)
    assert "earned comes to 150, and was settled as 151" in found
    assert "150 can be taken, and the claim says 151" in found
    assert "checksum" in found


def test_what_is_taken_back_later_is_a_correction_in_the_next_period(session: Session, people: People) -> None:
    """At what it brought then, taper included; what is owed is carried on until it is worked off."""
    switch_on(people)
    causes = gain(people.jonas, 200, MAY)
    close(people, 1, JULY)
    before = statement(session, people.jonas, 1)
    assert before.earned == 2828, "3,000 points: 2,000 in full, 828 of the other 1,000"
    take_back(causes[:100], JULY + DAY)
    gain(people.jonas, 10, JULY + DAY)
    tending.tend(NEXT_JANUARY)
    close(people, 2, NEXT_JANUARY)
    second = statement(session, people.jonas, 2)
    assert (second.earned, second.adjusted, second.total) == (150, 1500 - 2828, 1500 - 2828 + 150)
    assert (second.carried_out, second.lapsed) == (second.total, 0), "what is owed is carried on"
    assert claim(session, people.jonas, 2) is None
    booked = session.execute(select(RewardAdjustment.about_period_id, RewardAdjustment.points, RewardAdjustment.amount)).all()
    assert booked == [(1, -1500, -1328)]
    gain(people.jonas, 100, NEXT_JANUARY + DAY)
    tending.tend(NEXT_JANUARY + 200 * DAY)
    close(people, 3, NEXT_JANUARY + 200 * DAY)
    third = statement(session, people.jonas, 3)
    assert (third.earned, third.adjusted, third.carried_in, third.total) == (1500, 0, -1178, 322)
    assert [differences(session, number) for number in (1, 2, 3)] == [[], [], []]


def test_between_the_last_day_and_the_closing_it_still_counts(session: Session, people: People) -> None:
    switch_on(people)
    causes = gain(people.jonas, 20, MAY)
    take_back(causes[:5], JULY - DAY)
    close(people, 1, JULY)
    assert statement(session, people.jonas, 1).earned == 15 * 15
    tending.tend(NEXT_JANUARY)
    close(people, 2, NEXT_JANUARY)
    assert session.scalar(select(func.count()).where(RewardStatement.period_id == 2)) == 0, "it is no correction as well"


def test_history_that_comes_in_late_pays_nothing(session: Session, people: People) -> None:
    switch_on(people)
    causes = gain(people.jonas, 10, MAY)
    close(people, 1, JULY)
    gain(people.jonas, 100, MAY + DAY)
    assert differences(session, 1) == []
    take_back(causes[:1], JULY + DAY)
    tending.tend(NEXT_JANUARY)
    close(people, 2, NEXT_JANUARY)
    assert statement(session, people.jonas, 2).adjusted == -15


@on_sqlite
def test_in_turn_and_not_before_it_is_over(session: Session, people: People) -> None:
    switch_on(people)
    with pytest.raises(Conflict, match="still runs"):
        running.close(1, by=people.ada, now=MAY)
    tending.tend(NEXT_JANUARY)
    with pytest.raises(Conflict, match="before it first"):
        running.close(2, by=people.ada, now=NEXT_JANUARY)


@on_sqlite
def test_half_years_follow_each_other_by_the_list_declared_before(session: Session, people: People) -> None:
    switch_on(people)
    running.declare(draft(per_hundred=200, halves=("02-01", "08-01")), by=people.ada, now=MAY + DAY)
    assert periods.ensure(NEXT_JANUARY) == 2
    assert periods.ensure(NEXT_JANUARY) == 0
    rows = session.execute(select(RewardPeriod.starts_on, RewardPeriod.ends_on, RewardPeriod.plan_id).order_by(RewardPeriod.id))
    assert [(str(one), str(other), plan) for one, other, plan in rows] == [
        ("2026-01-01", "2026-06-30", 1),
        ("2026-07-01", "2026-07-31", 2),
        ("2026-08-01", "2027-01-31", 2),
    ]
    running.switch(False, by=people.ada, now=NEXT_JANUARY)
    assert periods.ensure(NEXT_JANUARY + 400 * DAY) == 0
    running.switch(True, by=people.ada, now=NEXT_JANUARY + 400 * DAY)
    last = session.execute(select(RewardPeriod.starts_on).order_by(RewardPeriod.id.desc()).limit(1)).scalar_one()
    assert str(last) == "2028-02-01", "what passed while they were off has no period"


def test_killed_between_batches_it_goes_on(session: Session, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(people)
    for who in (people.marta, people.jonas):
        gain(who, 10, MAY)
    monkeypatch.setattr(closing, "BATCH", 1)
    running.close(1, by=people.ada, now=JULY)
    assert closing.go_on(JULY, batches=1) == 1
    write = closing._write

    def die(*given: object) -> None:
        write(*given)  # type: ignore[arg-type]  # what the real one is given
        raise RuntimeError("killed")

    monkeypatch.setattr(closing, "_write", die)
    with pytest.raises(RuntimeError):
        closing.go_on(JULY)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(RewardStatement)) == 1
    monkeypatch.setattr(closing, "_write", write)
    while closing.go_on(JULY):
        pass
    assert [statement(session, who, 1).earned for who in (people.marta, people.jonas)] == [150, 150]
    assert differences(session, 1) == []


@on_postgresql
def test_many_at_once_close_it_once(app: Flask, session: Session, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    switch_on(people)
    crowd = [person(f"Helper {number}", MAY) for number in range(30)]
    session.add_all(crowd)
    session.commit()
    for one in crowd:
        gain(one, 10, MAY)
    monkeypatch.setattr(closing, "BATCH", 3)
    ada = loaded(session, people.ada)
    begun = at_once(app, 6, lambda _: running.close(1, by=ada, now=JULY))
    assert [result for result in begun if not isinstance(result, Conflict)] == [None]

    def work(_number: int) -> None:
        while closing.go_on(JULY):
            pass

    assert at_once(app, 6, work) == [None] * 6
    session.rollback()
    assert session.scalar(select(func.count()).select_from(RewardStatement)) == 30
    assert session.scalar(select(func.sum(RewardClaim.amount))) == 30 * 150
    assert session.scalar(select(RewardPeriod.state).where(RewardPeriod.id == 1)) == "closed"
    assert differences(session, 1) == []


@on_sqlite
def test_the_preview_says_what_closing_gives(session: Session, people: People) -> None:
    switch_on(people)
    gain(people.jonas, 10, MAY)
    gain(people.marta, 2, MAY)
    gain(people.ana, 2, MAY)
    running.preview(1, by=people.ada, now=JULY)
    while closing.go_on(JULY):
        pass
    shown = session.scalars(select(RewardPeriod.preview).where(RewardPeriod.id == 1)).one()
    assert shown is not None
    assert shown["done"]
    assert shown["top"] == [[people.jonas.id, 150, 150], [people.marta.id, 30, 30]]
    assert session.scalar(select(func.count()).select_from(RewardStatement)) == 0
    close(people, 1, JULY)
    totals = session.scalars(select(RewardPeriod.totals).where(RewardPeriod.id == 1)).one()
    assert totals is not None
    names = ("people", "earned", "payable", "claims", "carried_out", "excluded")
    assert [shown[name] for name in names] == [totals[name] for name in names]


def test_sums_are_read_by_the_index(session: Session, people: People, database: str) -> None:
    """However long the ledger is, a batch reads the entries of its people and days."""
    rows = [person(f"Helper {number}", MAY) for number in range(100)]
    session.add_all(rows)
    session.flush()
    usual = {"delta": 10, "withheld": 0, "reason": "answer_upvoted", "tag_ids": "", "origin_id": None, "reverses_id": None}
    entries: list[dict[str, Any]] = []
    for one in rows:
        for number in range(60):
            at = MAY - number * DAY
            entries.append({**usual, "user_id": one.id, "cause": f"many:{one.id}:{number}", "at": at, "day": at.date()})
            if number % 5 == 0:
                turned = {"reason": "reversal", "origin_id": len(entries), "reverses_id": len(entries), "delta": -10}
                entries.append({**entries[-1], **turned, "cause": f"reversal:{one.id}:{number}"})
    session.execute(insert(Entry), entries)
    session.commit()
    session.execute(text("ANALYZE"))
    ids = [one.id for one in rows[:10]]
    span = Span(MAY.date() - 20 * DAY, MAY.date(), Cut(JULY, 10**8))
    assert earnings.tallies(session, ids, span)[ids[0]] == {"answer_upvoted": Tally(160, 16)}
    is_sqlite = database.startswith("sqlite")
    how = "EXPLAIN QUERY PLAN" if is_sqlite else "EXPLAIN"
    for sums in (earnings.gained(ids, span), earnings.followed(ids, span)):
        plan = explained(session, sums, {}, how)
        assert "ix_ledger_entries_user_id_day" in plan, plan
        assert "SCAN ledger_entries" not in plan, plan
        assert "Seq Scan" not in plan, plan
    late = explained(session, earnings.corrected(ids, MAY.date(), Cut(MAY, 1), Cut(JULY, 10**8)), {}, how)
    assert "ix_ledger_entries_user_id" in late, late
    assert "Seq Scan" not in late, late


@on_sqlite
def test_a_suspended_account_earns_none(session: Session, people: People) -> None:
    switch_on(people)
    gain(people.jonas, 10, MAY)
    with transaction() as writing:
        writing.execute(update(User).where(User.id == people.jonas.id).values(suspended_until=JULY + DAY, suspended_reason="x"))
    close(people, 1, JULY)
    assert (statement(session, people.jonas, 1).excluded, statement(session, people.jonas, 1).total) == ("suspended", 0)
    assert claim(session, people.jonas, 1) is None
