"""Dates from a belief and a policy: pure rules."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.freshness import dates
from community.freshness.belief import PARAMETERS, Belief, aged, create, heard, released
from community.freshness.dates import Standing
from community.lifecycle import State, state_at

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass
class Asked:
    """What tags ask."""

    freshness: str = "belief"
    interval_days: int = 365
    grace_days: int = 365
    change_rate: float = PARAMETERS.LAM0
    permanent_until: datetime | None = None


def standing(belief: Belief, policy: Asked) -> Standing:
    found = dates.vouched(belief, policy, NOW)
    return Standing(NOW, found.best_before, found.expires)


def test_a_new_answer() -> None:
    found = dates.vouched(create(), Asked(), NOW)
    assert (found.best_before - NOW) / DAY == pytest.approx(58.5)
    assert found.expires - found.best_before == 365 * DAY


def test_the_longest_interval_limits_and_a_plain_one_decides() -> None:
    assert dates.vouched(create(), Asked(interval_days=20), NOW).best_before == NOW + 20 * DAY
    assert dates.vouched(create(), Asked("plain", 200), NOW).best_before == NOW + 200 * DAY
    assert dates.vouched(create(), Asked("plain", 5000), NOW).best_before == NOW + 730 * DAY, "none is evergreen"


def test_a_plain_interval_does_not_listen() -> None:
    policy = Asked("plain", 90)
    before = standing(create(), policy)
    found = dates.settle(heard(create(), 5, 0), policy, before, State.FRESH, NOW)
    assert (found.best_before, found.expires) == (before.best_before, before.expires)


def test_reports_make_due_and_only_age_expires() -> None:
    before = standing(create(), Asked())
    brigade = heard(create(), 40, 0)
    assert brigade.pi > PARAMETERS.EXPIRE
    found = dates.settle(brigade, Asked(), before, State.FRESH, NOW)
    assert state_at(found.best_before, found.expires, None, NOW) == State.DUE
    assert found.expires > NOW + 100 * DAY
    old = released(create(), 0.6)
    found = dates.settle(heard(old, 4, 0), Asked(), before, State.FRESH, NOW)
    assert state_at(found.best_before, found.expires, None, NOW) == State.EXPIRED, "doubted, and a release stands behind it"


def test_strict_tags_expire_on_their_date() -> None:
    policy = Asked(grace_days=0)
    before = standing(create(), policy)
    assert before.best_before == before.expires
    doubted = dates.settle(heard(create(), 4, 0), policy, before, State.FRESH, NOW)
    assert doubted.best_before == NOW
    assert (doubted.expires - NOW) / DAY == pytest.approx(58.5), "readers alone bring it past its date, and no further"
    later = NOW + 10 * DAY
    kept = dates.at_night(heard(create(), 4, 0), policy, Standing(NOW, NOW, doubted.expires), 7, 30, later)
    assert kept.expires > later
    late = released(create(), 0.3)
    found = dates.settle(late, policy, before, State.FRESH, NOW)
    assert found.best_before == found.expires == NOW, "a release is not readers"


def test_what_is_due_keeps_the_day_its_grace_ends() -> None:
    """An import spreads the days on which its oldest answers expire: neither a night nor a report brings them on."""
    before = Standing(NOW - 2000 * DAY, NOW - 1900 * DAY, NOW + 60 * DAY)
    for belief in (Belief(0.7, 0.7), heard(Belief(0.6, 0.3), 1, 0)):
        assert dates.settle(belief, Asked(), before, State.DUE, NOW).expires == before.expires
        assert dates.at_night(belief, Asked(), before, 7, 30, NOW).expires == before.expires
    assert dates.at_night(Belief(0.9, 0.9), Asked(), before, 7, 30, NOW).expires == before.expires


def test_what_is_due_comes_back_well_below_the_line_only() -> None:
    before = Standing(NOW - 60 * DAY, NOW - DAY, NOW + 300 * DAY)
    just_below = Belief(PARAMETERS.WARN * 0.95, 0.05)
    assert dates.settle(just_below, Asked(), before, State.DUE, NOW).best_before == before.best_before
    assert dates.settle(just_below, Asked(), before, State.FRESH, NOW).best_before > NOW
    well_below = Belief(PARAMETERS.WARN * PARAMETERS.HYS * 0.99, 0.05)
    assert dates.settle(well_below, Asked(), before, State.DUE, NOW).best_before > NOW


def test_the_longest_interval_is_not_moved_by_readers() -> None:
    before = Standing(NOW - 365 * DAY, NOW, NOW + 365 * DAY)
    found = dates.settle(heard(Belief(0.1, 0.1), 0, 9), Asked(), before, State.DUE, NOW)
    assert found.best_before == NOW


def test_a_permanent_arm_waits_for_its_end() -> None:
    end = NOW + 200 * DAY
    policy = Asked("permanent", permanent_until=end)
    found = dates.vouched(create(), policy, NOW)
    assert (found.best_before, found.expires > end) == (end, True)
    over = Asked("permanent", permanent_until=NOW - DAY)
    assert (dates.vouched(create(), over, NOW).best_before - NOW) / DAY == pytest.approx(58.5)


def test_a_quiet_night_moves_no_date() -> None:
    belief = create()
    before = standing(belief, Asked())
    for night in range(1, 58):
        belief = aged(belief, PARAMETERS.LAM0)
        found = dates.at_night(belief, Asked(), before, 7, 30, NOW + night * DAY)
        assert (found.best_before, found.expires) == (before.best_before, before.expires), night


@pytest.mark.parametrize("was", ["fresh", "due"])
def test_what_a_night_brings_on_is_spread(was: str) -> None:
    """A learned rate, or a release, makes many doubtful at once; no day gets a wall of them."""
    belief = Belief(0.3, 0.3) if was == "fresh" else Belief(0.9, 0.9)
    best_before = NOW + (60 if was == "fresh" else -60) * DAY
    before = Standing(NOW - 90 * DAY, best_before, best_before + 365 * DAY)
    moved = [dates.at_night(belief, Asked(), before, number, 30, NOW) for number in range(3000)]
    late = [found.best_before if was == "fresh" else found.expires for found in moved]
    assert all(NOW <= moment <= NOW + 30 * DAY for moment in late)
    per_day = [sum(1 for moment in late if (moment - NOW).days == day) for day in range(30)]
    assert max(per_day) < 1.2 * 3000 / 30
    again = Standing(before.fresh_from, moved[5].best_before, moved[5].expires)
    found = dates.at_night(belief, Asked(), again, 5, 30, NOW + 2 * DAY)
    assert (found.best_before, found.expires) == (again.best_before, again.expires), "the next night leaves it there"


@given(pi=st.floats(0.001, 0.999), pa=st.floats(0.001, 0.999), was=st.sampled_from([State.FRESH, State.DUE, State.EXPIRED]))
def test_nothing_expires_before_it_is_due(pi: float, pa: float, was: State) -> None:
    belief = Belief(pi, min(pa, pi))
    before = Standing(NOW - 30 * DAY, NOW + 20 * DAY, NOW + 300 * DAY)
    found = dates.settle(belief, Asked(), before, was, NOW)
    assert found.best_before <= found.expires
    assert found.best_before <= before.fresh_from + 365 * DAY
    if pa < PARAMETERS.GUARD - 1e-6 and was != State.EXPIRED:
        assert found.expires > NOW, "the guard"
