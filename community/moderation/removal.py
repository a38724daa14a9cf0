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
from community.moderation import audit, flag_record
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
        if question.removed_at is None:
            remove(session, question, question, _words(question, reason, by), by, now)


def restore_question(question_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Give a removed question back. Raises NotFound when it is not removed."""
    with transaction() as session:
        question = reach.question(session, question_id, removed=True)
        policy.require(by, "restore", reach.subject_of(question, question), now)
        _give_back(question)
        flag_record.overturn(session, question, by.id, now)
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
        if answer.removed_at is None:
            remove(session, answer, question, _words(answer, reason, by), by, now)


def restore_answer(answer_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Give a removed answer back, with the life it had: its dates went on meanwhile. Raises NotFound when it is not removed."""
    with transaction() as session:
        answer, question = reach.answer(session, answer_id, removed=True)
        policy.require(by, "restore", reach.subject_of(answer, question), now)
        _give_back(answer)
        flag_record.overturn(session, answer, by.id, now)
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
        if comment.removed_at is None:
            remove(session, comment, question, _words(comment, reason, by), by, now)


def restore_comment(comment_id: int, *, reason: str = "", by: User, now: datetime) -> None:
    """Give a removed comment back. Raises NotFound when it is not removed."""
    with transaction() as session:
        comment, question = reach.comment(session, comment_id, removed=True)
        policy.require(by, "restore", reach.subject_of(comment, question), now)
        _give_back(comment)
        flag_record.overturn(session, comment, by.id, now)
        words = texts.note(reason, "reason", "The reason")
        audit.record(session, by, "comment.restored", now, reason=words, question_id=question.id, comment_id=comment.id)
        reach.changed(session, question, now, lists=False)


def remove(
    session: Session, post: Question | Answer | Comment, question: Question, words: str, by: User | None, now: datetime
) -> None:
    """Inside a verb that holds the question: take a standing post away, with what it brought its author, and say so.

    `by` None: nobody alone decided it (`community.moderation.flags`). Whether `by` may is not asked here.
    """
    by_id = by.id if by else None
    post.removed_at, post.removed_by_id, post.removed_reason = now, by_id, words
    session.flush()
    flag_record.agree(session, post, by_id, now)
    if isinstance(post, Question):
        ledger.reverse_about(session, now, by_id, question_id=post.id)
        tags.count(session, [tag.id for tag in tags.of_question(session, post.id)], -1)
        kind, about = "question", {"question_id": post.id}
    elif isinstance(post, Answer):
        ledger.reverse_about(session, now, by_id, answer_id=post.id)
        lead.refresh(session, question, now)
        kind, about = "answer", {"question_id": question.id, "answer_id": post.id}
    else:
        kind, about = "comment", {"question_id": question.id, "comment_id": post.id}
    audit.record(session, by, f"{kind}.removed", now, reason=words, **about)
    if post.author_id != by_id:
        emit(session, "post.removed", now, user_id=post.author_id, by_id=by_id, **about)
    reach.changed(session, question, now, lists=kind != "comment")


def _words(post: Question | Answer | Comment, reason: str, by: User) -> str:
    """Why it is removed; who removes what another person wrote says it."""
    return texts.note(reason, "reason", "The reason", required=post.author_id != by.id) or "removed by its author"


def _give_back(post: Question | Answer | Comment) -> None:
    if post.removed_at is None:
        raise NotFound("This is not removed.")
    post.removed_at = post.removed_by_id = post.removed_reason = None
