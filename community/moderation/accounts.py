"""Closing an account, and merging one into another that the same person has.

The lock order is that of every verb: questions, then people, each in the order of their ids.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, exists, or_, select, update
from sqlalchemy.orm import Session, aliased

from app.accounts import closing
from app.accounts.models import Role, User
from app.db import transaction
from app.errors import Conflict, Invalid, NotFound
from community import acceptance, lead, policy, reach, texts, votes
from community.models import Acceptance, Answer, Comment, Expertise, ExpertiseSuggestion, FindingPerson, Question, Vote
from community.moderation import audit
from reputation import ledger
from reputation.badges import book
from reputation.rewards import claims


def close(user_id: int, *, reason: str, take_back_votes: bool = False, by: User, now: datetime) -> None:
    """Close an account for good. What it wrote stays, under no name; what it earned stays in the ledger, and on no board.

    Its votes stay, since they were honest opinions; with `take_back_votes` they are withdrawn, however old they are, and what
    they paid is reversed once. Closing a closed account changes nothing. Raises NotFound; Conflict for an admin, whose role goes
    first; Invalid without a reason.
    """
    with transaction() as session:
        policy.require(by, "close_account", None, now)
        words = texts.note(reason, "reason", "The reason", required=True)
        cast = select(Vote).where(Vote.voter_id == user_id, Vote.withdrawn_at.is_(None))
        standing = session.scalars(cast).all() if take_back_votes else []
        questions = _hold(session, _questions_of(session, standing))
        # What was withdrawn until the questions were held is gone by itself.
        standing = session.scalars(cast, execution_options={"populate_existing": True}).all() if take_back_votes else []
        standing = [vote for vote in standing if set(_questions_of(session, [vote])) <= questions.keys()]
        ledger.lock_people(session, {user_id, *(vote.author_id for vote in standing)})
        user = _account(session, user_id)
        if user.closed_at is not None:
            return
        _refuse_admin(user)
        taken = _take_back(session, standing, questions, by, now)
        _end(session, user, now)
        audit.record(session, by, "person.closed", now, reason=words, user_id=user_id, votes=taken)
        _shown(session, questions, now)


def merge(user_id: int, into_id: int, *, reason: str, by: User, now: datetime) -> None:
    """Merge an account into another one: its posts, votes and points are the other's, and it is closed.

    Votes between the two, and acceptances of the one's answer by the other, were votes and acceptances of one's own: the votes
    are withdrawn, and what either paid is reversed once. Where both have voted on one post, the merged account's vote goes.
    Points move entry by entry, each to the day it belongs to and under that day's cap; rewards that wait to be taken and badges
    go along. Merging again into the same account changes nothing. Raises NotFound; Invalid for an account into itself; Conflict
    for an admin, for a closed account, or for one that was merged into another.
    """
    with transaction() as session:
        policy.require(by, "merge_accounts", None, now)
        words = texts.note(reason, "reason", "The reason", required=True)
        if user_id == into_id:
            raise Invalid({"into": "Choose another account: these are the same."})
        questions = _hold(session, _concerned(session, user_id, into_id))
        own = _own_votes(session, user_id, into_id)
        ledger.lock_people(session, {user_id, into_id, *(vote.author_id for vote in own)})
        user, into = _account(session, user_id), _account(session, into_id)
        if user.merged_into_id == into_id:
            return
        if user.closed_at is not None or into.closed_at is not None:
            raise Conflict("A closed account cannot be merged.")
        _refuse_admin(user)
        _take_back(session, own, questions, by, now)
        causes = [cause for one in _own_acceptances(session, user_id, into_id) for cause in acceptance.causes(one)]
        ledger.reverse(session, causes, by.id, now)
        _hand_over(session, user_id, into_id)
        ledger.move(session, user_id, into_id, by.id, now)
        claims.hand_over(session, user_id, into_id)
        book.move(session, user_id, into_id, by.id, now)
        _end(session, user, now, into_id)
        audit.record(session, by, "person.merged", now, reason=words, user_id=user_id, into_id=into_id)
        _shown(session, questions, now)


def _account(session: Session, user_id: int) -> User:
    found = session.get(User, user_id, populate_existing=True)
    if found is None:
        raise NotFound("There is no such person.")
    return found


def _refuse_admin(user: User) -> None:
    if user.role == Role.ADMIN:
        raise Conflict("This is an admin. Give the account another role first.")


def _questions_of(session: Session, cast: Sequence[Vote]) -> list[int]:
    """The questions that these votes are under."""
    answer_ids = {vote.answer_id for vote in cast if vote.answer_id is not None}
    under = session.scalars(select(Answer.question_id).where(Answer.id.in_(answer_ids))).all() if answer_ids else []
    return sorted({*under, *(vote.question_id for vote in cast if vote.question_id is not None)})


def _concerned(session: Session, user_id: int, into_id: int) -> list[int]:
    """Every question that the merged account wrote under, voted under or has an acceptance in."""
    asked = select(Question.id).where(Question.author_id == user_id)
    answered = select(Answer.question_id).where(Answer.author_id == user_id)
    taken = select(Acceptance.question_id).where(Acceptance.by_id.in_((user_id, into_id)))
    ids = {*session.scalars(asked), *session.scalars(answered), *session.scalars(taken)}
    return sorted({*ids, *_questions_of(session, session.scalars(select(Vote).where(Vote.voter_id == user_id)).all())})


def _hold(session: Session, question_ids: Sequence[int]) -> dict[int, Question]:
    held = select(Question).where(Question.id.in_(question_ids)).order_by(Question.id).with_for_update(key_share=True)
    return {found.id: found for found in session.scalars(held.execution_options(populate_existing=True))}


def _own_votes(session: Session, user_id: int, into_id: int) -> list[Vote]:
    """Standing votes between the two, and those of the merged account on posts that the other one has voted on."""
    both, other = (user_id, into_id), aliased(Vote)
    twice = (
        select(other.id)
        .where(other.voter_id == into_id, other.withdrawn_at.is_(None))
        .where(or_(other.answer_id == Vote.answer_id, other.question_id == Vote.question_id))
        .exists()
    )
    of_them = select(Vote).where(Vote.voter_id.in_(both), Vote.withdrawn_at.is_(None))
    wanted = of_them.where(or_(Vote.author_id.in_(both), (Vote.voter_id == user_id) & twice))
    return list(session.scalars(wanted.order_by(Vote.id).execution_options(populate_existing=True)))


def _own_acceptances(session: Session, user_id: int, into_id: int) -> Sequence[int]:
    both = (user_id, into_id)
    found = select(Acceptance.id).join(Answer, Answer.id == Acceptance.answer_id)
    found = found.join(Question, Question.id == Acceptance.question_id)
    return session.scalars(
        found.where(Answer.author_id.in_(both), or_(Acceptance.by_id.in_(both), Question.author_id.in_(both)))
    ).all()


def _take_back(session: Session, cast: Sequence[Vote], questions: dict[int, Question], by: User, now: datetime) -> int:
    """Withdraw these votes; their questions and people are held."""
    answers = {one.id: one for one in session.scalars(select(Answer).where(Answer.id.in_({vote.answer_id for vote in cast})))}
    causes: list[str] = []
    for vote in cast:
        post = answers[vote.answer_id] if vote.answer_id is not None else questions[vote.question_id or 0]
        vote.withdrawn_at = now
        if vote.discounted_at is None:
            post.score -= vote.value
        causes += votes.causes(vote.id)
    session.flush()
    ledger.reverse(session, causes, by.id, now)
    return len(cast)


def _hand_over(session: Session, user_id: int, into_id: int) -> None:
    """Posts, votes, acceptances and findings change hands. Verdicts, revisions and what was said as a reader stay with the number
    that gave them: they are history."""
    for column in (
        Question.author_id,
        Answer.author_id,
        Comment.author_id,
        Vote.author_id,
        Vote.voter_id,
        Acceptance.by_id,
    ):
        table = column.class_
        session.execute(
            update(table).where(column == user_id).values({column: into_id}).execution_options(synchronize_session=False)
        )
    earlier = update(User).where(User.merged_into_id == user_id).values(merged_into_id=into_id)
    session.execute(earlier.execution_options(synchronize_session=False))
    # Who has the points hears of what was taken back of them, and may appeal.
    same = aliased(FindingPerson)
    is_there = exists().where(
        same.finding_id == FindingPerson.finding_id, same.part == FindingPerson.part, same.user_id == into_id
    )
    session.execute(
        update(FindingPerson)
        .where(FindingPerson.user_id == user_id, ~is_there)
        .values(user_id=into_id)
        .execution_options(synchronize_session=False)
    )


def _end(session: Session, user: User, now: datetime, into_id: int | None = None) -> None:
    session.execute(delete(Expertise).where(Expertise.user_id == user.id))
    suggested = update(ExpertiseSuggestion).where(ExpertiseSuggestion.user_id == user.id, ExpertiseSuggestion.outcome.is_(None))
    session.execute(suggested.values(outcome="withdrawn", decided_at=now).execution_options(synchronize_session=False))
    closing.close(session, user, now, into_id)


def _shown(session: Session, questions: dict[int, Question], now: datetime) -> None:
    session.flush()
    lead.refresh_all(session, list(questions.values()), now)
    reach.changed_all(session, questions.values(), now)
