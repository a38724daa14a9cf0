"""Naming a site's ranks."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete

from app.accounts.models import User
from app.db import transaction
from app.errors import Invalid
from app.pages import touch
from community import policy
from community.moderation import audit
from reputation.badges import ranks
from reputation.badges.models import RankName

PAGES = "ranks"
"""What every page that shows a rank depends on (`app.pages`)."""


def name_ranks(typed: Sequence[tuple[str, str]], *, by: User, now: datetime) -> None:
    """Give the site its own ranks: names and the points they begin at, rising; the first is everybody's. Admins only.

    Raises Invalid with a message for each field that is wrong ("name-2", "points-2").
    """
    with transaction() as session:
        policy.require(by, "name_ranks", None, now)
        named, wrong = ranks.read(typed)
        if wrong:
            raise Invalid(wrong)
        session.execute(delete(RankName))
        session.add_all(RankName(points=rank.points, name=rank.name) for rank in named)
        audit.record(session, by, "ranks.named", now, reason=", ".join(rank.name for rank in named))
        touch(session, PAGES)


def use_defaults(*, by: User, now: datetime) -> None:
    """Give up the site's own ranks for the product's. Admins only."""
    with transaction() as session:
        policy.require(by, "name_ranks", None, now)
        session.execute(delete(RankName))
        audit.record(session, by, "ranks.named", now, reason=", ".join(rank.name for rank in ranks.DEFAULTS))
        touch(session, PAGES)
