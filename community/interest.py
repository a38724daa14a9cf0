"""What people say of a question without writing: "I have this too", following it, how easy it was."""

from datetime import datetime

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import insert_into, transaction
from app.errors import Conflict, Invalid
from app.pages import question_key, touch
from community import policy, reach, texts
from community.models import Effort, Follow, MeToo, Question

EASIEST = 5


def start_following(session: Session, question: Question, user_id: int, now: datetime) -> bool:
    """Inside a verb that holds the question: the person follows it from now on. False when they did already."""
    already = select(exists().where(Follow.question_id == question.id, Follow.user_id == user_id))
    if session.execute(already).scalar():
        return False
    session.add(Follow(question_id=question.id, user_id=user_id, at=now))
    question.follower_count += 1
    return True


def follow(question_id: int, *, by: User, now: datetime) -> None:
    """Hear what happens to a question. Following twice changes nothing."""
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "follow", reach.subject_of(question, question), now)
        if start_following(session, question, by.id, now):
            touch(session, question_key(question_id))


def unfollow(question_id: int, *, by: User, now: datetime) -> None:
    """Hear of it no more."""
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "follow", reach.subject_of(question, question), now)
        gone = session.execute(
            delete(Follow).where(Follow.question_id == question_id, Follow.user_id == by.id).returning(Follow.user_id)
        )
        if gone.first() is not None:
            question.follower_count -= 1
            touch(session, question_key(question_id))


def me_too(question_id: int, *, release: str = "", by: User, now: datetime) -> int:
    """Say "I have this problem too", once per person; returns how many have it. The person follows the question."""
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "me_too", reach.subject_of(question, question), now)
        clean = texts.line(release, "release", "The release", texts.LONGEST_PRODUCT)
        if session.get(MeToo, (question_id, by.id)) is None:
            session.add(MeToo(question_id=question_id, user_id=by.id, release=clean, at=now))
            question.me_too_count += 1
            start_following(session, question, by.id, now)
            reach.changed(session, question, now)
        return question.me_too_count


def withdraw_me_too(question_id: int, *, by: User, now: datetime) -> int:
    """Take it back; returns how many still have it."""
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "me_too", reach.subject_of(question, question), now)
        gone = session.execute(
            delete(MeToo).where(MeToo.question_id == question_id, MeToo.user_id == by.id).returning(MeToo.user_id)
        )
        if gone.first() is not None:
            question.me_too_count -= 1
            reach.changed(session, question, now)
        return question.me_too_count


def rate_effort(question_id: int, score: int, *, by: User, now: datetime) -> None:
    """The asker's answer to "how easy was it?", 1 (hard) to 5 (easy), after the question is solved; can be changed."""
    with transaction() as session:
        question = reach.question(session, question_id)
        policy.require(by, "rate_effort", reach.subject_of(question, question), now)
        if not 1 <= score <= EASIEST:
            raise Invalid({"score": f"Choose from 1 (hard) to {EASIEST} (easy)."})
        if question.accepted_answer_id is None:
            raise Conflict("Accept an answer first; then say how easy it was.")
        statement = insert_into(session, Effort).values(question_id=question_id, user_id=by.id, score=score, at=now)
        session.execute(statement.on_conflict_do_update(index_elements=[Effort.question_id], set_={"score": score, "at": now}))
        touch(session, question_key(question_id))
