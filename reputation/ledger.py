"""The only writer of reputation: posts entries, reverses them, and moves totals and boards in the same transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import ColumnElement, and_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.days import day_of, day_start
from app.pages import person_key, touch
from reputation import cap, chains, neighbours, points
from reputation.boards import keeping
from reputation.boards.keeping import Movement
from reputation.cap import CAPPED, Rooms
from reputation.chains import FAIRNESS, MERGER, MOVED, REMOVAL, Chain
from reputation.models import Entry
from reputation.posting import Posting


def lock_people(session: Session, user_ids: Iterable[int]) -> dict[int, int]:
    """Hold these people's rows until the transaction ends, so that caps are exact whatever comes at once.

    Always in the order of their ids: two verbs that concern the same two people never wait for each other crosswise. A verb that
    locks people itself locks all of them in one call, before it posts. The lock lets others refer to the person meanwhile (NO KEY
    UPDATE): a notification that is being written checks its foreign keys, and would otherwise wait for this verb while holding
    what this verb waits for. Returns those whose account was merged, and into which.
    """
    held = select(User.id, User.merged_into_id).where(User.id.in_(set(user_ids)))
    rows = session.execute(held.order_by(User.id).with_for_update(key_share=True)).all()
    return {user_id: into_id for user_id, into_id in rows if into_id is not None}


def lock_about(
    session: Session, user_ids: Iterable[int], *, answer_id: int | None = None, question_id: int | None = None
) -> None:
    """Hold these people and all whom an entry about the post concerns, in one call; for a verb that reverses what a post brought
    and posts or reverses something else with it. With neither number: these people alone."""
    people = set(user_ids)
    if answer_id is not None or question_id is not None:
        people |= set(session.scalars(select(Entry.user_id).where(_is_about(answer_id, question_id)).distinct()))
    lock_people(session, people)


def post(session: Session, postings: Iterable[Posting], now: datetime) -> list[Entry]:
    """Enter the postings at the price list's points; a cause that has been paid already is passed over. What a merged account
    would gain its successor gains, but nothing for agreeing with oneself.

    A capped gain counts up to the daily cap; the rest is kept in `withheld`. Must run inside a verb's transaction.
    """
    wanted = {posting.cause: posting for posting in postings}
    if not wanted:
        return []
    if merged := lock_people(session, (posting.user_id for posting in wanted.values())):
        lock_people(session, merged.values())
        wanted = {cause: found for cause, one in wanted.items() if (found := _succeeded(one, merged)) is not None}
    for cause in session.scalars(select(Entry.cause).where(Entry.cause.in_(wanted))):
        del wanted[cause]
    if not wanted:
        return []
    questions = {posting.question_id for posting in wanted.values() if posting.question_id is not None}
    tags = neighbours.ask().tags_of(session, questions) if questions else {}
    day, rooms = day_of(now), Rooms(session)
    entries = []
    for posting in wanted.values():
        price = points.PRICES[posting.reason]
        delta, withheld = rooms.take(posting.user_id, day, price.points) if price.capped else (price.points, 0)
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
                tag_ids=keeping.written(tags.get(posting.question_id or 0, ())),
                day=day,
                at=now,
            )
        )
    return _enter(session, entries)


def reverse(
    session: Session, causes: Iterable[str], actor_id: int | None, now: datetime, cause: str = points.REVERSAL
) -> list[Entry]:
    """Undo what the causes paid, by reversing entries; what is undone already, or was never paid, is passed over.

    A reversed cause stays used: doing the thing again needs a cause of its own. What only the removal of a post holds back is
    reinstated first, so that the post's return cannot bring it back. What was moved to another account is undone there. What the
    daily cap kept back, and that has room now, is released. `cause` begins the new entries' causes.
    """
    found = with_moved(session, session.scalars(select(Entry).where(Entry.cause.in_(list(causes)))).all())
    if not found:
        return []
    lock_people(session, (entry.user_id for entry in found))
    given = _reinstate(session, chains.load(session, found), actor_id, now)
    taken = _reverse(session, chains.load(session, found), actor_id, now, cause)
    return given + taken


def reinstate(session: Session, causes: Iterable[str], actor_id: int | None, now: datetime, cause: str) -> list[Entry]:
    """Give back what the causes paid and `reverse` took with this `cause`, under the cap of the day it belongs to. What was taken
    back for another reason stays taken back."""
    found = with_moved(session, session.scalars(select(Entry).where(Entry.cause.in_(list(causes)))).all())
    if not found:
        return []
    lock_people(session, (entry.user_id for entry in found))
    return _reinstate(session, chains.load(session, found), actor_id, now, cause)


def reverse_about(
    session: Session, now: datetime, actor_id: int | None, *, answer_id: int | None = None, question_id: int | None = None
) -> list[Entry]:
    """Undo every entry about an answer, or about a question itself (not about its answers)."""
    return _reverse(session, _about(session, answer_id, question_id), actor_id, now, REMOVAL)


def reinstate_about(
    session: Session, now: datetime, actor_id: int | None, *, answer_id: int | None = None, question_id: int | None = None
) -> list[Entry]:
    """Take back what `reverse_about` did to a post that came back. What was taken back for another reason stays taken back."""
    return _reinstate(session, _about(session, answer_id, question_id), actor_id, now)


def move(session: Session, from_id: int, into_id: int, actor_id: int | None, now: datetime) -> list[Entry]:
    """Give another account everything that stands of one's entries: each is reversed, and paid there anew under the cause
    "moved:…", on the day it belongs to, under that account's cap. What is held back by a removal, or because it was found to be
    arranged, is so there too.

    Running it again moves what has come since. Both people are held.
    """
    lock_people(session, (from_id, into_id))
    own = session.scalars(select(Entry).where(Entry.user_id == from_id, Entry.origin_id.is_(None))).all()
    was = chains.load(session, own)
    held = {chain.origin.id: kind for chain in was for kind in (REMOVAL, FAIRNESS) if chain.is_held_by(kind)}
    back = [entry for kind in (REMOVAL, FAIRNESS) for entry in _reinstate(session, was, actor_id, now, kind)]
    moving = [chain for chain in chains.load(session, own) if chain.stands]
    before = {chain.origin.id: chain.counted for chain in moving}
    reversals = _enter(session, [_reversal(chain, MERGER, actor_id, now) for chain in moving])
    rooms, paid = Rooms(session), []
    for chain in moving:
        origin = chain.origin
        whole = origin.delta + origin.withheld
        counts, withheld = whole, 0
        if origin.reason in CAPPED:
            counts, _ = rooms.take(into_id, origin.day, before[origin.id])
            withheld = whole - counts
        paid.append(
            Entry(
                user_id=into_id,
                delta=counts,
                withheld=withheld,
                reason=origin.reason,
                cause=f"{MOVED}:{origin.id}",
                actor_id=origin.actor_id,
                question_id=origin.question_id,
                answer_id=origin.answer_id,
                tag_ids=origin.tag_ids,
                day=origin.day,
                at=now,
            )
        )
    _enter(session, paid)
    made = back + reversals + paid
    for kind in (REMOVAL, FAIRNESS):
        waits = [Chain(entry) for chain, entry in zip(moving, paid, strict=True) if held.get(chain.origin.id) == kind]
        made += _reverse(session, waits, actor_id, now, kind)
    return made


def with_moved(session: Session, origins: Sequence[Entry]) -> list[Entry]:
    """These first entries, and those by which accounts that took others over were paid for them."""
    found, level = list(origins), list(origins)
    while level and (moved := [chain.origin.id for chain in chains.load(session, level) if chain.was_moved]):
        level = list(session.scalars(select(Entry).where(Entry.cause.in_([f"{MOVED}:{origin_id}" for origin_id in moved]))))
        found += level
    return found


def enter(session: Session, entries: list[Entry]) -> list[Entry]:
    """Add entries that are made already, as the audit's repair makes them, and move totals and boards. Their people are held."""
    return _enter(session, entries)


