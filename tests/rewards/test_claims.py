"""What a member can take: choosing, holding, warning, and what goes to finance and comes back."""

import csv
import hashlib
import io
from collections.abc import Collection
from datetime import timedelta
from threading import Event
from time import sleep
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.errors import Conflict, DomainError, Forbidden, Invalid, NotFound
from community.models import Notification
from community.queries.rewards import rewards_page
from community.rewards import running, taking, tending
from reputation.rewards import claims, closing, holds
from reputation.rewards.exporting import HEADING, harmless
from reputation.rewards.models import RewardAdjustment, RewardClaim, RewardExport, RewardPayment
from tests.accounts import on_sqlite
from tests.at_once import at_once
from tests.people import People, person
from tests.rewards.house import JULY, MAY, NEXT_JANUARY, claim, close, differences, gain, loaded, statement, switch_on, take_back

DAY = timedelta(days=1)
on_postgresql = pytest.mark.parametrize("database", ["postgresql"], indirect=True)


@pytest.fixture
def suspects(app: Flask) -> set[int]:
    """People of whom a finding is open."""
    open_for: set[int] = set()

    def ask(user_ids: Collection[int]) -> Collection[int]:
        return open_for & set(user_ids)

    app.extensions[holds.FINDINGS] = ask
    return open_for


