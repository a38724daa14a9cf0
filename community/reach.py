"""How verbs get at what they are about: held for the length of the transaction, or a clear refusal."""

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import before_commit
from app.errors import Gone, NotFound
from app.outbox import emit, emit_all
from app.pages import FRONT, question_key, touch
from community.expertise.counting import trusted
from community.models import Answer, Comment, Question, QuestionTag
from community.policy import Subject


def alone(session: Session, what: str) -> None:
    """Be the only transaction that does `what`, until it ends; for rules over rows that are not all held.

    Call it before any row is held, or two could wait for each other crosswise. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(zlib.crc32(what.encode()))))


def question(session: Session, question_id: int, *, removed: bool = False) -> Question:
    """The question, its row held until the transaction ends. Every verb that changes a question or anything under it begins here,
    so whatever happens to one question happens one after the other. Raises NotFound, or Gone when it is removed."""
    found = session.scalars(
        select(Question)
        .where(Question.id == question_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if found is None:
        raise NotFound("There is no such question.")
    if found.removed_at is not None and not removed:
        raise Gone("This question has been removed.")
    return found


def answer(session: Session, answer_id: int, *, removed: bool = False) -> tuple[Answer, Question]:
    """The answer and its question, the question's row held. Raises NotFound, or Gone when either is removed."""
    question_id = session.execute(select(Answer.question_id).where(Answer.id == answer_id)).scalar_one_or_none()
    if question_id is None:
        raise NotFound("There is no such answer.")
    held = question(session, question_id, removed=removed)
    found = session.scalars(select(Answer).where(Answer.id == answer_id).execution_options(populate_existing=True)).one()
    if found.removed_at is not None and not removed:
        raise Gone("This answer has been removed.")
    return found, held


def questions_of(session: Session, answer_ids: Sequence[int]) -> dict[int, Question]:
    """The questions of several answers by their ids, removed ones too, all held in the order of their ids."""
    of_these = select(Answer.question_id).where(Answer.id.in_(answer_ids))
    held = select(Question).where(Question.id.in_(of_these)).order_by(Question.id).with_for_update(key_share=True)
    return {found.id: found for found in session.scalars(held.execution_options(populate_existing=True))}


def comment(session: Session, comment_id: int, *, removed: bool = False) -> tuple[Comment, Question]:
    """The comment and the question it is under, the question's row held. Raises NotFound, or Gone when it is removed."""
    question_id = session.execute(select(Comment.question_id).where(Comment.id == comment_id)).scalar_one_or_none()
    if question_id is None:
        raise NotFound("There is no such comment.")
    held = question(session, question_id, removed=removed)
    found = session.scalars(select(Comment).where(Comment.id == comment_id).execution_options(populate_existing=True)).one()
    if found.removed_at is not None and not removed:
        raise Gone("This comment has been removed.")
    return found, held


def is_expert(session: Session, user: User, question_id: int, now: datetime) -> bool:
    """Whether the person has standing expertise in one of the question's tags that count for them."""
    return bool(session.execute(select(exists().where(*trusted(user.id, now), QuestionTag.question_id == question_id))).scalar())


def subject_of(post: Question | Answer | Comment, question: Question, **more: Any) -> Subject:  # noqa: ANN401 - Subject's fields
    """What the policy needs to know of a post."""
    return Subject(
        author_id=post.author_id,
        asker_id=question.author_id,
        quiet_since=question.activity_at,
        closed=question.closed_at is not None,
        official=isinstance(post, Answer) and post.official,
        **more,
    )


def changed(session: Session, question: Question, now: datetime, *, lists: bool = True) -> None:
    """Say that what the question's page shows has changed: stored pages are made anew and search hears of it, once a transaction.

    `lists`: whether what lists show of it has changed too.
    """
    touch(session, question_key(question.id), *((FRONT,) if lists else ()))
    before_commit(
        session, f"changed:{question.id}", lambda session: emit(session, "question.changed", now, question_id=question.id)
    )


def changed_all(session: Session, questions: Iterable[Question], now: datetime) -> None:
    """The same for many questions at once, lists included; search hears of all of them in one statement."""
    ids = sorted({question.id for question in questions})
    touch(session, FRONT, *(question_key(question_id) for question_id in ids))
    told = [{"question_id": question_id} for question_id in ids]
    before_commit(session, f"changed:{ids}", lambda session: emit_all(session, "question.changed", now, told))
