"""Acceptance: the asker (or somebody for them, after a wait) says "this solved it"."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, NotFound
from app.outbox import emit
from community import lead, policy, reach
from community.freshness import beliefs, evidence, finds, life
from community.lifecycle import State
from community.models import Acceptance, Answer, FindingAct, Question
from reputation import ledger
from reputation.chains import FAIRNESS
from reputation.ledger import Posting


def accept(answer_id: int, *, instead_of: int | None = None, by: User, now: datetime) -> None:
    """Accept an answer. Pays its author and who accepts (nothing for one's own), and moves its best-before date.

    Accepting what is accepted already changes nothing. Where another answer is accepted, Conflict, unless `instead_of` names it:
    then the acceptance moves, for who may withdraw it. Of several at once exactly one succeeds. An archived answer cannot be
    accepted.
    """
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "accept", reach.subject_of(answer, question), now)
        if question.accepted_answer_id == answer_id:
            return
        if life.catch_up(session, answer, now) == State.ARCHIVED:
            raise Conflict("This answer is archived, so it cannot be accepted.")
        beliefs.hold(session, answer_id)
        if question.accepted_answer_id is not None and question.accepted_answer_id == instead_of:
            policy.require(by, "withdraw_acceptance", reach.subject_of(answer, question), now)
            _hold_people(session, answer, question, by)
            _withdraw(session, question, by, now)
        moved = session.execute(
            update(Question)
            .where(Question.id == question.id, Question.accepted_answer_id.is_(None))
            .values(accepted_answer_id=answer_id, accepted_at=now)
            .returning(Question.id)
        ).first()
        if moved is None:
            raise Conflict("Another answer has just been accepted. Look at the page again before you change it.")
        acceptance = Acceptance(question_id=question.id, answer_id=answer_id, by_id=by.id, at=now)
        session.add(acceptance)
        session.flush()
        _pay(session, acceptance, answer, question, by, now)
        _keep_back(session, acceptance, now)
        if answer.author_id != by.id and not _was_accepted_before(session, acceptance):
            # Nobody vouches for their own answer, and accepting again what was withdrawn says nothing new.
            evidence.accepted(session, answer, question, by.id, f"accepted by {by.name}", now)
        question.activity_at = max(question.activity_at, now)
        lead.refresh(session, question, now)
        emit(session, "answer.accepted", now, answer_id=answer_id, by_id=by.id, acceptance_id=acceptance.id)
        reach.changed(session, question, now)


def _was_accepted_before(session: Session, acceptance: Acceptance) -> bool:
    same = select(Acceptance.id).where(Acceptance.answer_id == acceptance.answer_id, Acceptance.id < acceptance.id)
    return session.execute(same.limit(1)).first() is not None


def withdraw(answer_id: int, *, by: User, now: datetime) -> None:
    """Take the acceptance back; what it paid is reversed. The best-before date stays: it tells when it was last vouched for.

    Raises NotFound when the answer is not accepted.
    """
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "withdraw_acceptance", reach.subject_of(answer, question), now)
        if question.accepted_answer_id != answer_id:
            raise NotFound("This answer is not accepted.")
        _withdraw(session, question, by, now)
        lead.refresh(session, question, now)
        reach.changed(session, question, now)


def _hold_people(session: Session, answer: Answer, question: Question, by: User) -> None:
    """Moving an acceptance reverses and pays: everybody concerned is held in one go, so that two moves never wait crosswise."""
    before, find = session.get_one(Answer, question.accepted_answer_id), finds.open_find(session, answer)
    people = {by.id, question.author_id, answer.author_id, before.author_id}
    ledger.lock_people(session, people | {find.verifier_id} if find else people)


def _withdraw(session: Session, question: Question, by: User, now: datetime) -> None:
    standing = session.scalars(
        select(Acceptance).where(Acceptance.question_id == question.id, Acceptance.withdrawn_at.is_(None))
    ).one()
    standing.withdrawn_at, standing.withdrawn_by_id = now, by.id
    question.accepted_answer_id = question.accepted_at = None
    session.flush()
    ledger.reverse(session, causes(standing.id), by.id, now)


def causes(acceptance_id: int) -> tuple[str, str]:
    """What the ledger knows an acceptance by: the author's entry and the accepter's."""
    return f"acceptance:{acceptance_id}:author", f"acceptance:{acceptance_id}:accepter"


def prices(acceptance: Acceptance, author_id: int, asker_id: int) -> list[Posting]:
    """What an acceptance of somebody else's answer pays: its author, and who asked where they accept it themselves."""
    author, accepter = causes(acceptance.id)
    about = {"actor_id": acceptance.by_id, "question_id": acceptance.question_id, "answer_id": acceptance.answer_id}
    postings = [Posting(author_id, "answer_accepted", author, **about)]
    if acceptance.by_id == asker_id:
        postings.append(Posting(asker_id, "accepting", accepter, **about))
    return postings


def _pay(session: Session, acceptance: Acceptance, answer: Answer, question: Question, by: User, now: datetime) -> None:
    postings = []
    if answer.author_id not in (question.author_id, by.id) and by.email_confirmed_at is not None:
        postings = prices(acceptance, answer.author_id, question.author_id)
    postings += finds.confirmed_by(session, answer, by, now, vouching=True)
    ledger.post(session, postings, now)


def _keep_back(session: Session, acceptance: Acceptance, now: datetime) -> None:
    """Accepting again what was found to be arranged counts no more than before: it joins the finding, and comes back with an
    appeal that is won."""
    earlier = (
        select(FindingAct.finding_id)
        .join(Acceptance, Acceptance.id == FindingAct.acceptance_id)
        .where(Acceptance.answer_id == acceptance.answer_id, Acceptance.by_id == acceptance.by_id)
        .where(FindingAct.reversed_at.is_not(None), FindingAct.restored_at.is_(None))
        .order_by(FindingAct.id.desc())
    )
    finding_id = session.execute(earlier.limit(1)).scalar()
    if finding_id is None:
        return
    acceptance.discounted_at = now
    session.add(FindingAct(finding_id=finding_id, acceptance_id=acceptance.id, reversed_at=now))
    session.flush()
    ledger.reverse(session, causes(acceptance.id), None, now, FAIRNESS)


__all__ = ["accept", "causes", "prices", "withdraw"]
