"""The only writer of reputation: posts entries, reverses them, and moves the cached totals in the same transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.pages import person_key, touch
from reputation import points
from reputation.models import Entry

REMOVAL = "removal"
"""What begins the cause of a reversal that a removed post brought, and that its return takes back; other reversals are final."""

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


def lock_people(session: Session, user_ids: Iterable[int]) -> None:
    """Hold these people's rows until the transaction ends, so that caps are exact whatever comes at once.

    Always in the order of their ids: two verbs that concern the same two people never wait for each other crosswise. A verb that
    locks people itself locks all of them in one call, before it posts. The lock lets others refer to the person meanwhile (NO KEY
    UPDATE): a notification that is being written checks its foreign keys, and would otherwise wait for this verb while holding
    what this verb waits for.
    """
    session.execute(select(User.id).where(User.id.in_(set(user_ids))).order_by(User.id).with_for_update(key_share=True)).all()


def post(session: Session, postings: Iterable[Posting], now: datetime) -> list[Entry]:
    """Enter the postings at the price list's points; a cause that has been paid already is passed over.

    A capped gain counts up to the daily cap; the rest is kept in `withheld`. Must run inside a verb's transaction.
    """
    wanted = {posting.cause: posting for posting in postings}
    if not wanted:
        return []
    lock_people(session, (posting.user_id for posting in wanted.values()))
    for cause in session.scalars(select(Entry.cause).where(Entry.cause.in_(wanted))):
        del wanted[cause]
    gained: dict[int, int] = {}
    entries = []
    for posting in wanted.values():
        price = points.PRICES[posting.reason]
        delta, withheld = price.points, 0
        if price.capped:
            if posting.user_id not in gained:
                gained[posting.user_id] = _gained_today(session, posting.user_id, now)
            delta, withheld = points.after_cap(price.points, gained[posting.user_id])
            gained[posting.user_id] += delta
        entries.append(
            Entry(
                user_id=posting.user_id,
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
    return _enter(session, entries)


def reverse(session: Session, causes: Iterable[str], actor_id: int | None, now: datetime) -> list[Entry]:
    """Undo what the causes paid, by reversing entries; what is undone already, or was never paid, is passed over.

    A reversed cause stays used: doing the thing again needs a cause of its own. What only the removal of a post holds back is
    reinstated first, so that the post's return cannot bring it back.
    """
    found = session.scalars(select(Entry).where(Entry.cause.in_(list(causes)))).all()
    _reverse_tips(session, found, points.REINSTATEMENT, actor_id, now)
    return _reverse_tips(session, found, points.REVERSAL, actor_id, now)


def reverse_about(
    session: Session, now: datetime, actor_id: int | None, *, answer_id: int | None = None, question_id: int | None = None
) -> list[Entry]:
    """Undo every entry about an answer, or about a question itself (not about its answers)."""
    return _reverse_tips(session, _about(session, answer_id, question_id), points.REVERSAL, actor_id, now, REMOVAL)


def reinstate_about(
    session: Session, now: datetime, actor_id: int | None, *, answer_id: int | None = None, question_id: int | None = None
) -> list[Entry]:
    """Take back what `reverse_about` did to a post that came back. What was taken back for another reason stays taken back."""
    return _reverse_tips(session, _about(session, answer_id, question_id), points.REINSTATEMENT, actor_id, now)


def _about(session: Session, answer_id: int | None, question_id: int | None) -> Sequence[Entry]:
    about = (
        Entry.answer_id == answer_id
        if answer_id is not None
        else and_(Entry.question_id == question_id, Entry.answer_id.is_(None))
    )
    return session.scalars(select(Entry).where(about, Entry.reverses_id.is_(None))).all()


def _reverse_tips(
    session: Session, found: Sequence[Entry], reason: str, actor_id: int | None, now: datetime, cause: str = ""
) -> list[Entry]:
    """Reverse the last entry of each chain (entry ← reversal ← reinstatement …) where that turns it the way `reason` says.

    A reinstatement turns only what a removal reversed. `cause` begins the new entries' causes; the reason does without.
    """
    if not found:
        return []
    lock_people(session, (entry.user_id for entry in found))
    tips: dict[int, Entry] = {entry.id: entry for entry in found}
    level = list(tips)
    while level:
        children = session.scalars(select(Entry).where(Entry.reverses_id.in_(level))).all()
        for child in children:
            tips.pop(child.reverses_id or 0)
            tips[child.id] = child
        level = [child.id for child in children]
    if reason == points.REINSTATEMENT:
        turning = [tip for tip in tips.values() if tip.reason == points.REVERSAL and tip.cause.startswith(f"{REMOVAL}:")]
    else:
        turning = [tip for tip in tips.values() if tip.reason != points.REVERSAL]
    return _enter(
        session,
        [
            Entry(
                user_id=tip.user_id,
                delta=-tip.delta,
                withheld=-tip.withheld,
                reason=reason,
                cause=f"{cause or reason}:{tip.id}",
                reverses_id=tip.id,
                actor_id=actor_id,
                question_id=tip.question_id,
                answer_id=tip.answer_id,
                at=now,
            )
            for tip in turning
        ],
    )


def _enter(session: Session, entries: list[Entry]) -> list[Entry]:
    session.add_all(entries)
    session.flush()
    totals: dict[int, int] = {}
    for entry in entries:
        totals[entry.user_id] = totals.get(entry.user_id, 0) + entry.delta
    for user_id in sorted(totals):
        if totals[user_id]:
            session.execute(update(User).where(User.id == user_id).values(reputation=User.reputation + totals[user_id]))
        touch(session, person_key(user_id))
    return entries


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
