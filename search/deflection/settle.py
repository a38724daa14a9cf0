"""Settling visits: when their time is over it is seen whether the person asked, and the day's counts grow. For the schedule."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import and_, delete, exists, select, update
from sqlalchemy.orm import Session

from app.db import db, insert_into, transaction
from community.models import Question
from search.deflection.models import AskDay, AskVisit
from search.deflection.visits import WITHIN

KEPT = timedelta(days=30)
"""So long the row of a visit is kept; afterwards only the counts of its day are."""
BATCH = 200
"""So many are settled in one transaction."""
COUNTS = ("shown", "shown_unasked", "opened", "opened_unasked", "solved", "solved_unasked", "checked")


def settle(now: datetime) -> int:
    """Settle the visits whose time is over, each once, and forget old ones; returns how many were settled."""
    done = 0
    while waiting := _over(now):
        with transaction() as session:
            done += _settle(session, waiting)
    with transaction() as session:
        session.execute(delete(AskVisit).where(AskVisit.asked.is_not(None), AskVisit.shown_at <= now - KEPT))
    return done


def _over(now: datetime) -> list[str]:
    over = (AskVisit.asked.is_(None), AskVisit.shown_at <= now - WITHIN)
    found = list(db.session.scalars(select(AskVisit.id).where(*over).order_by(AskVisit.shown_at, AskVisit.id).limit(BATCH)))
    db.session.rollback()
    return found


def _settle(session: Session, visits: list[str]) -> int:
    """Only those that nobody else has settled meanwhile count."""
    rows = session.execute(select(AskVisit.id, AskVisit.user_id, AskVisit.shown_at).where(AskVisit.id.in_(visits))).all()
    asked = {row.id: _asked(session, row.user_id, row.shown_at) for row in rows}
    days: dict[date, Counter[str]] = defaultdict(Counter)
    done = 0
    for visit in sorted(asked):
        mine = update(AskVisit).where(AskVisit.id == visit, AskVisit.asked.is_(None)).values(asked=asked[visit])
        columns = (AskVisit.shown_at, AskVisit.opened_at, AskVisit.solved_at, AskVisit.checked_at)
        row = session.execute(mine.returning(*columns).execution_options(synchronize_session=False)).first()
        if row is None:
            continue
        done += 1
        counts = days[row.shown_at.astimezone(UTC).date()]
        for name, happened in (("shown", True), ("opened", row.opened_at), ("solved", row.solved_at)):
            counts[name] += bool(happened)
            counts[f"{name}_unasked"] += bool(happened and not asked[visit])
        counts["checked"] += bool(row.checked_at)
    _count(session, days)
    return done


def _asked(session: Session, user_id: int, shown_at: datetime) -> bool:
    """Whether the person asked anything in the time of the visit, removed since or not. An import asks nothing."""
    within = and_(Question.created_at > shown_at, Question.created_at <= shown_at + WITHIN)
    return bool(session.scalar(select(exists().where(Question.author_id == user_id, Question.origin_url.is_(None), within))))


def _count(session: Session, days: Mapping[date, Mapping[str, int]]) -> None:
    for day in sorted(days):
        counted = {name: days[day][name] for name in COUNTS}
        put = insert_into(session, AskDay).values(day=day, **counted)
        grown = {name: getattr(AskDay, name) + count for name, count in counted.items()}
        session.execute(put.on_conflict_do_update(index_elements=[AskDay.day], set_=grown))
