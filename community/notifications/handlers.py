"""Who hears of what: one handler per topic. They take ids, read the database again, and may run twice.

An entry's cause is the post or the act it tells of, not the topic: who is both the asker and mentioned hears of an answer once.
Its moment is that of the act too: a delivery may be late, and the inbox must not say "just now" of what happened yesterday.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import transaction
from app.outbox import EMITTED_AT, Payload
from community.freshness.escalation import AUTHOR
from community.models import (
    Acceptance,
    Answer,
    Comment,
    ExpertiseSuggestion,
    Follow,
    Question,
    Signal,
    SuggestedEdit,
    Tag,
    Verification,
)
from community.notifications import inbox

Tell = Callable[[Session, Payload, datetime], None]


def _handler(tell: Tell) -> Callable[[Sequence[Payload]], None]:
    """One transaction per message, so that a message that fails takes no other with it."""

    @wraps(tell)
    def run(payloads: Sequence[Payload]) -> None:
        for payload in payloads:
            with transaction() as session:
                tell(session, payload, payload[EMITTED_AT])

    return run


def _answer(session: Session, answer_id: Any) -> tuple[Answer, Question] | None:  # noqa: ANN401 - from a payload
    """The answer and its question, unless either is gone."""
    found = session.execute(
        select(Answer, Question)
        .join(Question, Question.id == Answer.question_id)
        .where(Answer.id == answer_id, Answer.removed_at.is_(None), Question.removed_at.is_(None))
    ).one_or_none()
    return (found[0], found[1]) if found is not None else None


def _post(
    session: Session, question_id: int, answer_id: int | None, comment_id: int | None
) -> tuple[Question | Answer | Comment | None, str]:
    """What a message is about, and the name that causes give it: the comment, else the answer, else the question."""
    if comment_id is not None:
        return session.get(Comment, comment_id), f"comment:{comment_id}"
    if answer_id is not None:
        return session.get(Answer, answer_id), f"answer:{answer_id}"
    return session.get(Question, question_id), f"question:{question_id}"


def _followers(session: Session, question_id: int) -> list[int]:
    return list(session.scalars(select(Follow.user_id).where(Follow.question_id == question_id)))


def _relied(session: Session, answer: Answer, question: Question) -> set[int]:
    """Who relied on an answer: the asker, the followers, and everybody signed in who said it works for them."""
    works = select(Signal.user_id).where(Signal.answer_id == answer.id, Signal.kind == "works", Signal.user_id.is_not(None))
    return {question.author_id, *_followers(session, question.id), *(user for user in session.scalars(works) if user)}


@_handler
def answered(session: Session, payload: Payload, now: datetime) -> None:
    """An answer was posted: the asker and the followers."""
    found = _answer(session, payload["answer_id"])
    if found:
        answer, question = found
        inbox.put(
            session,
            [question.author_id, *_followers(session, question.id)],
            "answered",
            f"answer:{answer.id}",
            now,
            actor_id=answer.author_id,
            question_id=question.id,
            answer_id=answer.id,
        )


@_handler
def commented(session: Session, payload: Payload, now: datetime) -> None:
    """A comment was posted: the author of what it is on."""
    comment = session.get(Comment, payload["comment_id"])
    if comment is None or comment.removed_at is not None:
        return
    on: Question | Answer | None = (
        session.get(Answer, comment.answer_id) if comment.answer_id else session.get(Question, comment.question_id)
    )
    if on is not None and on.removed_at is None:
        inbox.put(
            session,
            [on.author_id],
            "commented",
            f"comment:{comment.id}",
            now,
            actor_id=comment.author_id,
            question_id=comment.question_id,
            answer_id=comment.answer_id,
            comment_id=comment.id,
        )


def _undone(session: Session, payload: Payload) -> bool:
    """Whether it happened in a verification that was taken back meanwhile."""
    verification = session.get(Verification, payload.get("verification_id") or 0)
    return verification is not None and verification.undone_at is not None


@_handler
def mentioned(session: Session, payload: Payload, now: datetime) -> None:
    """Somebody was named in a text: they are, once per text."""
    question_id, answer_id, comment_id = payload["question_id"], payload["answer_id"], payload["comment_id"]
    post, cause = _post(session, question_id, answer_id, comment_id)
    if _undone(session, payload):
        return
    if post is not None and post.removed_at is None:
        inbox.put(
            session,
            payload["user_ids"],
            "mentioned",
            cause,
            now,
            actor_id=payload["by_id"],
            question_id=question_id,
            answer_id=answer_id,
            comment_id=comment_id,
        )


@_handler
def accepted(session: Session, payload: Payload, now: datetime) -> None:
    """An answer was accepted: its author, unless the acceptance is withdrawn already."""
    acceptance = session.get(Acceptance, payload["acceptance_id"])
    found = _answer(session, payload["answer_id"])
    if found and acceptance is not None and acceptance.withdrawn_at is None:
        answer, question = found
        inbox.put(
            session,
            [answer.author_id],
            "accepted",
            f"acceptance:{acceptance.id}",
            now,
            actor_id=acceptance.by_id,
            question_id=question.id,
            answer_id=answer.id,
        )


@_handler
def verified(session: Session, payload: Payload, now: datetime) -> None:
    """An answer was verified: its author, and who reported it or asked to have it checked; found wrong, also who relied on it."""
    found = _answer(session, payload["answer_id"])
    verification = session.get(Verification, payload["verification_id"])
    if not found or verification is None or verification.undone_at is not None:
        return
    answer, question = found
    about: dict[str, Any] = {"actor_id": verification.verifier_id, "question_id": question.id, "answer_id": answer.id}
    cause = f"verification:{verification.id}"
    wrong = verification.verdict == "wrong"
    inbox.put(session, [answer.author_id], "found_wrong" if wrong else "verified", cause, now, text=verification.note, **about)
    said = select(Signal.user_id).where(
        Signal.answer_id == answer.id, Signal.round < answer.round, Signal.kind.in_(("broken", "check"))
    )
    doubters = session.scalars(said).all()
    inbox.put(session, doubters, "verified", cause, now, **about)
    if wrong:
        relied = _relied(session, answer, question).difference([answer.author_id, *doubters])
        inbox.put(session, relied, "expired", _expiry(answer, verification.round), now, text=verification.note, **about)


@_handler
def due(session: Session, payload: Payload, now: datetime) -> None:
    """An answer is past its best-before date: its author is invited to look at it, once per round."""
    found = _answer(session, payload["answer_id"])
    if found and found[0].archived_at is None and found[0].best_before_at <= now:
        answer, question = found
        cause = f"due:{answer.id}:{payload['round']}"
        inbox.put(session, [answer.author_id], "due", cause, now, question_id=question.id, answer_id=answer.id)


@_handler
def escalated(session: Session, payload: Payload, now: datetime) -> None:
    """An answer waits too long and many read it: its author, once per round. Experts and staff read it in their digest."""
    found = _answer(session, payload["answer_id"])
    if found and payload["step"] == AUTHOR:
        answer, question = found
        cause = f"overdue:{answer.id}:{payload['round']}"
        inbox.put(session, [answer.author_id], "overdue", cause, now, question_id=question.id, answer_id=answer.id)


def _expiry(answer: Answer, round: int) -> str:
    """Why somebody hears that an answer has expired: once per round, however often it does, by the clock or by a check."""
    return f"expiry:{answer.id}:{round}"


@_handler
def expired(session: Session, payload: Payload, now: datetime) -> None:
    """The clock or the evidence expired an answer: its author and who relied on it, once per round."""
    found = _answer(session, payload["answer_id"])
    # Who checks what the clock had expired a moment ago makes it fresh in the same breath: nobody has lost anything.
    if found and found[0].fresh_from != now:
        answer, question = found
        inbox.put(
            session,
            _relied(session, answer, question) | {answer.author_id},
            "expired",
            _expiry(answer, payload["round"]),
            now,
            question_id=question.id,
            answer_id=answer.id,
            text=payload["reason"],
        )


@_handler
def archived(session: Session, payload: Payload, now: datetime) -> None:
    """An answer was archived: its author and who relied on it, once per round; the entry leads to what took its place."""
    found = _answer(session, payload["answer_id"])
    if not found:
        return
    answer, question = found
    if answer.archived_at is not None:
        inbox.put(
            session,
            _relied(session, answer, question) | {answer.author_id},
            "archived",
            f"archive:{answer.id}:{answer.round}",
            now,
            actor_id=payload["by_id"],
            question_id=question.id,
            answer_id=answer.id,
            text=answer.state_reason,
        )


@_handler
def closed(session: Session, payload: Payload, now: datetime) -> None:
    """A question was closed: the asker."""
    question = session.get(Question, payload["question_id"])
    if question is not None and question.removed_at is None and question.closed_at is not None:
        inbox.put(
            session,
            [question.author_id],
            "closed",
            f"closure:{question.id}:{int(question.closed_at.timestamp())}",
            now,
            actor_id=payload["by_id"],
            question_id=question.id,
            text=question.closed_reason or "",
        )


@_handler
def seen(session: Session, payload: Payload, now: datetime) -> None:
    """Staff acknowledged a question: the asker."""
    question = session.get(Question, payload["question_id"])
    if question is not None and question.removed_at is None:
        inbox.put(
            session,
            [question.author_id],
            "seen",
            f"seen:{question.id}",
            now,
            actor_id=payload["by_id"],
            question_id=question.id,
        )


@_handler
def removed(session: Session, payload: Payload, now: datetime) -> None:
    """A moderator removed a post: its author, with the reason."""
    comment_id, answer_id, question_id = payload.get("comment_id"), payload.get("answer_id"), payload["question_id"]
    post, name = _post(session, question_id, answer_id, comment_id)
    if post is not None and post.removed_at is not None:
        inbox.put(
            session,
            [payload["user_id"]],
            "removed",
            f"removal:{name}:{int(post.removed_at.timestamp())}",
            now,
            actor_id=payload["by_id"],
            question_id=question_id,
            answer_id=answer_id,
            comment_id=comment_id,
            text=post.removed_reason or "",
        )


@_handler
def suspended(session: Session, payload: Payload, now: datetime) -> None:
    """An account was suspended: its owner, with the reason, as it stands in the banner too."""
    inbox.put(
        session,
        [payload["user_id"]],
        "suspended",
        f"suspension:{payload['suspension_id']}",
        now,
        actor_id=payload["by_id"],
        text=payload["reason"],
    )


@_handler
def trusted(session: Session, payload: Payload, now: datetime) -> None:
    """Somebody was made an expert because they qualify: they are."""
    found = session.execute(
        select(ExpertiseSuggestion.user_id, ExpertiseSuggestion.decided_by_id, Tag.name)
        .join(Tag, Tag.id == ExpertiseSuggestion.tag_id)
        .where(ExpertiseSuggestion.id == payload["suggestion_id"])
    ).one()
    cause = f"expertise:{payload['suggestion_id']}"
    inbox.put(session, [found.user_id], "trusted", cause, now, actor_id=found.decided_by_id, text=found.name)


@_handler
def edit_suggested(session: Session, payload: Payload, now: datetime) -> None:
    """Somebody suggests a change: the post's author, who may take it."""
    edit = session.get_one(SuggestedEdit, payload["suggestion_id"])
    post, _ = _post(session, edit.question_id, edit.answer_id, None)
    if post is not None and post.removed_at is None and edit.outcome is None:
        inbox.put(
            session,
            [post.author_id],
            "edit_suggested",
            f"edit:{edit.id}",
            now,
            actor_id=edit.author_id,
            question_id=edit.question_id,
            answer_id=edit.answer_id,
            text=edit.summary,
        )


@_handler
def edit_decided(session: Session, payload: Payload, now: datetime) -> None:
    """A suggested change was made or refused: who suggested it, with the reason."""
    edit = session.get_one(SuggestedEdit, payload["suggestion_id"])
    if edit.outcome in ("approved", "rejected"):
        inbox.put(
            session,
            [edit.author_id],
            f"edit_{edit.outcome}",
            f"edit:{edit.id}:{edit.outcome}",
            now,
            actor_id=edit.decided_by_id,
            question_id=edit.question_id,
            answer_id=edit.answer_id,
            text=edit.reason,
        )
