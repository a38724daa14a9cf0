"""Who checks which answer: leases, so that two people never check the same one.

A lease is a row that is not done; the database lets there be one per answer and one per verifier. It runs out by itself, and is
void at once when its holder is suspended. Who comes back to an answer whose lease ran out may still decide, if nobody has.
"""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import insert_into, transaction
from app.errors import Conflict, NotFound
from community import policy, reach
from community.freshness import audit, queue, verifiers
from community.freshness.audit import Chance, Item
from community.models import Answer, Assignment, Verification

LEASE = timedelta(minutes=15)
"""How long an answer is somebody's; renewed while they work."""
BACK_WITHIN = timedelta(days=1)
"""For so long a verdict still belongs to the item it was given for, after the lease ran out."""
ALONE = "assignments"
"""Taking happens one after the other, site-wide: it takes milliseconds, and nobody ever waits crosswise."""


def take(*, by: User, now: datetime, chance: Chance | None = None) -> int | None:
    """Give this person their next answer, and return the assignment's id; None: nothing waits for them.

    Who holds one keeps it. `chance` decides which items are drawn blind; without one, the product's own.
    """
    with transaction() as session:
        verifiers.require(by, now)
        reach.alone(session, ALONE)
        _lapse(session, now)
        mine = _held(session, by.id, now)
        if mine is not None:
            if mine.purpose == "known" or queue.may_check(session, by, now, mine.answer_id):
                mine.until_at = now + LEASE
                return mine.id
            _close(mine, "left", now)
        item = audit.draw(session, by, now, chance or audit.CHANCE) or _most_useful(session, by, now)
        return _give(session, item, by, now) if item is not None else None


def choose(answer_id: int, *, by: User, now: datetime) -> int:
    """Give this person the very answer they chose; what else they hold goes back. Returns the assignment's id.

    Raises Conflict when somebody else holds it, or when there is nothing to check.
    """
    with transaction() as session:
        reach.alone(session, ALONE)
        answer, question = reach.answer(session, answer_id)
        # Not before the question is held: a verdict on it may be waiting for a lease that was closed here.
        _lapse(session, now)
        expert = reach.is_expert(session, by, question.id, now)
        paused = verifiers.is_paused(session, by.id)
        policy.require(by, "verify", reach.subject_of(answer, question, expert=expert, paused=paused), now)
        mine = _held(session, by.id, now)
        if mine is not None and mine.answer_id == answer_id:
            mine.until_at = now + LEASE
            return mine.id
        holder = holder_of(session, answer_id, by, now)
        if holder is not None:
            raise Conflict(f"{holder} is checking this answer just now.")
        if not queue.may_check(session, by, now, answer_id):
            raise Conflict("There is nothing for you to check here: you have judged it already, or it is closed or archived.")
        if mine is not None:
            _close(mine, "left", now)
        return _give(session, Item(answer_id, "chosen"), by, now)


def renew(assignment_id: int, *, by: User, now: datetime) -> datetime:
    """The holder is still at it: LEASE from now on, which is returned. Raises NotFound when it is not theirs any more."""
    with transaction() as session:
        verifiers.require(by, now)
        _change(session, assignment_id, by, until_at=now + LEASE)
        return now + LEASE


def give_back(assignment_id: int, *, skip: bool = False, by: User, now: datetime) -> None:
    """Let go of it; `skip`: and do not be offered it again today. Raises NotFound when it is not theirs any more."""
    with transaction() as session:
        _change(session, assignment_id, by, done_at=now, outcome="skipped" if skip else "left")


def _change(session: Session, assignment_id: int, by: User, **values: object) -> None:
    changed = session.execute(
        update(Assignment)
        .where(Assignment.id == assignment_id, Assignment.verifier_id == by.id, Assignment.done_at.is_(None))
        .values(**values)
        .returning(Assignment.id)
    ).first()
    if changed is None:
        raise NotFound("You do not hold this answer any more.")


