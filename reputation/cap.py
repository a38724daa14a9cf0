"""The daily cap: how much room a person's day has left, and what comes back when there is room again.

A point belongs to the day (of the site's time zone) on which its cause was paid, whatever happens to it later. Of a day's vote
gains that stand, at most DAILY_CAP points count, in whatever order they came. While the day lasts, as many count as can: a vote
taken back makes room, and what was withheld longest is released into it. Once the day is over nothing is released any more.
"""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from app.days import day_of
from reputation import chains, points
from reputation.chains import Chain
from reputation.models import Entry

CAPPED = tuple(name for name, price in points.PRICES.items() if price.capped)


def room(session: Session, user_id: int, day: date) -> int:
    """How many more points from votes count on this day of this person. Never below 0. The person is held."""
    return max(0, points.DAILY_CAP - counted(session, user_id, day)[0])


def counted(session: Session, user_id: int, day: date) -> tuple[int, int]:
    """The points from votes of a day: (what counts, what the cap keeps back)."""
    origin = aliased(Entry)
    sums = (
        select(func.coalesce(func.sum(Entry.delta), 0), func.coalesce(func.sum(Entry.withheld), 0))
        .outerjoin(origin, origin.id == Entry.origin_id)
        .where(Entry.user_id == user_id, Entry.day == day, func.coalesce(origin.reason, Entry.reason).in_(CAPPED))
    )
    counts, kept = session.execute(sums).one()
    return int(counts), int(kept)


class Rooms:
    """The room of several people's days within one transaction, asked once and used up as entries are made."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._left: dict[tuple[int, date], int] = {}

    def take(self, user_id: int, day: date, wanted: int) -> tuple[int, int]:
        """Split a gain into (what counts, what the cap swallows)."""
        key = user_id, day
        if key not in self._left:
            self._left[key] = room(self._session, user_id, day)
        counts, withheld = points.after_cap(wanted, 0, self._left[key])
        self._left[key] -= counts
        return counts, withheld


def given_back(chain: Chain, rooms: Rooms, now: datetime) -> tuple[int, int]:
    """What a reinstatement pays: (what counts, what the cap swallows). On the chain's own day as much as there is room for; later
    no more than the reversal took, since a day that is over pays nothing further."""
    taken = -chain.tip.delta
    whole = taken - chain.tip.withheld
    if chain.origin.reason not in CAPPED:
        return taken, -chain.tip.withheld
    counts, _ = rooms.take(chain.origin.user_id, chain.origin.day, whole if chain.origin.day == day_of(now) else taken)
    return counts, whole - counts


def releases(session: Session, user_id: int, now: datetime) -> list[Entry]:
    """The entries by which what was withheld today counts after all, what waited longest first, as far as there is room."""
    day = day_of(now)
    left = room(session, user_id, day)
    if not left:
        return []
    waiting = select(Entry).where(Entry.user_id == user_id, Entry.day == day, Entry.origin_id.is_(None), Entry.reason.in_(CAPPED))
    made = []
    for chain in chains.load(session, session.scalars(waiting)):
        counts = min(left, chain.withheld) if chain.stands else 0
        if counts > 0:
            made.append(follow(chain, points.RELEASE, f"{points.RELEASE}:{chain.tip.id}", counts, -counts, None, now))
            left -= counts
    return made


def withholdings(session: Session, user_id: int, day: date, now: datetime) -> list[Entry]:
    """The entries by which what counts over the cap of a day counts no more, what came last first; for a repair."""
    over = counted(session, user_id, day)[0] - points.DAILY_CAP
    paid = select(Entry).where(Entry.user_id == user_id, Entry.day == day, Entry.origin_id.is_(None), Entry.reason.in_(CAPPED))
    made = []
    for chain in reversed(chains.load(session, session.scalars(paid)) if over > 0 else []):
        less = min(over, chain.counted) if chain.stands else 0
        if less > 0:
            cause = f"{points.WITHHOLDING}:{chain.tip.id}"
            made.append(follow(chain, points.WITHHOLDING, cause, -less, less, None, now))
            over -= less
    return made


def follow(chain: Chain, reason: str, cause: str, delta: int, withheld: int, actor_id: int | None, now: datetime) -> Entry:
    """The next entry of a chain; not yet entered."""
    return Entry(
        user_id=chain.origin.user_id,
        delta=delta,
        withheld=withheld,
        reason=reason,
        cause=cause,
        reverses_id=chain.tip.id,
        origin_id=chain.origin.id,
        actor_id=actor_id,
        question_id=chain.origin.question_id,
        answer_id=chain.origin.answer_id,
        tag_ids=chain.origin.tag_ids,
        day=chain.origin.day,
        at=now,
    )
