"""What happens during a visit of the form one asks with: something is shown, opened, solves it, or is put up to be checked."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import db, insert_into, transaction
from app.errors import NotFound
from community import interest, reach
from community.freshness import signals
from community.models import Answer
from search.deflection.models import AskVisit

WITHIN = timedelta(hours=24)
"""Who asks nothing for so long after something was shown is counted as not having asked."""


def shown(visit: str, *, by: User, now: datetime) -> None:
    """Similar questions are shown; the first time makes the visit. Every further letter costs one look."""
    there = db.session.scalar(select(AskVisit.id).where(AskVisit.id == visit))
    if there is None:
        with transaction() as session:
            session.execute(insert_into(session, AskVisit).values(id=visit, user_id=by.id, shown_at=now).on_conflict_do_nothing())


def opened(visit: str, question_id: int, *, by: User, now: datetime) -> bool:
    """One of them is opened. The first one counts; returns whether the visit stands and so could be said to be solved."""
    with transaction() as session:
        found = _held(session, visit, by, now)
        if found is None:
            return False
        if found.opened_at is None:
            found.opened_at, found.opened_id = now, question_id
        return found.solved_at is None


def solved(visit: str, *, by: User, now: datetime) -> int:
    """The person says that what they opened solved it; returns the question. Saying it twice changes nothing.

    Raises NotFound for a visit that is nobody's, not theirs, over, or opened nothing.
    """
    with transaction() as session:
        found = _held(session, visit, by, now)
        if found is None or found.opened_id is None:
            raise NotFound("This visit is over, so it is not counted any more. Thank you all the same.")
        found.solved_at = found.solved_at or now
        return found.opened_id


def ask_for_check(answer_id: int, visit: str | None, *, by: User, now: datetime) -> bool:
    """Ask those who check answers to look at this one, and follow its question. Both or nothing; returns whether it is new.

    Refuses what `signals.say` and `interest.follow` refuse: one's own answer, an archived or removed one.
    """
    with transaction() as session:
        said = signals.say(answer_id, "check", by=by, now=now)
        question_id = session.execute(select(Answer.question_id).where(Answer.id == answer_id)).scalar_one()
        held = reach.question(session, question_id)
        if interest.start_following(session, held, by.id, now):
            reach.changed(session, held, now, lists=False)
            said = True
        found = _held(session, visit, by, now) if visit else None
        if found is not None:
            found.checked_at = found.checked_at or now
        return said


def _held(session: Session, visit: str, by: User, now: datetime) -> AskVisit | None:
    """The visit, held; None where it is not this person's, or over."""
    mine = (AskVisit.id == visit, AskVisit.user_id == by.id, AskVisit.asked.is_(None), AskVisit.shown_at > now - WITHIN)
    return session.scalars(select(AskVisit).where(*mine).with_for_update()).one_or_none()