def _is_about(answer_id: int | None, question_id: int | None) -> ColumnElement[bool]:
    if answer_id is not None:
        return Entry.answer_id == answer_id
    return and_(Entry.question_id == question_id, Entry.answer_id.is_(None))


def _about(session: Session, answer_id: int | None, question_id: int | None) -> list[Chain]:
    found = session.scalars(select(Entry).where(_is_about(answer_id, question_id), Entry.origin_id.is_(None))).all()
    if found:
        lock_people(session, (entry.user_id for entry in found))
    return chains.load(session, found)


def _succeeded(posting: Posting, merged: Mapping[int, int]) -> Posting | None:
    """The posting as it is once accounts were merged; None where the one who acted would be paid for it."""
    if posting.user_id not in merged:
        return posting
    into_id = merged[posting.user_id]
    return None if into_id == posting.actor_id else replace(posting, user_id=into_id)


def _reversal(chain: Chain, cause: str, actor_id: int | None, now: datetime) -> Entry:
    return cap.follow(chain, points.REVERSAL, f"{cause}:{chain.tip.id}", -chain.counted, -chain.withheld, actor_id, now)


def _reverse(
    session: Session, found: Sequence[Chain], actor_id: int | None, now: datetime, cause: str = points.REVERSAL
) -> list[Entry]:
    """Take back what stands of the chains, and release what now has room. `cause` begins the new entries' causes."""
    turning = [chain for chain in found if chain.stands]
    made = _enter(session, [_reversal(chain, cause, actor_id, now) for chain in turning])
    freed = {
        entry.user_id for chain, entry in zip(turning, made, strict=True) if entry.delta < 0 and chain.origin.reason in CAPPED
    }
    for user_id in sorted(freed):
        made += _enter(session, cap.releases(session, user_id, now))
    return made


def _reinstate(
    session: Session, found: Sequence[Chain], actor_id: int | None, now: datetime, held_by: str = REMOVAL
) -> list[Entry]:
    """Give back what only a removal holds back (or another reversal of this kind), under the cap of the day it belongs to."""
    rooms, made = Rooms(session), []
    for chain in found:
        if chain.is_held_by(held_by):
            delta, withheld = cap.given_back(chain, rooms, now)
            cause = f"{points.REINSTATEMENT}:{chain.tip.id}"
            made.append(cap.follow(chain, points.REINSTATEMENT, cause, delta, withheld, actor_id, now))
    return _enter(session, made)


def _enter(session: Session, entries: list[Entry]) -> list[Entry]:
    if not entries:
        return []
    session.add_all(entries)
    session.flush()
    totals: dict[int, int] = {}
    for entry in entries:
        totals[entry.user_id] = totals.get(entry.user_id, 0) + entry.delta
    for user_id in sorted(totals):
        if totals[user_id]:
            session.execute(update(User).where(User.id == user_id).values(reputation=User.reputation + totals[user_id]))
        touch(session, person_key(user_id))
    keeping.add(session, [Movement(entry.user_id, entry.day, entry.tag_ids, entry.delta) for entry in entries])
    return entries


__all__ = [
    "CAPPED",
    "REMOVAL",
    "Posting",
    "day_start",
    "enter",
    "lock_about",
    "lock_people",
    "move",
    "post",
    "reinstate",
    "reinstate_about",
    "reverse",
    "reverse_about",
    "with_moved",
]
