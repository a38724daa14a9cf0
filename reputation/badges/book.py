"""The only writer of who has which badge. Each occasion is entered once; who has what and how many have it follow in the same
transaction."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, update
from sqlalchemy.orm import Session, aliased

from app.db import insert_into
from app.errors import NotFound
from app.pages import person_key, touch
from reputation.badges.models import BadgeAward, BadgeHolder, BadgeTally

MERGED = "the account was merged into one that has it for the same"
"""Why a badge is taken back at a merger."""


@dataclass(frozen=True)
class Earned:
    """That somebody has earned a badge."""

    user_id: int
    badge: str
    occasion: str
    at: datetime
    question_id: int | None = None
    answer_id: int | None = None
    about: str = ""


def enter(session: Session, earned: Iterable[Earned]) -> list[Earned]:
    """Enter what was earned, in the order of people; returns what was not in the book yet. What was taken back stays taken.

    Whoever enters the same at the same time waits for the first and finds it there. Must run inside a transaction.
    """
    wanted = {(one.user_id, one.badge, one.occasion): one for one in earned}
    if not wanted:
        return []
    known = _known(session, {user_id for user_id, _, _ in wanted})
    rows = [asdict(wanted[key]) for key in sorted(wanted.keys() - known)]
    keys = [BadgeAward.user_id, BadgeAward.badge, BadgeAward.occasion]
    statement = insert_into(session, BadgeAward).on_conflict_do_nothing(index_elements=keys).returning(*keys)
    entered = session.execute(statement, rows).all() if rows else []
    new = [wanted[key] for key in sorted((row.user_id, row.badge, row.occasion) for row in entered)]
    _count_in(session, new)
    return new


def _known(session: Session, people: Collection[int]) -> set[tuple[int, str, str]]:
    rows = select(BadgeAward.user_id, BadgeAward.badge, BadgeAward.occasion).where(BadgeAward.user_id.in_(people))
    return {(row.user_id, row.badge, row.occasion) for row in session.execute(rows)}


def once_earned(session: Session, people: Collection[int]) -> set[tuple[int, str]]:
    """Of badges that are earned once in a life: (person, badge) of those in the book, taken back or not."""
    rows = select(BadgeAward.user_id, BadgeAward.badge).where(BadgeAward.user_id.in_(people), BadgeAward.occasion == "")
    return {(row.user_id, row.badge) for row in session.execute(rows)}


def move(session: Session, from_id: int, into_id: int, by_id: int | None, now: datetime) -> None:
    """Give another account every badge of one that is merged into it, taken back ones as they are. Where both were awarded one
    for the same, the other account's stays and this one's is taken back."""
    other = aliased(BadgeAward)
    both = exists().where(other.user_id == into_id, other.badge == BadgeAward.badge, other.occasion == BadgeAward.occasion)
    moved = session.execute(
        update(BadgeAward)
        .where(BadgeAward.user_id == from_id, ~both)
        .values(user_id=into_id)
        .returning(BadgeAward.badge, BadgeAward.occasion, BadgeAward.at, BadgeAward.taken_at)
        .execution_options(synchronize_session=False)
    ).all()
    session.execute(
        update(BadgeAward)
        .where(BadgeAward.user_id == from_id, BadgeAward.taken_at.is_(None))
        .values(taken_at=now, taken_by_id=by_id, taken_reason=MERGED)
        .execution_options(synchronize_session=False)
    )
    had = session.scalars(
        delete(BadgeHolder)
        .where(BadgeHolder.user_id == from_id)
        .returning(BadgeHolder.badge)
        .execution_options(synchronize_session=False)
    ).all()
    _count_in(session, [Earned(into_id, row.badge, row.occasion, row.at) for row in moved if row.taken_at is None], had)
    touch(session, person_key(from_id))


def rename(session: Session, badges: Collection[str], occasion: str, new: str, about: str) -> None:
    """What these badges were awarded for has become one with something else: it is the same occasion from now on. Who has one
    for each keeps both. Reads the whole book, as an act of moderators that is rare may."""
    other = aliased(BadgeAward)
    both = exists().where(other.user_id == BadgeAward.user_id, other.badge == BadgeAward.badge, other.occasion == new)
    session.execute(
        update(BadgeAward)
        .where(BadgeAward.badge.in_(badges), BadgeAward.occasion == occasion, ~both)
        .values(occasion=new, about=about)
        .execution_options(synchronize_session=False)
    )


def _count_in(session: Session, new: Collection[Earned], given_up: Iterable[str] = ()) -> None:
    """The tallies come last, with the badges that somebody has given up: every transaction takes them in the order of their
    names, and holds them for a moment only."""
    times = Counter((one.user_id, one.badge) for one in new)
    last: dict[tuple[int, str], datetime] = {}
    for one in new:
        key = (one.user_id, one.badge)
        last[key] = max(one.at, last.get(key, one.at))
    first: Counter[str] = Counter()
    later = func.max if session.get_bind().dialect.name == "sqlite" else func.greatest
    for user_id, badge in sorted(times):
        more = times[user_id, badge]
        holder = insert_into(session, BadgeHolder).values(user_id=user_id, badge=badge, times=more, last_at=last[user_id, badge])
        counted = holder.on_conflict_do_update(
            index_elements=[BadgeHolder.user_id, BadgeHolder.badge],
            set_={
                "times": BadgeHolder.times + holder.excluded.times,
                "last_at": later(BadgeHolder.last_at, holder.excluded.last_at),
            },
        )
        if session.execute(counted.returning(BadgeHolder.times)).scalar_one() == more:
            first[badge] += 1
        touch(session, person_key(user_id))
    first.subtract(given_up)
    for badge, change in sorted(first.items()):
        if change:
            _tally(session, badge, change)


def _tally(session: Session, badge: str, change: int) -> None:
    more = insert_into(session, BadgeTally).values(badge=badge, people=change)
    session.execute(more.on_conflict_do_update(index_elements=[BadgeTally.badge], set_={"people": BadgeTally.people + change}))


def take_back(
    session: Session, user_id: int, badge: str, occasion: str, reason: str, by_id: int | None, now: datetime
) -> BadgeAward | None:
    """Take a badge back; it is not awarded again for the same occasion. None where it was taken already.

    Raises NotFound when it was never awarded.
    """
    taken = (
        update(BadgeAward)
        .where(_is(user_id, badge, occasion), BadgeAward.taken_at.is_(None))
        .values(taken_at=now, taken_by_id=by_id, taken_reason=reason)
        .returning(BadgeAward)
        .execution_options(populate_existing=True)
    )
    award = session.scalars(taken).first()
    if award is None:
        _existing(session, user_id, badge, occasion)
        return None
    left = session.execute(
        update(BadgeHolder)
        .where(BadgeHolder.user_id == user_id, BadgeHolder.badge == badge)
        .values(times=BadgeHolder.times - 1)
        .returning(BadgeHolder.times)
        .execution_options(synchronize_session=False)
    ).scalar_one()
    if left:
        _date_anew(session, user_id, badge)
    else:
        session.execute(
            delete(BadgeHolder)
            .where(BadgeHolder.user_id == user_id, BadgeHolder.badge == badge)
            .execution_options(synchronize_session=False)
        )
        _tally(session, badge, -1)
    touch(session, person_key(user_id))
    return award


def give_back(session: Session, user_id: int, badge: str, occasion: str) -> BadgeAward | None:
    """Give back what was taken, exactly as it was; None where it stands. Raises NotFound when it was never awarded."""
    given = (
        update(BadgeAward)
        .where(_is(user_id, badge, occasion), BadgeAward.taken_at.is_not(None))
        .values(taken_at=None, taken_by_id=None, taken_reason=None)
        .returning(BadgeAward)
        .execution_options(populate_existing=True)
    )
    award = session.scalars(given).first()
    if award is None:
        _existing(session, user_id, badge, occasion)
        return None
    _count_in(session, [Earned(user_id, badge, occasion, award.at)])
    return award


def _is(user_id: int, badge: str, occasion: str) -> ColumnElement[bool]:
    return and_(BadgeAward.user_id == user_id, BadgeAward.badge == badge, BadgeAward.occasion == occasion)


def _existing(session: Session, user_id: int, badge: str, occasion: str) -> None:
    if session.execute(select(BadgeAward.id).where(_is(user_id, badge, occasion))).first() is None:
        raise NotFound("This badge was never awarded to this person for this.")


def _date_anew(session: Session, user_id: int, badge: str) -> None:
    """The last of those that are left; lists of holders go by it."""
    last = select(func.max(BadgeAward.at)).where(
        BadgeAward.user_id == user_id, BadgeAward.badge == badge, BadgeAward.taken_at.is_(None)
    )
    session.execute(
        update(BadgeHolder)
        .where(BadgeHolder.user_id == user_id, BadgeHolder.badge == badge)
        .values(last_at=last.scalar_subquery())
        .execution_options(synchronize_session=False)
    )
