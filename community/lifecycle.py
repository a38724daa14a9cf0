"""An answer's life as pure rules: states, events, the table of moves, and the deadlines.

No flask and no sqlalchemy here: give it dates, it gives a state. The specification is the table in docs/freshness.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

DEFAULT_INTERVAL_DAYS = 90
"""How long an answer under a tag with a plain interval is current after somebody vouched for it, where no tag says otherwise."""
DEFAULT_LONGEST_DAYS = 365
"""The longest that the belief keeps an answer current without a new verification, where no tag says otherwise."""
LONGEST_INTERVAL_DAYS = 730
"""No answer is evergreen: no tag can ask for more."""
DEFAULT_GRACE_DAYS = 365
"""How long an answer past its best-before date stays readable under a banner. 0: it expires at once."""


class State(StrEnum):
    """What an answer is to a reader."""

    FRESH = "fresh"
    DUE = "due"
    EXPIRED = "expired"
    ARCHIVED = "archived"


class Event(StrEnum):
    """What can happen to an answer."""

    POSTED = "posted"
    IMPORTED = "imported"
    ACCEPTED = "accepted"
    BEST_BEFORE_REACHED = "best_before_reached"
    GRACE_ENDED = "grace_ended"
    VERIFIED = "verified"
    REPAIRED = "repaired"
    REPAIR_PROPOSED = "repair_proposed"
    FOUND_WRONG = "found_wrong"
    ARCHIVED = "archived"
    SUPERSEDED = "superseded"
    RESTORED = "restored"
    POLICY_CHANGED = "policy_changed"
    DOUBTED = "doubted"
    REFUTED = "refuted"
    CONFIRMED = "confirmed"
    EASED = "eased"
    CLOCK_TURNED_BACK = "clock_turned_back"
    UNDONE = "undone"


class WrongMove(ValueError):
    """This event cannot happen to an answer in this state."""


_LIVING = (State.FRESH, State.DUE, State.EXPIRED)

MOVES: dict[tuple[State | None, Event], State] = {
    (None, Event.POSTED): State.FRESH,
    (State.FRESH, Event.BEST_BEFORE_REACHED): State.DUE,
    (State.DUE, Event.GRACE_ENDED): State.EXPIRED,
    (State.FRESH, Event.ACCEPTED): State.FRESH,
    (State.DUE, Event.ACCEPTED): State.FRESH,
    # One account alone does not bring an expired answer back: the asker's word puts it before the verifiers.
    (State.EXPIRED, Event.ACCEPTED): State.DUE,
    **{(state, Event.VERIFIED): State.FRESH for state in _LIVING},
    **{(state, Event.REPAIRED): State.FRESH for state in _LIVING},
    # Where the tags ask for more than one verifier, a repair waits for the next one to agree.
    **{(state, Event.REPAIR_PROPOSED): State.DUE for state in _LIVING},
    **{(state, Event.FOUND_WRONG): State.EXPIRED for state in _LIVING},
    **{(state, Event.ARCHIVED): State.ARCHIVED for state in _LIVING},
    **{(state, Event.SUPERSEDED): State.ARCHIVED for state in (*_LIVING, State.ARCHIVED)},
    (State.ARCHIVED, Event.RESTORED): State.DUE,
    # What readers, releases and links say between verifications.
    (State.FRESH, Event.DOUBTED): State.DUE,
    **{(state, Event.REFUTED): State.EXPIRED for state in (State.FRESH, State.DUE)},
    **{(state, Event.CONFIRMED): State.FRESH for state in (State.DUE, State.EXPIRED)},
    (State.EXPIRED, Event.EASED): State.DUE,
}
"""(from, event) → to. What is not here raises WrongMove. IMPORTED, POLICY_CHANGED, CLOCK_TURNED_BACK and UNDONE follow the dates
instead."""

BY_EVIDENCE: dict[tuple[State, State], Event] = {
    (State.FRESH, State.DUE): Event.DOUBTED,
    (State.FRESH, State.EXPIRED): Event.REFUTED,
    (State.DUE, State.EXPIRED): Event.REFUTED,
    (State.DUE, State.FRESH): Event.CONFIRMED,
    (State.EXPIRED, State.FRESH): Event.CONFIRMED,
    (State.EXPIRED, State.DUE): Event.EASED,
}
"""(from, to) → what evidence did, where it moved an answer."""


@dataclass(frozen=True)
class Deadlines:
    """The two dates that decide: from `best_before` an answer is due, from `expires` it is expired."""

    best_before: datetime
    expires: datetime


def move(state: State | None, event: Event) -> State:
    """The state after `event`; raises WrongMove when the table does not have it."""
    try:
        return MOVES[(state, event)]
    except KeyError:
        raise WrongMove(f"{event} cannot happen to an answer that is {state or 'not there yet'}") from None


def deadlines(vouched_at: datetime, interval_days: int, grace_days: int) -> Deadlines:
    """The deadlines of an answer that somebody vouched for (posted, accepted, verified) at `vouched_at`. Both in whole days."""
    best_before = vouched_at + timedelta(days=min(interval_days, LONGEST_INTERVAL_DAYS))
    return Deadlines(best_before, best_before + timedelta(days=grace_days))


def state_at(best_before: datetime, expires: datetime, archived_at: datetime | None, now: datetime) -> State:
    """What the answer is at `now`, whatever any sweep has or has not written down. A deadline belongs to what follows it."""
    if archived_at is not None:
        return State.ARCHIVED
    if now >= expires:
        return State.EXPIRED
    return State.DUE if now >= best_before else State.FRESH


def is_current(best_before: datetime, expires: datetime, archived_at: datetime | None, now: datetime) -> bool:
    """Whether it may stand open on the page: fresh, or due under its banner."""
    return state_at(best_before, expires, archived_at, now) in (State.FRESH, State.DUE)


def share_left(fresh_from: datetime, best_before: datetime, now: datetime) -> float:
    """How much of its life is left, 1.0 just vouched for to 0.0 at the best-before date; the ring's arc."""
    whole = (best_before - fresh_from).total_seconds()
    if whole <= 0:
        return 0.0
    return max(0.0, min(1.0, (best_before - now).total_seconds() / whole))


def next_change(best_before: datetime, expires: datetime, archived_at: datetime | None, now: datetime) -> datetime | None:
    """When the clock will next change the state; None when it will not. A stored page is good until then."""
    if archived_at is not None or now >= expires:
        return None
    return best_before if now < best_before else expires
