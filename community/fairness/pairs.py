"""Who voted for whom: the page that moderators ask for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from app.accounts.models import User
from app.db import db
from app.errors import NotFound
from community.models import Vote
from community.queries.shared import Person, person

MOST_PAIRS = 100


@dataclass(frozen=True, slots=True)
class Pair:
    """What one person gave another, in all."""

    person: Person
    up: int
    down: int
    taken_back: int
    """Of them, those that count no more."""
    last: datetime


@dataclass(frozen=True, slots=True)
class VotesPage:
    """Who voted for whom. Pairs None: nobody has asked yet."""

    person: Person
    given: tuple[Pair, ...] | None
    received: tuple[Pair, ...] | None


def votes_page(user_id: int, *, looked: bool) -> VotesPage:
    """Who it is; where the look was written down (`looked`), the pairs too, the largest first. Raises NotFound."""
    user = db.session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such person.")
    who = person(user.id, user.name, user.avatar_url, user.role)
    if not looked:
        return VotesPage(who, None, None)
    return VotesPage(who, _pairs(Vote.voter_id, Vote.author_id, user_id), _pairs(Vote.author_id, Vote.voter_id, user_id))


def _pairs(one: Any, other: Any, user_id: int) -> tuple[Pair, ...]:  # noqa: ANN401 - two of a vote's columns
    count = func.count()
    rows = db.session.execute(
        select(
            User.id,
            User.name,
            User.avatar_url,
            User.role,
            func.sum(case((Vote.value > 0, 1), else_=0)).label("up"),
            func.sum(case((Vote.value < 0, 1), else_=0)).label("down"),
            func.sum(case((Vote.discounted_at.is_not(None), 1), else_=0)).label("taken"),
            func.max(Vote.at).label("last"),
        )
        .join(User, User.id == other)
        .where(one == user_id, Vote.withdrawn_at.is_(None))
        .group_by(User.id, User.name, User.avatar_url, User.role)
        .order_by(count.desc(), User.id)
        .limit(MOST_PAIRS)
    )
    return tuple(Pair(person(*row[:4]), int(row.up), int(row.down), int(row.taken), row.last) for row in rows)