def held(session: Session, user_id: int, now: datetime) -> Assignment | None:
    """What the person holds."""
    return session.scalars(
        select(Assignment)
        .where(Assignment.verifier_id == user_id, Assignment.done_at.is_(None), Assignment.until_at > now)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _held(session: Session, user_id: int, now: datetime) -> Assignment | None:
    """The same inside a verb: the row is held, so that closing it cannot undo what its holder decides in another window."""
    mine = held(session, user_id, now)
    if mine is None:
        return None
    still = select(Assignment).where(Assignment.id == mine.id, Assignment.done_at.is_(None)).with_for_update()
    return session.scalars(still.execution_options(populate_existing=True)).one_or_none()


def holder_of(session: Session, answer_id: int, by: User, now: datetime) -> str | None:
    """The name of somebody else who holds this answer, and may."""
    return session.execute(
        select(User.name)
        .join(Assignment, Assignment.verifier_id == User.id)
        .where(Assignment.answer_id == answer_id, Assignment.done_at.is_(None), Assignment.purpose != "known")
        .where(Assignment.until_at > now, User.id != by.id)
        .where(or_(User.suspended_until.is_(None), User.suspended_until <= now))
    ).scalar()


def given(session: Session, answer_id: int, by: User, now: datetime) -> Assignment | None:
    """Inside a verb: the item that a verdict of this person on this answer belongs to, held or lately let go of."""
    last = (
        select(Assignment)
        .where(Assignment.verifier_id == by.id, Assignment.taken_at > now - BACK_WITHIN, Assignment.answer_id == answer_id)
        # Where a known item was let go of, a later verdict is about the answer itself.
        .where(or_(Assignment.done_at.is_(None), and_(Assignment.outcome == "left", Assignment.purpose != "known")))
        .order_by(Assignment.id.desc())
        .limit(1)
    )
    return session.scalars(last.execution_options(populate_existing=True)).first()


def finish(
    session: Session,
    found: Assignment | None,
    answer: Answer,
    outcome: str,
    verification: Verification | None,
    by: User,
    now: datetime,
) -> int:
    """Inside a verb that decides: the item is done. Where none was given, the person chose it. Returns the assignment's id."""
    if found is None:
        found = Assignment(answer_id=answer.id, verifier_id=by.id, purpose="chosen", taken_at=now, until_at=now)
        session.add(found)
    found.done_at, found.outcome = now, outcome
    found.verification_id = verification.id if verification is not None else None
    audit.judge(found, outcome)
    session.flush()
    return found.id


def decided(session: Session, answer_id: int, by: User, now: datetime) -> None:
    """Inside a verb: the answer is decided, so nobody else needs to look at it."""
    others = (
        update(Assignment)
        .where(Assignment.answer_id == answer_id, Assignment.done_at.is_(None), Assignment.verifier_id != by.id)
        .where(Assignment.purpose != "known")
        .values(done_at=now, outcome="left")
    )
    session.execute(others)


def reopen(session: Session, found: Assignment, now: datetime) -> None:
    """Inside a verb that undoes: the person holds the item again, unless somebody else does by now. Being alone is the verb's."""
    _lapse(session, now)
    mine = _held(session, found.verifier_id, now)
    if mine is not None:
        _close(mine, "left", now)
        session.flush()
    other = select(Assignment.id).where(Assignment.answer_id == found.answer_id, Assignment.done_at.is_(None))
    found.verification_id = None
    if found.purpose != "known":
        found.missed = None
    elif found.missed is None:
        # "Cannot tell", taken back: that nothing came of it told what it is, so what follows judges nobody.
        found.truth = None
    if found.purpose != "known" and session.execute(other.where(Assignment.purpose != "known")).first():
        found.outcome = "left"
    else:
        found.done_at, found.outcome, found.until_at = None, None, now + LEASE
    session.flush()


def _most_useful(session: Session, by: User, now: datetime) -> Item | None:
    ids = queue.next_ids(session, by, now, 1)
    return Item(ids[0], "value") if ids else None


def _give(session: Session, item: Item, by: User, now: datetime) -> int:
    session.flush()
    row = insert_into(session, Assignment).values(
        answer_id=item.answer_id,
        verifier_id=by.id,
        purpose=item.purpose,
        taken_at=now,
        until_at=now + LEASE,
        basis_id=item.basis_id,
        revision_id=item.revision_id,
        truth=item.truth,
        judged_id=item.judged_id,
    )
    made = session.execute(row.on_conflict_do_nothing().returning(Assignment.id)).scalar()
    if made is None:
        raise Conflict("Somebody else was quicker. Ask for the next answer once more.")
    return int(made)


def _lapse(session: Session, now: datetime) -> None:
    """Close the leases that have run out, and those of people who are suspended. A row that its holder is deciding on just now is
    passed over: the decision closes it."""
    over = (
        select(Assignment.id)
        .join(User, User.id == Assignment.verifier_id)
        .where(Assignment.done_at.is_(None), or_(Assignment.until_at <= now, User.suspended_until > now))
        .with_for_update(skip_locked=True, of=Assignment)
    )
    ids = list(session.scalars(over))
    if ids:
        session.execute(update(Assignment).where(Assignment.id.in_(ids)).values(done_at=now, outcome="left"))


def _close(row: Assignment, outcome: str, now: datetime) -> None:
    row.done_at, row.outcome = now, outcome