def settled(people: People, points_of_jonas: int = 150, **changed: Any) -> int:  # noqa: ANN401 - the fields of a price list
    """Jonas has a reward of the first period; returns its number."""
    switch_on(people, **changed)
    gain(people.jonas, points_of_jonas // 15, MAY)
    close(people, 1, JULY)
    return 1


def notices(session: Session) -> list[tuple[int, str, str]]:
    session.rollback()
    rows = session.execute(select(Notification.user_id, Notification.kind, Notification.text).order_by(Notification.id))
    return [(who, kind, words) for who, kind, words in rows]


def table(session: Session, number: int) -> list[list[str]]:
    session.rollback()
    body = session.execute(select(RewardExport.body).where(RewardExport.id == number)).scalar_one()
    return list(csv.reader(io.StringIO(body, newline="")))


# --- choosing -----------------------------------------------------------------------------------------------------------


def test_a_member_chooses_and_changes_their_mind(session: Session, people: People) -> None:
    number = settled(people)
    taking.choose(number, "cash", by=people.jonas, now=JULY)
    taking.choose(number, "donation", "Food Bank", by=people.jonas, now=JULY + DAY)
    taken = claim(session, people.jonas, 1)
    assert taken is not None
    assert (taken.state, taken.way, taken.charity, taken.matched) == ("chosen", "donation", "Food Bank", 75)
    taking.choose(number, "credit", "Food Bank", by=people.jonas, now=JULY + DAY)
    taken = claim(session, people.jonas, 1)
    assert taken is not None
    assert (taken.way, taken.charity, taken.matched) == ("credit", "", 0)


@on_sqlite
def test_what_is_refused(session: Session, people: People) -> None:
    number = settled(people, ways=("credit", "donation"))
    for by, way, charity, later, error in (
        (people.marta, "credit", "", DAY, NotFound),
        (people.ada, "credit", "", DAY, NotFound),
        (people.jonas, "cash", "", DAY, Invalid),
        (people.jonas, "donation", "The Mafia", DAY, Invalid),
        (people.jonas, "credit", "", 60 * DAY, Conflict),
    ):
        with pytest.raises(DomainError) as refused:
            taking.choose(number, way, charity, by=by, now=JULY + later)
        assert type(refused.value) is error
    people.jonas.suspended_until, people.jonas.suspended_reason = JULY + 9 * DAY, "x"
    session.commit()
    with pytest.raises(Forbidden):
        taking.choose(number, "credit", by=people.jonas, now=JULY + DAY)
    people.jonas.suspended_until = None
    session.commit()
    running.switch(False, by=people.ada, now=JULY)
    with pytest.raises(NotFound):
        taking.choose(number, "credit", by=people.jonas, now=JULY + DAY)


# --- warnings -----------------------------------------------------------------------------------------------------------


def test_nobody_loses_a_reward_unwarned(session: Session, people: People) -> None:
    settled(people)
    jonas = people.jonas.id
    assert tending.tend(JULY) == 1
    assert tending.tend(JULY) == 0, "told once"
    assert tending.tend(JULY + 45 * DAY) == 0
    assert tending.tend(JULY + 46 * DAY) == 1
    # The clock stood still over the second warning: there is more time.
    assert tending.tend(JULY + 80 * DAY) == 1
    waiting = claim(session, people.jonas, 1)
    assert waiting is not None
    assert (waiting.state, waiting.choose_until) == ("open", JULY + 83 * DAY)
    assert tending.tend(JULY + 83 * DAY) == 1
    lapsed = claim(session, people.jonas, 1)
    assert lapsed is not None
    assert lapsed.state == "expired"
    assert notices(session) == [
        (jonas, "reward_ready", "GBP 1.50, until 18 September 2026"),
        (jonas, "reward_ending", "GBP 1.50, until 18 September 2026"),
        (jonas, "reward_ending", "GBP 1.50, until 11 October 2026"),
        (jonas, "reward_lapsed", "GBP 1.50, which nobody took by 11 October 2026"),
    ]
    assert differences(session, 1) == []


@on_sqlite
def test_what_is_below_the_minimum_lapses_where_it_is_declared_so(session: Session, people: People) -> None:
    settled(people, points_of_jonas=90, below="lapses")
    mine = statement(session, people.jonas, 1)
    assert (mine.total, mine.lapsed, mine.carried_out) == (90, 90, 0)
    assert differences(session, 1) == []


# --- findings -----------------------------------------------------------------------------------------------------------


def test_a_finding_holds_a_reward_until_it_is_decided(session: Session, people: People, suspects: set[int]) -> None:
    switch_on(people)
    causes = gain(people.jonas, 20, MAY)
    suspects.add(people.jonas.id)
    close(people, 1, JULY)
    with pytest.raises(Conflict, match="held"):
        taking.choose(1, "cash", by=people.jonas, now=JULY)
    assert tending.tend(JULY + 90 * DAY) == 0, "nothing is told, and nothing lapses"
    take_back(causes[:8], JULY + 100 * DAY)
    suspects.clear()
    assert tending.tend(JULY + 100 * DAY) == 1
    released = claim(session, people.jonas, 1)
    assert released is not None
    assert (released.amount, released.held_at, released.choose_until) == (180, None, JULY + 121 * DAY)
    tending.tend(NEXT_JANUARY)
    close(people, 2, NEXT_JANUARY)
    assert session.scalar(select(func.count()).select_from(RewardAdjustment)) == 1, "nothing is taken twice"
    assert differences(session, 1) == []
    assert differences(session, 2) == []


def test_what_cannot_be_taken_off_a_held_reward_is_owed(session: Session, people: People, suspects: set[int]) -> None:
    """A debt of the period before had been set off against it already."""
    switch_on(people, minimum=0)
    first = gain(people.jonas, 20, MAY)
    close(people, 1, JULY)
    taking.choose(1, "cash", by=people.jonas, now=JULY)
    running.export(1, by=people.ada, now=JULY)
    take_back(first[:10], JULY)
    second = gain(people.jonas, 20, JULY + DAY)
    suspects.add(people.jonas.id)
    tending.tend(NEXT_JANUARY)
    close(people, 2, NEXT_JANUARY)
    held = claim(session, people.jonas, 2)
    assert held is not None
    assert held.amount == 300 - 150
    take_back(second, NEXT_JANUARY + DAY)
    suspects.clear()
    tending.tend(NEXT_JANUARY + DAY)
    gone = claim(session, people.jonas, 2)
    assert gone is not None
    assert (gone.amount, gone.state) == (0, "expired")
    assert [one.claim.state for one in rewards_page(people.jonas, NEXT_JANUARY + DAY).past if one.claim] == ["gone", "exported"]
    session.rollback()
    summer = NEXT_JANUARY + 200 * DAY
    tending.tend(summer)
    close(people, 3, summer)
    third = statement(session, people.jonas, 3)
    assert (third.adjusted, third.carried_out) == (-150, -150)
    assert [differences(session, number) for number in (1, 2, 3)] == [[], [], []]


@on_sqlite
def test_a_release_just_before_the_next_closing_is_not_given_back(session: Session, people: People, suspects: set[int]) -> None:
    """Closing reads the ledger up to a quarter of an hour before, a release up to its own moment."""
    switch_on(people)
    causes = gain(people.jonas, 20, MAY)
    suspects.add(people.jonas.id)
    close(people, 1, JULY)
    take_back(causes[:1], JULY + DAY)
    tending.tend(NEXT_JANUARY - DAY)
    take_back(causes[1:11], NEXT_JANUARY - timedelta(minutes=5))
    suspects.clear()
    tending.tend(NEXT_JANUARY - timedelta(minutes=4))
    close(people, 2, NEXT_JANUARY)
    released = claim(session, people.jonas, 1)
    assert released is not None
    assert released.amount == 9 * 15
    assert session.scalar(select(func.count()).select_from(RewardAdjustment)) == 1
    assert [differences(session, number) for number in (1, 2)] == [[], []]


@on_postgresql
def test_a_release_while_statements_are_written_takes_nothing_twice(
    app: Flask, session: Session, people: People, suspects: set[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    switch_on(people)
    causes = gain(people.jonas, 20, MAY)
    suspects.add(people.jonas.id)
    close(people, 1, JULY)
    take_back(causes[:10], JULY + DAY)
    tending.tend(NEXT_JANUARY)
    running.close(2, by=people.ada, now=NEXT_JANUARY)
    session.rollback()
    suspects.clear()
    write, is_reckoned = closing._write, Event()

    def slowly(*given: Any) -> None:  # noqa: ANN401 - what the real one is given
        is_reckoned.set()
        sleep(0.5)
        write(*given)

    monkeypatch.setattr(closing, "_write", slowly)

    def work(number: int) -> None:
        if number:
            is_reckoned.wait(10)
            claims.look_at_holds(NEXT_JANUARY)
        else:
            closing.go_on(NEXT_JANUARY)

    assert at_once(app, 2, work) == [None, None]
    assert session.execute(select(RewardAdjustment.user_id, RewardAdjustment.amount)).all() == [(people.jonas.id, -150)]


def test_what_lapsed_is_not_owed_as_well(session: Session, people: People) -> None:
    """Nobody is asked for what they never got; what is given back later and taken again is."""
    switch_on(people)
    causes = gain(people.jonas, 20, MAY)
    gain(people.marta, 20, MAY)
    close(people, 1, JULY)
    for days in (0, 46, 57, 60):
        tending.tend(JULY + days * DAY)
    lapsed = claim(session, people.jonas, 1)
    assert lapsed is not None
    assert lapsed.state == "expired"
    take_back(causes[:10], JULY + 70 * DAY)
    gain(people.jonas, 10, JULY + 70 * DAY)
    tending.tend(NEXT_JANUARY)
    close(people, 2, NEXT_JANUARY)
    second = statement(session, people.jonas, 2)
    assert (second.earned, second.adjusted, second.total) == (150, 0, 150)
    assert [differences(session, number) for number in (1, 2)] == [[], []]


@on_sqlite
def test_a_finding_after_the_choice_keeps_it_from_finance(session: Session, people: People, suspects: set[int]) -> None:
    number = settled(people)
    taking.choose(number, "cash", by=people.jonas, now=JULY)
    suspects.add(people.jonas.id)
    with pytest.raises(Conflict, match="Nothing waits"):
        running.export(1, by=people.ada, now=JULY)
    tending.tend(JULY)
    suspects.clear()
    tending.tend(JULY)
    still = claim(session, people.jonas, 1)
    assert still is not None
    assert (still.state, still.way) == ("chosen", "cash"), "nothing was taken off, so the choice stands"
    assert running.export(1, by=people.ada, now=JULY) > 0


# --- finance ------------------------------------------------------------------------------------------------------------


def test_the_file_for_finance_adds_up(session: Session, people: People) -> None:
    evil = person("=HYPERLINK(evil)", MAY, email="evil@example.net", name_key="evil")
    session.add(evil)
    session.commit()
    switch_on(people)
    for who in (people.jonas, people.marta, evil):
        gain(who, 10, MAY)
    close(people, 1, JULY)
    numbers = {row.user_id: row.statement_id for row in session.scalars(select(RewardClaim))}
    session.rollback()
    taking.choose(numbers[people.jonas.id], "donation", "Sea Rescue", by=people.jonas, now=JULY)
    taking.choose(numbers[evil.id], "cash", by=evil, now=JULY)
    number = running.export(1, by=people.ada, now=JULY)
    heading, *rows = table(session, number)
    assert tuple(heading) == HEADING
    assert sorted(row[2] for row in rows[:2]) == ["'=HYPERLINK(evil)", "Jonas"]
    assert [row for row in rows if row[0] == "total"] == [
        ["total", "1", "", "", "cash", "", "GBP", "1.50", "0.00", "", ""],
        ["total", "1", "", "", "donation", "", "GBP", "1.50", "0.75", "", ""],
        ["total", "2", "", "", "", "", "GBP", "3.00", "0.75", "", ""],
    ]
    body = session.execute(select(RewardExport.body)).scalar_one()
    above, _, digest = body.rpartition("sha256,")
    assert digest.strip() == hashlib.sha256(above.encode()).hexdigest() == rows[-1][1]
    session.rollback()
    with pytest.raises(Conflict):
        taking.choose(numbers[evil.id], "credit", by=evil, now=JULY)
    with pytest.raises(Conflict):
        running.export(1, by=people.ada, now=JULY)
    taking.choose(numbers[people.marta.id], "credit", by=people.marta, now=JULY)
    second = table(session, running.export(1, by=people.ada, now=JULY))
    assert [row[2] for row in second[1:2]] == ["Marta"], "the next file has what came since, and nothing twice"


@on_postgresql
def test_two_files_at_once_take_nothing_twice(app: Flask, session: Session, people: People) -> None:
    number = settled(people)
    taking.choose(number, "cash", by=people.jonas, now=JULY)
    ada = loaded(session, people.ada)
    results = at_once(app, 4, lambda _: running.export(1, by=ada, now=JULY))
    assert sum(isinstance(result, int) for result in results) == 1
    assert sum(isinstance(result, Conflict) for result in results) == 3
    assert session.scalar(select(func.count()).select_from(RewardExport)) == 1


def test_what_was_paid_comes_back_once(session: Session, people: People) -> None:
    number = settled(people)
    taking.choose(number, "cash", by=people.jonas, now=JULY)
    file = running.export(1, by=people.ada, now=JULY)
    body = session.execute(select(RewardExport.body).where(RewardExport.id == file)).scalar_one()
    session.rollback()
    filled = body.replace(",1.50,0.00,,", ",1.50,0.00,2026-07-21,run 7", 1)
    told = running.import_paid(filled, by=people.ada, now=JULY + 2 * DAY)
    assert (told.paid, told.known) == (1, 0)
    semicolons = "\ufeffreference;paid_on;currency;amount;claim\r\nrun 7;2026-07-21;GBP;1.50;1\r\n"
    told = running.import_paid(semicolons, by=people.ada, now=JULY + 2 * DAY)
    assert (told.paid, told.known) == (0, 1)
    paid = claim(session, people.jonas, 1)
    assert paid is not None
    assert paid.state == "paid"
    with pytest.raises(Invalid, match="paid on 2026-07-21 already"):
        running.import_paid(semicolons.replace("run 7", "run 8"), by=people.ada, now=JULY + 2 * DAY)


def test_every_line_is_looked_at_before_anything_is_written(session: Session, people: People) -> None:
    switch_on(people)
    for who in (people.jonas, people.marta):
        gain(who, 10, MAY)
    close(people, 1, JULY)
    numbers = {row.user_id: row.statement_id for row in session.scalars(select(RewardClaim))}
    session.rollback()
    jonas, marta = numbers[people.jonas.id], numbers[people.marta.id]
    taking.choose(jonas, "cash", by=people.jonas, now=JULY)
    running.export(1, by=people.ada, now=JULY)
    lines = [
        "claim,amount,currency,paid_on,reference",
        f"{jonas},1.50,GBP,2026-07-20,fine",
        f"{marta},1.50,GBP,2026-07-20,she has not chosen",
        "99999,1.50,GBP,2026-07-20,nobody",
        f"{jonas},1.50,GBP,2026-07-20,twice",
        f"{jonas}x,1.505,GBP,20/07/2026,",
        "7,1,XXX,2099-01-01,the future",
        f"{'0' * 9}19999999999,1.50,GBP,2026-07-20,a number that no column holds",
        f"{jonas},1.50,GBP,2026-07-20,nothing\0at all",
    ]
    day, needed = "Give the day it was paid as 2026-12-31.", "Give a reference, in at most 200 characters."
    with pytest.raises(Invalid) as refused:
        running.import_paid("\n".join(lines), by=people.ada, now=JULY)
    assert refused.value.fields["file"].split("\n") == [
        f"Line 3: Claim {marta} has not gone to finance.",
        "Line 4: There is no claim 99999.",
        f"Line 5: Claim {jonas} stands in line 2 already.",
        f"Line 6: “{jonas}x” is no number of a claim. GBP has 2 digits after the point. {day} {needed}",
        "Line 7: “XXX” is no currency. 2099-01-01 has not come yet.",
        "Line 8: “00000000019999999999” is no number of a claim.",
        f"Line 9: {needed}",
    ]
    with pytest.raises(Invalid, match=r"GBP 1\.50"):
        running.import_paid(f"{lines[0]}\n{jonas},15.00,GBP,2026-07-20,too much", by=people.ada, now=JULY)
    for nothing in ("", "claim,amount\n1,2", lines[0], f'{lines[0]}\n"'):
        with pytest.raises(Invalid):
            running.import_paid(nothing, by=people.ada, now=JULY)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(RewardPayment)) == 0


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\r=1", "\uff1d1"])
def test_no_name_is_a_formula(text: str) -> None:
    assert harmless(text)[0] in "' "
    assert harmless(f"a; {text}").lstrip("a; ")[0] == "'", "a cell of its own, where cells end with a semicolon"
    assert harmless(f"fine{text}") == f"fine{text.replace(chr(13), ' ')}"
