"""Keeping the boards: what an entry moves, and making all of it anew from the ledger."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import insert_into
from reputation import neighbours
from reputation.boards import periods
from reputation.boards.models import Standing
from reputation.models import Entry

TOGETHER = 500
"""People whose standings are compared at a time."""

Key = tuple[int, str, int]
"""Person, period, tag."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Points that a person gained or lost: on which day, under which tags (as the ledger writes them)."""

    user_id: int
    day: date
    tag_ids: str
    delta: int


def tags_in(tag_ids: str) -> tuple[int, ...]:
    """The tags of an entry, from how the ledger writes them."""
    return tuple(int(tag_id) for tag_id in tag_ids.split(",") if tag_id)


def written(tag_ids: Iterable[int]) -> str:
    """How the ledger writes tags: each once, in order."""
    return ",".join(map(str, sorted(set(tag_ids))))


def add(session: Session, movements: Iterable[Movement]) -> None:
    """Count the movements in every period and under every tag they belong to. Their people are held."""
    moving = [movement for movement in movements if movement.delta]
    named = {tag_id for movement in moving for tag_id in tags_in(movement.tag_ids)}
    merged = neighbours.ask().leads_to(session, named) if named else {}
    sums: Counter[Key] = Counter()
    for movement in moving:
        _count(sums, movement.user_id, movement.day, movement.tag_ids, movement.delta, merged)
    add_points(session, sums)


def add_points(session: Session, sums: Counter[Key]) -> None:
    """Move single standings by so many points. Their people are held."""
    rows = [
        {"user_id": user_id, "period": period, "tag_id": tag_id, "points": points}
        for (user_id, period, tag_id), points in sorted(sums.items())
        if points
    ]
    if rows:
        fresh = insert_into(session, Standing)
        moved = fresh.on_conflict_do_update(
            index_elements=[Standing.user_id, Standing.period, Standing.tag_id],
            set_={"points": Standing.points + fresh.excluded.points},
        )
        session.connection().execute(moved, rows)


def points_in(session: Session, user_id: int, tag_id: int = 0, period: str = periods.ALL) -> int:
    """What a person has gained in a period under a tag; 0 for all tags. One row is read."""
    key = (Standing.user_id == user_id, Standing.period == period, Standing.tag_id == tag_id)
    return session.execute(select(Standing.points).where(*key)).scalar() or 0


def wrong(session: Session, user_id: int | None = None) -> list[tuple[Key, int, int]]:
    """(which, what stands there, what the ledger says) for every standing that is off, of one person or of all. For all it reads
    the whole ledger once, some people at a time."""
    merged = neighbours.ask().leads_to(session, None)
    if user_id is not None:
        return _wrong(session, user_id, user_id, merged)
    off, last = [], session.execute(select(func.max(User.id))).scalar() or 0
    for first in range(1, last + 1, TOGETHER):
        off += _wrong(session, first, first + TOGETHER - 1, merged)
    return off


def _wrong(session: Session, first: int, last: int, merged: Mapping[int, int]) -> list[tuple[Key, int, int]]:
    said = _from_ledger(session, first, last, merged)
    off = []
    board = Standing.__table__.c
    kept = select(board.user_id, board.period, board.tag_id, board.points)
    for row in session.execute(kept.where(board.user_id.between(first, last), board.period != periods.CURRENT)):
        key = row[0], row[1], row[2]
        right = said.pop(key, 0)
        if right != row[3]:
            off.append((key, row[3], right))
    off += [(key, 0, points) for key, points in said.items() if points]
    return sorted(off)


def remake(session: Session, user_id: int) -> int:
    """Set what is off of one person's standings to what their entries say; returns how many were. The person is held."""
    off = wrong(session, user_id)
    add_points(session, Counter({key: right - stands for key, stands, right in off}))
    return len(off)


def _from_ledger(session: Session, first: int, last: int, merged: Mapping[int, int]) -> Counter[Key]:
    """What the entries of the people with these numbers come to."""
    sums: Counter[Key] = Counter()
    entry = Entry.__table__.c
    days = (entry.user_id, entry.day, entry.tag_ids)
    by_day = select(*days, func.sum(entry.delta)).where(entry.user_id.between(first, last)).group_by(*days)
    for user_id, day, tag_ids, delta in session.execute(by_day):
        _count(sums, user_id, day, tag_ids, int(delta), merged)
    return sums


def _count(sums: Counter[Key], user_id: int, day: date, tag_ids: str, delta: int, merged: Mapping[int, int]) -> None:
    if delta:
        tags = (0, *{merged.get(tag_id, tag_id) for tag_id in tags_in(tag_ids)}) if tag_ids else (0,)
        for period in _periods(day):
            for tag_id in tags:
                sums[user_id, period, tag_id] += delta


_periods = lru_cache(maxsize=4096)(periods.of)


__all__ = ["Movement", "add", "add_points", "points_in", "remake", "tags_in", "written", "wrong"]
