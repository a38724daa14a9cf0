"""What is counted for the rules: new votes and acceptances by week, and from which networks new accounts come.

Each vote is read once, when it is new; what is older than the window is deleted by the week. A killed count goes on where it was,
and one that runs twice adds nothing: how far it has come moves in the same transaction.
"""

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import current_app
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User, UserSession
from app.db import db, insert_into, transaction
from community.models import Acceptance, Answer, FairnessCursor, FairnessDue, NetworkMark, Question, QuestionTag, Tally, Vote
from reputation.fairness.records import ACCEPT, DOWN, UP

WEEKS = 9
"""The window."""
BATCH = 1000
SETTLED = timedelta(minutes=10)
"""What is younger is left for the next time: a number may be given before the one under it is committed."""
MARK_KEPT = timedelta(days=30)
NEW_FOR = timedelta(days=2)
"""For so long after joining it is looked from where somebody comes."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
Key = tuple[str, int, int, int]


def days(moment: datetime) -> float:
    """As the rules count: days since 1970."""
    return (moment - EPOCH) / timedelta(days=1)


def week(moment: datetime) -> int:
    """The number of its week."""
    return int(days(moment)) // 7


def first_week(now: datetime) -> int:
    """Of the window."""
    return week(now) - WEEKS + 1


def starts(now: datetime) -> datetime:
    """When the window begins."""
    return EPOCH + timedelta(days=7 * first_week(now))


def count(now: datetime) -> int:
    """Count one batch of what is new of each kind; returns how much it was, 0 when nothing is left."""
    done = _count("votes", _votes, now) + _count("acceptances", _acceptances, now) + _count("sessions", _sessions, now)
    if not done:
        _forget(now)
    return done


Read = Callable[[Session, int, datetime], tuple[list[Any], Callable[[Session], None]]]


def _count(name: str, read: Read, now: datetime) -> int:
    last = db.session.execute(select(FairnessCursor.last_id).where(FairnessCursor.name == name)).scalar()
    rows, _ = read(db.session(), last or 0, now)
    db.session.rollback()
    if not rows:
        return 0
    with transaction() as session:
        if last is None:
            session.execute(insert_into(session, FairnessCursor).values(name=name, last_id=0).on_conflict_do_nothing())
        rows, write = read(session, last or 0, now)
        moved = update(FairnessCursor).where(FairnessCursor.name == name, FairnessCursor.last_id == (last or 0))
        if not rows or session.execute(moved.values(last_id=rows[-1].id).returning(FairnessCursor.name)).first() is None:
            return 0
        write(session)
        return len(rows)


def _settled(rows: Iterable[Any], now: datetime) -> list[Any]:
    found = []
    for row in rows:
        if row.at > now - SETTLED:
            break
        found.append(row)
    return found


def _votes(session: Session, after: int, now: datetime) -> tuple[list[Any], Callable[[Session], None]]:
    under = func.coalesce(Answer.question_id, Vote.question_id).label("question_id")
    rows = _settled(
        session.execute(
            select(Vote.id, Vote.voter_id, Vote.author_id, Vote.value, Vote.at, under)
            .outerjoin(Answer, Answer.id == Vote.answer_id)
            .where(Vote.id > after)
            .order_by(Vote.id)
            .limit(BATCH)
        ),
        now,
    )
    recent = [row for row in rows if row.at >= starts(now)]

    def write(session: Session) -> None:
        tags = tags_of(session, {row.question_id for row in recent})
        counts: Counter[Key] = Counter()
        for row in recent:
            kind = UP if row.value > 0 else DOWN
            counts.update(_keys(kind, row.voter_id, row.author_id, tags.get(row.question_id, ()), week(row.at)))
        _add(session, counts, Counter())
        _due(session, {row.voter_id for row in recent})

    return rows, write


def _acceptances(session: Session, after: int, now: datetime) -> tuple[list[Any], Callable[[Session], None]]:
    rows = _settled(
        session.execute(
            select(Acceptance.id, Acceptance.by_id, Answer.author_id, Acceptance.at, Acceptance.question_id, Question.views)
            .join(Answer, Answer.id == Acceptance.answer_id)
            .join(Question, Question.id == Acceptance.question_id)
            .where(Acceptance.id > after)
            .order_by(Acceptance.id)
            .limit(BATCH)
        ),
        now,
    )
    recent = [row for row in rows if row.at >= starts(now) and row.by_id is not None and row.by_id != row.author_id]

    def write(session: Session) -> None:
        tags = tags_of(session, {row.question_id for row in recent})
        counts: Counter[Key] = Counter()
        views: Counter[Key] = Counter()
        for row in recent:
            counts.update(_keys(ACCEPT, row.by_id, row.author_id, tags.get(row.question_id, ()), week(row.at)))
            views[f"{ACCEPT}:all", 0, 0, week(row.at)] += row.views
        _add(session, counts, views)
        _due(session, {row.by_id for row in recent})

    return rows, write


def _sessions(session: Session, after: int, now: datetime) -> tuple[list[Any], Callable[[Session], None]]:
    """Sessions that were opened: those of new accounts leave the mark of their network."""
    opened = session.execute(
        select(UserSession.id, UserSession.user_id, UserSession.address, UserSession.created_at, User.created_at.label("joined"))
        .join(User, User.id == UserSession.user_id)
        .where(UserSession.id > after)
        .order_by(UserSession.id)
        .limit(BATCH)
    )
    rows: list[Any] = list(opened)
    fresh = [row for row in rows if row.created_at - row.joined <= NEW_FOR and row.joined > now - MARK_KEPT and row.address]

    def write(session: Session) -> None:
        marks = {(row.user_id, _mark(row.address)): row.created_at for row in fresh}
        for (user_id, mark), at in sorted(marks.items()):
            row = insert_into(session, NetworkMark).values(user_id=user_id, mark=mark, at=at)
            session.execute(row.on_conflict_do_nothing())

    return rows, write


def tags_of(session: Session, question_ids: set[int]) -> dict[int, tuple[int, ...]]:
    """The tags of questions."""
    found: dict[int, list[int]] = {}
    pairs = select(QuestionTag.question_id, QuestionTag.tag_id).where(QuestionTag.question_id.in_(question_ids))
    for question_id, tag_id in session.execute(pairs.order_by(QuestionTag.question_id, QuestionTag.tag_id)):
        found.setdefault(question_id, []).append(tag_id)
    return {question_id: tuple(tags) for question_id, tags in found.items()}


def _keys(kind: str, by: int, to: int, tags: Iterable[int], week_: int) -> Iterable[Key]:
    yield kind, by, to, week_
    yield f"{kind}:to", to, 0, week_
    yield f"{kind}:all", 0, 0, week_
    for tag in tags:
        yield f"{kind}:tag", tag, to, week_
        yield f"{kind}:tag", tag, 0, week_


def _add(session: Session, counts: Counter[Key], views: Counter[Key]) -> None:
    rows = [
        {"kind": key[0], "left_id": key[1], "right_id": key[2], "week": key[3], "count": number, "views": views[key]}
        for key, number in sorted(counts.items())
    ]
    if not rows:
        return
    row = insert_into(session, Tally)
    row = row.on_conflict_do_update(
        index_elements=["kind", "left_id", "right_id", "week"],
        set_={"count": Tally.count + row.excluded.count, "views": Tally.views + row.excluded.views},
    )
    session.connection().execute(row, rows)


def _due(session: Session, people: set[int]) -> None:
    if people:
        rows = [{"user_id": user_id} for user_id in sorted(people)]
        session.connection().execute(insert_into(session, FairnessDue).on_conflict_do_nothing(), rows)


def _forget(now: datetime) -> None:
    old = select(Tally.week).where(Tally.week < first_week(now)).limit(1)
    marks = select(NetworkMark.at).where(NetworkMark.at < now - MARK_KEPT).limit(1)
    stale = db.session.execute(old).first() or db.session.execute(marks).first()
    db.session.rollback()
    if stale:
        with transaction() as session:
            session.execute(delete(Tally).where(Tally.week < first_week(now)))
            session.execute(delete(NetworkMark).where(NetworkMark.at < now - MARK_KEPT))


def _mark(address: str) -> str:
    salt = hmac.digest(current_app.config["SECRET_KEY"].encode(), b"sign-ups", hashlib.sha256)
    return hmac.new(salt, address.encode(), hashlib.sha256).hexdigest()


__all__ = ["MARK_KEPT", "WEEKS", "count", "days", "first_week", "starts", "tags_of", "week"]
