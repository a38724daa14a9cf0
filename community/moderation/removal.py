"""Removing a post and giving it back: soft, audited, and the reputation it brought goes and returns with it."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import NotFound
from app.outbox import emit
from community import lead, policy, reach, tags, texts
from community.models import Answer, Comment, Question
from community.moderation import audit
from reputation import ledger


def remove_question(question_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Take a question away with everything under it. Removing what is removed changes nothing. Moderators give a reason."""
    with transaction() as session:
        question = reach.question(session, question_id, removed=True)
        others = exists().where(
            Answer.question_id == question_id, Answer.removed_at.is_(None), Answer.author_id != question.author_id
        )
        answered = bool(session.execute(select(others)).scalar())
        policy.require(by, "remove", reach.subject_of(question, question, has_others_answers=answered), now)
        if question.removed_at is not None:
            return
        words = _take(question, reason, by, now)
        ledger.reverse_about(session, now, by.id, question_id=question.id)
        tags.count(session, [tag.id for tag in tags.of_question(session, question.id)], -1)
        audit.record(session, by, "question.removed", now, reason=words, question_id=question.id)
        _told(session, question.author_id, by, now, question_id=question.id)
        reach.changed(session, question, now)


def restore_question(question_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Give a removed question back. Raises NotFound when it is not removed."""
    with transaction() as session:
        question = reach.question(session, question_id, removed=True)
        policy.require(by, "restore", reach.subject_of(question, question), now)
        _give_back(question)
        ledger.reinstate_about(session, now, by.id, question_id=question.id)
        tags.count(session, [tag.id for tag in tags.of_question(session, question.id)], 1)
        audit.record(
            session, by, "question.restored", now, reason=texts.note(reason, "reason", "The reason"), question_id=question.id
        )
        reach.changed(session, question, now)


def remove_answer(answer_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Take an answer away. An accepted one stays accepted in the record, but is shown no more and pays no more."""
    with transaction() as session:
        answer, question = reach.answer(session, answer_id, removed=True)
        accepted = question.accepted_answer_id == answer_id
        policy.require(by, "remove", reach.subject_of(answer, question, accepted=accepted), now)
        if answer.removed_at is not None:
            return
        words = _take(answer, reason, by, now)
        ledger.reverse_about(session, now, by.id, answer_id=answer.id)
        lead.refresh(session, question, now)
        audit.record(session, by, "answer.removed", now, reason=words, question_id=question.id, answer_id=answer.id)
        _told(session, answer.author_id, by, now, question_id=question.id, answer_id=answer.id)
        reach.changed(session, question, now)


def restore_answer(answer_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Give a removed answer back, with the life it had: its dates went on meanwhile. Raises NotFound when it is not removed."""
    with transaction() as session:
        answer, question = reach.answer(session, answer_id, removed=True)
        policy.require(by, "restore", reach.subject_of(answer, question), now)
        _give_back(answer)
        ledger.reinstate_about(session, now, by.id, answer_id=answer.id)
        lead.refresh(session, question, now)
        words = texts.note(reason, "reason", "The reason")
        audit.record(session, by, "answer.restored_post", now, reason=words, question_id=question.id, answer_id=answer.id)
        reach.changed(session, question, now)


def remove_comment(comment_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Take a comment away."""
    with transaction() as session:
        comment, question = reach.comment(session, comment_id, removed=True)
        policy.require(by, "remove", reach.subject_of(comment, question), now)
        if comment.removed_at is not None:
            return
        words = _take(comment, reason, by, now)
        audit.record(session, by, "comment.removed", now, reason=words, question_id=question.id, comment_id=comment.id)
        _told(session, comment.author_id, by, now, question_id=question.id, comment_id=comment.id)
        reach.changed(session, question, now, lists=False)


def restore_comment(comment_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Give a removed comment back. Raises NotFound when it is not removed."""
    with transaction() as session:
        comment, question = reach.comment(session, comment_id, removed=True)
        policy.require(by, "restore", reach.subject_of(comment, question), now)
        _give_back(comment)
        words = texts.note(reason, "reason", "The reason")
        audit.record(session, by, "comment.restored", now, reason=words, question_id=question.id, comment_id=comment.id)
        reach.changed(session, question, now, lists=False)


def _take(post: Question | Answer | Comment, reason: str, by: User, now: datetime) -> str:
    words = texts.note(reason, "reason", "The reason", required=post.author_id != by.id)
    post.removed_at, post.removed_by_id = now, by.id
    post.removed_reason = words or "removed by its author"
    return post.removed_reason


def _give_back(post: Question | Answer | Comment) -> None:
    if post.removed_at is None:
        raise NotFound("This is not removed.")
    post.removed_at = post.removed_by_id = post.removed_reason = None


def _told(session: Session, author_id: int, by: User, now: datetime, **post: int) -> None:
    if author_id != by.id:
        emit(session, "post.removed", now, user_id=author_id, by_id=by.id, **post)
