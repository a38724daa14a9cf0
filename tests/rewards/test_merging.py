"""Two accounts become one: what was settled is paid once, and what is owed or waits goes with it."""

from datetime import timedelta

from sqlalchemy.orm import Session

from community.moderation import accounts
from community.queries.rewards import rewards_page
from community.rewards import running, taking, tending
from tests.people import People
from tests.rewards.house import JULY, MAY, NEXT_JANUARY, claim, close, differences, gain, statement, switch_on, take_back

DAY = timedelta(days=1)
SUMMER = NEXT_JANUARY + 200 * DAY


def merge(people: People) -> None:
    accounts.merge(people.jonas.id, people.marta.id, reason="One person", by=people.ada, now=JULY + 10 * DAY)


def test_a_merger_pays_nothing_twice(session: Session, people: People) -> None:
    switch_on(people)
    causes = gain(people.jonas, 100, MAY)
    gain(people.marta, 100, MAY)
    close(people, 1, JULY)
    merge(people)
    gain(people.marta, 1, JULY + 11 * DAY)
    tending.tend(NEXT_JANUARY)
    close(people, 2, NEXT_JANUARY)
    second = statement(session, people.marta, 2)
    assert (second.earned, second.adjusted, second.total) == (15, 0, 15), "neither paid again, nor tapered anew"
    take_back(causes[:20], NEXT_JANUARY + DAY)
    tending.tend(SUMMER)
    close(people, 3, SUMMER)
    third = statement(session, people.marta, 3)
    assert third.adjusted < 0, "what does not stand any more is owed by who has the points now"
    assert third.carried_in == 15
    assert [differences(session, number) for number in (1, 2, 3)] == [[], [], []]


def test_what_is_owed_and_what_waits_go_with_the_account(session: Session, people: People) -> None:
    switch_on(people)
    causes = gain(people.jonas, 10, MAY)
    gain(people.marta, 2, MAY)
    close(people, 1, JULY)
    take_back(causes[:2], JULY + DAY)
    merge(people)
    waiting = claim(session, people.marta, 1)
    assert waiting is not None
    assert waiting.amount == 150
    shown = rewards_page(people.marta, JULY + 11 * DAY)
    assert [one.amount for one in shown.claims] == ["GBP 1.50"]
    session.rollback()
    taking.choose(waiting.statement_id, "cash", by=people.marta, now=JULY + 11 * DAY)
    assert running.export(1, by=people.ada, now=JULY + 11 * DAY)
    tending.tend(NEXT_JANUARY)
    close(people, 2, NEXT_JANUARY)
    second = statement(session, people.marta, 2)
    assert (second.carried_in, second.adjusted, second.total) == (30, -30, 0)
    assert [differences(session, number) for number in (1, 2)] == [[], []]
