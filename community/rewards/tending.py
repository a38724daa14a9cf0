"""The clock's work for rewards: periods begin, findings hold and release, members are told, warned, and told that it lapsed."""

from datetime import datetime

from app.db import db, transaction
from community.notifications import inbox
from reputation.rewards import claims, money, periods, plans
from reputation.rewards.claims import Notice

KINDS = ("reward_ready", "reward_ending", "reward_ending", "reward_lapsed")
"""The inbox's kind of each step of a claim."""


def tend(now: datetime) -> int:
    """See to everything that is due; returns how many notices went out. While rewards are off nothing happens, nothing lapses."""
    is_on = plans.is_on(db.session())
    db.session.rollback()
    if not is_on:
        return 0
    periods.ensure(now)
    claims.look_at_holds(now)
    told = 0
    while some := _tell(now):
        told += some
    return told


def _tell(now: datetime) -> int:
    with transaction() as session:
        notices = claims.due_notices(session, now)
        for notice in notices:
            cause = f"reward:{notice.statement_id}:{notice.step}:{notice.choose_until:%Y-%m-%d}"
            inbox.put(session, [notice.user_id], KINDS[notice.step - 1], cause, now, text=_words(notice))
        return len(notices)


def _words(notice: Notice) -> str:
    amount = money.show(notice.amount, notice.currency)
    if notice.step == len(KINDS):
        return f"{amount}, which nobody took by {notice.choose_until:%-d %B %Y}"
    return f"{amount}, until {notice.choose_until:%-d %B %Y}"
