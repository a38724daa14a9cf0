"""Comments: adding and editing. Removing is moderation."""

from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import TooMany
from app.outbox import emit
from community import mentions, policy, questions, reach, texts
from community.models import Answer, Comment, Question

COMMENTS_PER_POST = 4
"""So many times as many comments as posts can be written in an hour."""


def add(*, body: str, question_id: int | None = None, answer_id: int | None = None, by: User, now: datetime) -> int:
    """Comment on a question or on an answer; returns the comment's id. Raises Invalid for a text that cannot be taken, and
    TooMany for more comments an hour than the limit: each may reach ten inboxes."""
    with transaction() as session:
        on: Question | Answer
        if answer_id is not None:
            on, question = reach.answer(session, answer_id)
        else:
            on = question = reach.question(session, question_id or 0)
        policy.require(by, "comment", reach.subject_of(on, question), now)
        questions.refuse_flood(session, by, now)
        _refuse_flood(session, by, now)
        text = texts.body(session, body, "comment")
        comment = Comment(question_id=question.id, answer_id=answer_id, author_id=by.id, created_at=now)
        texts.apply(comment, text)
        session.add(comment)
        session.flush()
        question.activity_at = max(question.activity_at, now)
        emit(session, "comment.posted", now, comment_id=comment.id)
        mentions.tell(session, text, by, now, question_id=question.id, answer_id=answer_id, comment_id=comment.id)
        reach.changed(session, question, now)
        return comment.id


def edit(comment_id: int, *, body: str, by: User, now: datetime) -> bool:
    """Change a comment. Returns False when nothing is different."""
    with transaction() as session:
        comment, question = reach.comment(session, comment_id)
        policy.require(by, "edit_comment", reach.subject_of(comment, question), now)
        text = texts.body(session, body, "comment")
        if comment.body_source == text.source:
            return False
        texts.apply(comment, text)
        comment.edited_at = now
        mentions.tell(session, text, by, now, question_id=question.id, answer_id=comment.answer_id, comment_id=comment.id)
        reach.changed(session, question, now, lists=False)
        return True


def _refuse_flood(session: Session, by: User, now: datetime) -> None:
    limit = COMMENTS_PER_POST * int(current_app.config["SETTINGS"].posts_per_hour)
    lately = (
        select(func.count()).select_from(Comment).where(Comment.author_id == by.id, Comment.created_at > now - timedelta(hours=1))
    )
    if session.execute(lately).scalar_one() >= limit:
        raise TooMany(f"You have written {limit} comments in the last hour, which is the most at once. Try again later.")
