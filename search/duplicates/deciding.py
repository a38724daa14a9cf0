"""What moderators say of a pair that may be the same. Each pair is decided once, whoever else looks at it in that moment."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import insert_into, transaction
from app.errors import Conflict, Invalid, NotFound
from community import policy, reach
from community.models import Question
from community.moderation import audit, closing
from search.duplicates.models import DuplicatePair, DuplicateSkip

Which = Literal["older", "newer"]
WHICH: tuple[str, ...] = get_args(Which)


def close(pair_id: int, which: str, *, by: User, now: datetime) -> tuple[int, int]:
    """Close one of the two, "newer" or "older", as a duplicate of the other; returns the closed one and the one that stays.

    Refuses who may not close questions, another word (Invalid), and with Conflict a pair that somebody has decided or of which
    one was closed or removed meanwhile.
    """
    with transaction() as session:
        reach.alone(session, "duplicates")  # as `closing.close` does, which has to come before any row is held
        pair = _pair(session, pair_id)
        policy.require(by, "see_duplicates", None, now)
        if which not in WHICH:
            raise Invalid({"which": "Choose which of the two is closed."})
        closed, stays = (pair.newer_id, pair.older_id) if which == "newer" else (pair.older_id, pair.newer_id)
        for number in sorted((closed, stays)):
            _refuse_closed(reach.question(session, number))
        _decide(session, pair_id, f"{which} closed", by, now)
        closing.close(closed, reason="duplicate", duplicate_of=stays, by=by, now=now)
        return closed, stays


def set_apart(pair_id: int, *, by: User, now: datetime) -> None:
    """Say that they are not the same: never proposed again. Raises Conflict when somebody has decided the pair."""
    with transaction() as session:
        pair = _pair(session, pair_id)
        policy.require(by, "see_duplicates", None, now)
        _decide(session, pair_id, "not the same", by, now)
        audit.record(session, by, "duplicates.set_apart", now, question_id=pair.newer_id, other_id=pair.older_id)


def leave(pair_id: int, *, by: User, now: datetime) -> None:
    """Leave the pair to others: it is not shown to this person for a while. Skipping again begins anew."""
    with transaction() as session:
        _pair(session, pair_id)
        policy.require(by, "see_duplicates", None, now)
        put = insert_into(session, DuplicateSkip).values(pair_id=pair_id, user_id=by.id, at=now)
        session.execute(put.on_conflict_do_update(index_elements=["pair_id", "user_id"], set_={"at": now}))


def _pair(session: Session, pair_id: int) -> DuplicatePair:
    """The pair as it is, not held: what is decided of it is a conditional change."""
    found = session.scalars(
        select(DuplicatePair).where(DuplicatePair.id == pair_id).execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such pair any more: one of the questions was removed or rewritten.")
    return found


def _refuse_closed(question: Question) -> None:
    if question.closed_at is not None:
        raise Conflict("One of the two was closed meanwhile, so nothing was changed.")


def _decide(session: Session, pair_id: int, state: str, by: User, now: datetime) -> None:
    change = update(DuplicatePair).where(DuplicatePair.id == pair_id, DuplicatePair.state == "open")
    decided = change.values(state=state, decided_at=now, decided_by_id=by.id).returning(DuplicatePair.id)
    if session.execute(decided.execution_options(synchronize_session=False)).first() is None:
        raise Conflict("Somebody else has decided this pair already, so nothing was changed.")
