"""An answer's life as pure rules: the table of moves, and what dates make of an answer."""

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community import lifecycle
from community.lifecycle import MOVES, Event, State, WrongMove, deadlines, is_current, next_change, share_left, state_at

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
STATES: tuple[State | None, ...] = (None, *State)

# --- the table ----------------------------------------------------------------------------------------------------------


def documented() -> dict[tuple[State | None, Event], State]:
    """The table of docs/freshness.md, read as a person reads it."""
    words = {
        "posted": Event.POSTED,
        "best-before reached": Event.BEST_BEFORE_REACHED,
        "grace ended": Event.GRACE_ENDED,
        "accepted": Event.ACCEPTED,
        "verified “still right”": Event.VERIFIED,
        "verified “wrong”, with the repair": Event.REPAIRED,
        "repaired where two verifiers are needed": Event.REPAIR_PROPOSED,
        "verified “wrong”, no repair": Event.FOUND_WRONG,
        "archived": Event.ARCHIVED,
        "superseded by another answer": Event.SUPERSEDED,
        "restored": Event.RESTORED,
        "doubted": Event.DOUBTED,
        "refuted": Event.REFUTED,
        "confirmed": Event.CONFIRMED,
        "eased": Event.EASED,
    }
    text = (Path(__file__).parent.parent / "docs" / "freshness.md").read_text()
    section = text.partition("## States and moves")[2].partition("\n\nAnything else")[0]
    moves: dict[tuple[State | None, Event], State] = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 4 or cells[0] in {"from", "---"}:
            continue
        event = words[re.sub(r'"([^"]*)"', "“\\1”", cells[1])]
        everywhere: dict[str, list[State | None]] = {"–": [None], "any": [*State]}
        for origin in everywhere.get(cells[0]) or [State(name) for name in cells[0].split(", ")]:
            moves[(origin, event)] = State(cells[2].partition(",")[0])
    return moves


def test_the_code_and_the_papers_have_one_table() -> None:
    assert documented() == MOVES


@pytest.mark.parametrize(("state", "event"), MOVES)
def test_a_move_of_the_table(state: State | None, event: Event) -> None:
    assert lifecycle.move(state, event) == MOVES[(state, event)]


@pytest.mark.parametrize(("state", "event"), [pair for pair in product(STATES, Event) if pair not in MOVES])
def test_anything_else_is_wrong(state: State | None, event: Event) -> None:
    with pytest.raises(WrongMove, match=str(event)):
        lifecycle.move(state, event)


def test_there_are_as_many_moves_as_the_papers_say() -> None:
    assert (len(MOVES), len(list(product(STATES, Event))) - len(MOVES)) == (32, 63)


# --- dates --------------------------------------------------------------------------------------------------------------


def test_a_deadline_belongs_to_what_follows_it() -> None:
    best_before, expires = NOW, NOW + DAY
    tick = timedelta(microseconds=1)
    assert state_at(best_before, expires, None, NOW - tick) == State.FRESH
    assert state_at(best_before, expires, None, NOW) == State.DUE
    assert state_at(best_before, expires, None, NOW + DAY - tick) == State.DUE
    assert state_at(best_before, expires, None, NOW + DAY) == State.EXPIRED


def test_without_grace_past_its_date_is_expired_at_once() -> None:
    dates = deadlines(NOW, 30, 0)
    assert dates.best_before == dates.expires == NOW + 30 * DAY
    assert state_at(dates.best_before, dates.expires, None, NOW + 30 * DAY) == State.EXPIRED


def test_archived_is_archived_whatever_the_dates_say() -> None:
    for best_before in (NOW - DAY, NOW + DAY):
        assert state_at(best_before, best_before + DAY, NOW, NOW) == State.ARCHIVED
        assert not is_current(best_before, best_before + DAY, NOW, NOW)


def test_no_answer_is_evergreen() -> None:
    assert deadlines(NOW, 100_000, 0).best_before == NOW + lifecycle.LONGEST_INTERVAL_DAYS * DAY


def test_the_ring_empties() -> None:
    assert share_left(NOW, NOW + 10 * DAY, NOW) == 1
    assert share_left(NOW, NOW + 10 * DAY, NOW + 4 * DAY) == pytest.approx(0.6)
    assert share_left(NOW, NOW + 10 * DAY, NOW + 10 * DAY) == 0
    assert share_left(NOW, NOW + 10 * DAY, NOW + 99 * DAY) == 0
    assert share_left(NOW, NOW + 10 * DAY, NOW - DAY) == 1
    assert share_left(NOW, NOW, NOW) == 0


def test_the_next_change_of_a_shown_page() -> None:
    best_before, expires = NOW + DAY, NOW + 3 * DAY
    assert next_change(best_before, expires, None, NOW) == best_before
    assert next_change(best_before, expires, None, best_before) == expires
    assert next_change(best_before, expires, None, expires) is None
    assert next_change(best_before, expires, NOW, NOW) is None


moments = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - hypothesis adds it
days = st.integers(0, 800)


@given(vouched=moments, interval=st.integers(1, 5000), grace=days, now=moments)
def test_the_clock_only_goes_forward(vouched: datetime, interval: int, grace: int, now: datetime) -> None:
    """Where nobody acts, an answer goes from fresh to due to expired and never back, and `next_change` names each step."""
    dates = deadlines(vouched, interval, grace)
    order = [State.FRESH, State.DUE, State.EXPIRED]
    before = state_at(dates.best_before, dates.expires, None, now)
    change = next_change(dates.best_before, dates.expires, None, now)
    if change is None:
        assert before == State.EXPIRED
        return
    assert change > now
    assert state_at(dates.best_before, dates.expires, None, change - timedelta(microseconds=1)) == before
    after = state_at(dates.best_before, dates.expires, None, change)
    assert order.index(after) > order.index(before)
