"""The only writer of reputation: posts entries, reverses them, and moves the cached totals in the same transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.pages import person_key, touch
from reputation import points
from reputation.models import Entry

CAPPED = tuple(name for name, price in points.PRICES.items() if price.capped)


@dataclass(frozen=True)
class Posting:
    """An entry to be made. `cause` is what brought it about and is paid once, whoever asks for it how often."""

    user_id: int
    reason: str
    cause: str
    actor_id: int | None = None
    question_id: int | None = None
    answer_id: int | None = None


def post(session: Session, postings: Iterable[Posting], now: datetime) -> list[Entry]:
    """Enter the postings at the price list's points; a cause that has been paid already is passed over.

    People are locked in the order of their ids, so two verbs that pay the same two people never wait for each other crosswise.
    A capped gain counts up to the daily cap; the rest is kept in `withheld`. Must run inside a verb's transaction.
    """
    ordered = sorted(postings, key=lambda posting: (posting.user_id, posting.cause))
    entries = []
    for user_id in sorted({posting.user_id for posting in ordered}):
        _lock(session, user_id)
        mine = [posting for posting in ordered if posting.user_id == user_id]
        paid = set(session.scalars(select(Entry.cause).where(Entry.cause.in_([posting.cause for posting in mine]))))
        new = []
        gained = None
        for posting in mine:
            if posting.cause in paid:
                continue
            price = points.PRICES[posting.reason]
            delta, withheld = price.points, 0
            if price.capped:
                gained = _gained_today(session, user_id, now) if gained is None else gained
                delta, withheld = points.after_cap(price.points, gained)
                gained += delta
            new.append(
                Entry(
                    user_id=user_id,
                    delta=delta,
                    withheld=withheld,
                    reason=posting.reason,
                    cause=posting.cause,
                    actor_id=posting.actor_id,
                    question_id=posting.question_id,
                    answer_id=posting.answer_id,
                    at=now,
                )
            )
        _enter(session, user_id, new)
        entries += new
    return entries


def reverse(session: Session, causes: Sequence[str], actor_id: int | None, now: datetime) -> list[Entry]:
    """Undo what the causes paid, by reversing entries; what is reversed already, or was never paid, is passed over.

    A reversed cause stays used: doing the thing again needs a cause of its own.
    """
    found = session.scalars(select(Entry).where(Entry.cause.in_(causes)).order_by(Entry.user_id, Entry.id)).all()
    done = []
    for user_id in sorted({entry.user_id for entry in found}):
        _lock(session, user_id)
        mine = [entry for entry in found if entry.user_id == user_id]
        reversed_ids = set(session.scalars(select(Entry.reverses_id).where(Entry.reverses_id.in_([entry.id for entry in mine]))))
        new = [
            Entry(
                user_id=user_id,
                delta=-entry.delta,
                withheld=-entry.withheld,
                reason=points.REVERSAL,
                cause=f"reversal:{entry.id}",
                reverses_id=entry.id,
                actor_id=actor_id,
                question_id=entry.question_id,
                answer_id=entry.answer_id,
                at=now,
            )
            for entry in mine
            if entry.id not in reversed_ids
        ]
        _enter(session, user_id, new)
        done += new
    return done


def _lock(session: Session, user_id: int) -> None:
    """Hold the person's row until the transaction ends, so that caps are exact whatever comes at once."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update())


def _enter(session: Session, user_id: int, entries: Sequence[Entry]) -> None:
    if not entries:
        return
    session.add_all(entries)
    session.flush()
    total = sum(entry.delta for entry in entries)
    if total:
        session.execute(update(User).where(User.id == user_id).values(reputation=User.reputation + total))
    touch(session, person_key(user_id))


def day_start(now: datetime) -> datetime:
    """When the day of `now` began in the site's time zone, as a moment in UTC."""
    local = now.astimezone(ZoneInfo(current_app.config["SETTINGS"].time_zone))
    return local.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


def _gained_today(session: Session, user_id: int, now: datetime) -> int:
    """What counts against the cap today: capped gains less those of today's that were reversed."""
    start = day_start(now)
    end = day_start(start + timedelta(hours=36))
    gains = select(func.coalesce(func.sum(Entry.delta), 0)).where(
        Entry.user_id == user_id, Entry.at >= start, Entry.at < end, Entry.reason.in_(CAPPED)
    )
    today = select(Entry.id).where(Entry.user_id == user_id, Entry.at >= start, Entry.reason.in_(CAPPED))
    undone = select(func.coalesce(func.sum(Entry.delta), 0)).where(Entry.reverses_id.in_(today))
    return int(session.execute(gains).scalar_one()) + int(session.execute(undone).scalar_one())
