"""How old an imported answer is, and that no day gets a wall of them."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.importers.stackexchange.dates import life, share
from community.lifecycle import State, state_at
from community.tags import Policy
from tests.importers.dumps import SOURCE

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
POLICY = Policy(interval_days=90, grace_days=365, freshness="plain")
GONE = NOW - timedelta(days=90 + 365 + 1)


def test_a_young_answer_is_fresh_by_its_own_age() -> None:
    written = NOW - timedelta(days=30)
    found = life(SOURCE, 1, written, None, POLICY, 90, NOW)
    assert (found.state, found.fresh_from) == (State.FRESH, written)
    assert found.deadlines.best_before == written + timedelta(days=90)
    assert found.deadlines.expires == written + timedelta(days=90 + 365)
    assert found.reason == "imported from help.example.com, where it was written on 22 October 2026"


def test_an_acceptance_renews_it_and_an_earlier_date_does_not() -> None:
    written = NOW - timedelta(days=200)
    found = life(SOURCE, 1, written, NOW - timedelta(days=10), POLICY, 90, NOW)
    assert (found.state, found.fresh_from) == (State.FRESH, NOW - timedelta(days=10))
    assert "accepted on 11 November 2026" in found.reason


def test_past_its_date_it_is_due_with_its_own_dates() -> None:
    written = NOW - timedelta(days=200)
    found = life(SOURCE, 1, written, None, POLICY, 90, NOW)
    assert found.state == State.DUE
    assert found.deadlines.expires == written + timedelta(days=90 + 365)


def test_past_its_grace_it_is_due_and_expires_within_the_window() -> None:
    found = life(SOURCE, 1, GONE, None, POLICY, 90, NOW)
    assert found.state == State.DUE
    assert found.deadlines.best_before == GONE + timedelta(days=90)
    assert NOW < found.deadlines.expires <= NOW + timedelta(days=90)
    assert life(SOURCE, 1, GONE, None, POLICY, 90, NOW) == found


def test_without_grace_a_stale_answer_is_expired_at_once() -> None:
    found = life(SOURCE, 1, NOW - timedelta(days=91), None, Policy(90, 0, freshness="plain"), 90, NOW)
    assert found.state == State.EXPIRED
    assert found.deadlines.expires == NOW - timedelta(days=1)


def test_without_a_window_it_enters_as_expired() -> None:
    assert life(SOURCE, 1, GONE, None, POLICY, 0, NOW).state == State.EXPIRED


def test_an_old_archive_makes_no_wall() -> None:
    days: Counter[int] = Counter()
    for number in range(9000):
        found = life(SOURCE, number, GONE - timedelta(days=number % 3000), None, POLICY, 90, NOW)
        days[(found.deadlines.expires - NOW).days] += 1
    assert set(days) <= set(range(91))
    assert max(days.values()) < 150  # 100 a day on average


@given(
    number=st.integers(min_value=1),
    age=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=9000)),
    accepted_after=st.none() | st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)),
    interval=st.integers(1, 730),
    grace=st.integers(0, 3650),
    spread=st.integers(0, 3650),
)
def test_the_state_is_what_the_dates_say(
    number: int, age: timedelta, accepted_after: timedelta | None, interval: int, grace: int, spread: int
) -> None:
    written = NOW - age
    accepted = None if accepted_after is None else min(NOW, written + accepted_after)
    found = life(SOURCE, number, written, accepted, Policy(interval, grace, freshness="plain"), spread, NOW)
    assert found.state == state_at(found.deadlines.best_before, found.deadlines.expires, None, NOW)
    assert found.fresh_from <= NOW
    assert found.fresh_from < found.deadlines.best_before <= found.deadlines.expires
    assert found.deadlines.expires >= found.fresh_from + timedelta(days=interval + grace)


@given(st.integers())
def test_a_share_is_over_nought_and_up_to_one(number: int) -> None:
    assert 0 < share(SOURCE, number) <= 1


def test_by_belief_silence_counts_and_the_longest_interval_limits() -> None:
    written = NOW - timedelta(days=30)
    found = life(SOURCE, 1, written, None, Policy(), 90, NOW)
    assert found.state == State.FRESH
    assert (found.deadlines.best_before - written) / timedelta(days=1) == pytest.approx(58.5, abs=0.01)
    assert found.deadlines.expires - found.deadlines.best_before == timedelta(days=365)
    short = life(SOURCE, 1, written, None, Policy(interval_days=20), 90, NOW)
    assert (short.state, short.deadlines.best_before) == (State.DUE, written + timedelta(days=20))
