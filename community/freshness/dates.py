"""An answer's dates from what is believed of it and what its tags ask. Pure rules: give them a belief and a policy.

Pages compare the two dates with now, and nothing else; so everything that moves a belief ends here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from community.freshness import belief as model
from community.freshness.belief import PARAMETERS, Belief
from community.lifecycle import LONGEST_INTERVAL_DAYS, Deadlines, State

SPREAD_DAYS = 30
"""What a night finds late is spread over so many days, so that no day gets a wall of them."""
GONE_SOON_DAYS = 90
"""What expires within so many days anyway is not expired sooner by a night: an import spreads its oldest over as many."""
NOTICEABLE = timedelta(days=1)
"""A date that a night would move by less stays."""
_KNUTH = 2654435761


class Policy(Protocol):
    """What a question's tags ask for its answers (`community.models.Question` has it)."""

    @property
    def freshness(self) -> str: ...
    @property
    def interval_days(self) -> int: ...
    @property
    def grace_days(self) -> int: ...
    @property
    def change_rate(self) -> float: ...
    @property
    def permanent_until(self) -> datetime | None: ...


@dataclass(frozen=True)
class Standing:
    """The dates as they are: since when it is vouched for, and the two deadlines."""

    fresh_from: datetime
    best_before: datetime
    expires: datetime


def settle(belief: Belief, policy: Policy, standing: Standing, was: State, now: datetime, number: int = 0) -> Deadlines:
    """The dates of an answer that `was` in this state, now that this is believed.

    By belief: due when the belief reaches WARN or the longest interval is over, whichever comes first; expired when the grace
    after that is over, or earlier when the evidence reaches EXPIRE with the guard. What is due or expired comes back only when
    the belief is well below (HYS). With a plain interval the dates stay as they stand. In a permanent arm nothing happens
    before its end, and what comes due then is spread by the answer's `number`.
    """
    if policy.freshness == "plain":
        return Deadlines(standing.best_before, standing.expires)
    lam = policy.change_rate
    if model.is_doubtful(belief, was != State.FRESH):
        best_before = min(standing.best_before, now)
    else:
        best_before = min(now + timedelta(days=model.best_before_in(belief, lam)), _longest(policy, standing))
    if model.is_expired(belief, was == State.EXPIRED):
        expires = min(standing.expires, now) if was == State.EXPIRED else now
    else:
        grace_ends = _grace_ends(belief, policy, standing, was, best_before, now)
        expires = min(grace_ends, now + timedelta(days=model.expires_in(belief, lam)))
    expires = max(expires, best_before)
    return _not_before(policy, Deadlines(best_before, expires), was, now, number)


def _grace_ends(belief: Belief, policy: Policy, standing: Standing, was: State, best_before: datetime, now: datetime) -> datetime:
    """When the grace ends of an answer that is past its date from `best_before` on. What is due already has its day: it may
    have been spread. No grace ends before the answer would be past its date had no reader said anything, or under a strict tag,
    which gives none, one report would expire it."""
    if was == State.DUE and best_before <= now:
        return standing.expires
    ends = best_before + timedelta(days=policy.grace_days)
    if was == State.EXPIRED:
        return ends
    silent = now + timedelta(days=model.days_until(PARAMETERS.WARN, belief.pa, belief, policy.change_rate))
    return max(ends, min(silent, _longest(policy, standing)))


def _longest(policy: Policy, standing: Standing) -> datetime:
    return standing.fresh_from + timedelta(days=min(policy.interval_days, LONGEST_INTERVAL_DAYS))


def vouched(belief: Belief, policy: Policy, now: datetime) -> Deadlines:
    """The dates of an answer that somebody vouched for just now (posted, accepted, verified)."""
    interval = timedelta(days=min(policy.interval_days, LONGEST_INTERVAL_DAYS))
    if policy.freshness == "plain":
        best_before = now + interval
    else:
        best_before = now + min(interval, timedelta(days=model.best_before_in(belief, policy.change_rate)))
    return _not_before(policy, Deadlines(best_before, best_before + timedelta(days=policy.grace_days)), State.FRESH, now)


def of_old(written: datetime, policy: Policy, now: datetime) -> Deadlines:
    """The dates of an answer that comes from elsewhere and was last vouched for at `written`: silence since then counts."""
    interval = timedelta(days=min(policy.interval_days, LONGEST_INTERVAL_DAYS))
    if policy.freshness != "plain":
        silence = timedelta(days=model.best_before_in(model.create(), PARAMETERS.LAM0))
        interval = min(interval, silence)
    best_before = written + interval
    return _not_before(policy, Deadlines(best_before, best_before + timedelta(days=policy.grace_days)), State.FRESH, now)


def at_night(belief: Belief, policy: Policy, standing: Standing, number: int, spread_days: int, now: datetime) -> Deadlines:
    """The dates after a quiet night, or after something that made many answers doubtful at once (a release, a learned rate).

    The belief moves at once, and with it the place in the queue; what it makes late is spread over `spread_days` by the answer's
    `number`. What is late stays late. Dates that would hardly move stay as they are.
    """
    was = _state(standing, now)
    stays = Deadlines(standing.best_before, standing.expires)
    if policy.freshness == "plain" or was == State.EXPIRED:
        return stays
    soon = now + timedelta(days=spread_days)
    best_before = standing.best_before
    if was == State.FRESH:
        best_before = settle(belief, policy, standing, was, now).best_before
        if best_before <= now:
            best_before = standing.best_before if standing.best_before <= soon else spread(number, spread_days, now)
    grace_ends = _grace_ends(belief, policy, standing, was, best_before, now)
    if not model.is_expired(belief, False):
        expires = min(grace_ends, now + timedelta(days=model.expires_in(belief, policy.change_rate)))
    elif standing.expires <= now + timedelta(days=GONE_SOON_DAYS):
        expires = min(grace_ends, standing.expires)
    else:
        expires = spread(number, spread_days, now)
    wanted = _not_before(policy, Deadlines(best_before, max(expires, best_before)), was, now, number)
    if max(abs(wanted.best_before - standing.best_before), abs(wanted.expires - standing.expires)) < NOTICEABLE:
        return stays
    return wanted


def spread(number: int, days: float, now: datetime) -> datetime:
    """A moment within `days` days from `now`, the same for the same number, evenly spread over many numbers (Knuth's
    multiplicative hash, The Art of Computer Programming 3, 6.4)."""
    share = (number * _KNUTH % 2**32) / 2**32
    return now + timedelta(days=days * share)


def _not_before(policy: Policy, dates: Deadlines, was: State, now: datetime, number: int = 0) -> Deadlines:
    """In a permanent arm nothing becomes due or expires before its end, nor all of it then: by its number, within SPREAD_DAYS
    after it. What was due or expired before stays so; the arm alone brings nothing back."""
    until = policy.permanent_until
    if policy.freshness != "permanent" or until is None or until <= now:
        return dates
    end = spread(number, SPREAD_DAYS, until)
    best_before, expires = dates.best_before, dates.expires
    if was == State.FRESH or best_before > now:
        best_before = max(best_before, end)
    if was != State.EXPIRED or expires > now:
        expires = max(expires, end)
    return Deadlines(best_before, max(expires, best_before))


def _state(standing: Standing, now: datetime) -> State:
    if now >= standing.expires:
        return State.EXPIRED
    return State.DUE if now >= standing.best_before else State.FRESH
