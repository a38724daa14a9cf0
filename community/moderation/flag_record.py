"""Flags on one post, whoever acts on it: finding them, and taking confirmed ones back when the post comes back."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from community.models import Answer, Comment, Flag, Question
from reputation import ledger


def about(post: Question | Answer | Comment) -> tuple[ColumnElement[bool], ...]:
    """Of flags: they are on this post itself."""
    if isinstance(post, Comment):
        return (Flag.comment_id == post.id,)
    if isinstance(post, Answer):
        return (Flag.answer_id == post.id, Flag.comment_id.is_(None))
    return (Flag.question_id == post.id, Flag.answer_id.is_(None), Flag.comment_id.is_(None))


def page_of(post: Question | Answer | Comment) -> dict[str, int]:
    """What the ledger's entries about this post name; nothing for a comment, which brings none."""
    if isinstance(post, Comment):
        return {}
    return {"answer_id": post.id} if isinstance(post, Answer) else {"question_id": post.id}


def penalty(flag_id: int) -> str:
    """What the ledger knows the loss for spam by: the first of the flags that were confirmed together."""
    return f"spam:{flag_id}"


def overturn(session: Session, post: Question | Answer | Comment, by_id: int, now: datetime) -> None:
    """Inside a verb that gives a post back: its confirmed flags were wrong; what they cost its author is reversed for good."""
    confirmed = session.scalars(select(Flag).where(*about(post), Flag.outcome == "confirmed")).all()
    if not confirmed:
        return
    for flag in confirmed:
        flag.outcome, flag.decided_by_id, flag.decided_at = "overturned", by_id, now
    session.flush()
    ledger.lock_about(session, [post.author_id], **page_of(post))
    ledger.reverse(session, [penalty(flag.id) for flag in confirmed if flag.kind == "spam"], by_id, now)


def agree(session: Session, post: Question | Answer | Comment, by_id: int | None, now: datetime) -> None:
    """Inside the verb that removes a post: flags that wait on it were right, whichever way it came to be removed."""
    waiting = update(Flag).where(*about(post), Flag.outcome.is_(None))
    session.execute(waiting.values(outcome="confirmed", decided_by_id=by_id, decided_at=now))
