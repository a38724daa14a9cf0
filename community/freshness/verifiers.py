"""A verifier's own setting: how many answers they mean to check a day; and how far they have come today."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, insert_into, transaction
from app.errors import Invalid
from community import policy
from community.freshness import queue
from community.models import Assignment, Verifier
from community.policy import Subject
from reputation.ledger import day_start

DAILY_TARGET = 10
"""What is meant where a person has not said otherwise."""
LARGEST_TARGET = 200
VERDICTS = ("right", "repaired", "wrong", "unsure")
"""What counts as a check: a decision, or having looked and not being able to tell."""


@dataclass(frozen=True)
class Day:
    """How far a verifier has come today, by the site's day."""

    target: int
    done: int

    @property
    def is_over(self) -> bool:
        """They have done what they meant to; with a target of nothing, as soon as they have done anything."""
        return self.done >= max(self.target, 1)


def require(by: User, now: datetime) -> None:
    """Pass, or raise Forbidden: who checks is staff or an expert in some tag, not suspended, with a confirmed mail address."""
    subject = Subject(expert=queue.is_reviewer(by, now), paused=is_paused(db.session(), by.id))
    policy.require(by, "verify", subject, now)


def is_paused(session: Session, user_id: int) -> bool:
    """Whether too many of this person's checks missed, so that they may not verify for now."""
    return session.execute(select(Verifier.paused_at).where(Verifier.user_id == user_id)).scalar() is not None


def is_warned(session: Session, user_id: int) -> bool:
    """Whether enough of them missed that each counts for half."""
    return session.execute(select(Verifier.warned_at).where(Verifier.user_id == user_id)).scalar() is not None


def set_target(target: int, *, by: User, now: datetime) -> None:
    """How many answers this person means to check a day, 0 to LARGEST_TARGET. Raises Invalid for any other number."""
    with transaction() as session:
        require(by, now)
        if not 0 <= target <= LARGEST_TARGET:
            raise Invalid({"target": f"Choose a number from 0 to {LARGEST_TARGET}."})
        row = insert_into(session, Verifier).values(user_id=by.id, daily_target=target)
        session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_={"daily_target": target}))


def day_of(session: Session, user_id: int, now: datetime) -> Day:
    """How far the person has come today; one statement."""
    start = day_start(now)
    done = (
        select(func.count())
        .select_from(Assignment)
        # What was taken earlier than yesterday has run out; saying so keeps to the index.
        .where(Assignment.verifier_id == user_id, Assignment.taken_at >= start - timedelta(days=1))
        .where(Assignment.done_at >= start, Assignment.outcome.in_(VERDICTS))
        .scalar_subquery()
    )
    target = select(Verifier.daily_target).where(Verifier.user_id == user_id).scalar_subquery()
    row = session.execute(select(func.coalesce(target, DAILY_TARGET), done)).one()
    return Day(row[0], row[1])
