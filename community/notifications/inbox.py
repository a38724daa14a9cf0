"""The inbox: putting something in, once however often it is asked for, and reading it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import insert_into, transaction
from app.errors import NotFound
from community.models import Notification

KINDS = {
    "answered": "answered your question, or one you follow",
    "commented": "commented on what you wrote",
    "mentioned": "mentioned you",
    "accepted": "accepted your answer",
    "verified": "checked an answer that you wrote or asked to have checked",
    "found_wrong": "found your answer wrong today",
    "due": "your answer is past its best-before date: does it still hold? Update it if not, and it is checked next",
    "overdue": "your answer has been past its date for two weeks, and many read it: does it still hold?",
    "digest": "answers wait for you in the review queue",
    "expired": "an answer you relied on has expired",
    "archived": "an answer you relied on was archived",
    "closed": "closed your question",
    "seen": "has seen your question",
    "removed": "removed what you wrote",
    "suspended": "suspended your account",
    "edit_suggested": "suggested a change to what you wrote",
    "edit_approved": "made a change that you suggested",
    "edit_rejected": "did not take a change that you suggested",
    "trusted": "you are trusted to check answers under a tag",
    "lapsing": "your expertise in a tag ends soon",
    "badge": "you have earned a badge",
    "badges": "you have earned badges by what you did before they were there",
    "badge_taken": "a badge of yours was taken back",
    "badge_given": "a badge that was taken back is yours again",
    "search": "there is something new for a search you saved",
    "reward_ready": "a reward is there for you: choose how to take it",
    "reward_ending": "a reward lapses soon, if you do not choose how to take it",
    "reward_lapsed": "a reward has lapsed, since its time to choose is over",
    "votes_reversed": "votes that you cast or were given were taken back, since they look arranged; you can appeal",
    "appeal_answered": "an appeal about votes that were taken back was answered",
    "checks_warned": "several of your checks missed something, so each counts for half until that gets better",
    "checks_paused": "too many of your checks missed something, so you cannot check for now; a moderator can let you begin anew",
    "checks_cleared": "your checks count in full again",
}
"""Why something can be in the inbox: kind → words, after the name of who did it but for the next ones."""

IMPERSONAL = frozenset(
    {"trusted", "lapsing", "due", "overdue", "digest", "expired", "archived", "search"}
    | {"reward_ready", "reward_ending", "reward_lapsed"}
    | {"badge", "badges", "badge_taken", "badge_given"}
    | {"votes_reversed", "appeal_answered", "checks_warned", "checks_paused", "checks_cleared"}
)
"""Kinds whose words are a sentence of their own: what matters is what happened, whoever made it happen."""


def put(
    session: Session,
    people: Iterable[int | None],
    kind: str,
    cause: str,
    now: datetime,
    *,
    actor_id: int | None = None,
    question_id: int | None = None,
    answer_id: int | None = None,
    comment_id: int | None = None,
    text: str = "",
) -> list[int]:
    """Put one entry into each person's inbox, except the actor's own; who has one for this cause gets no second.

    Returns who got one now. Must run inside a transaction.
    """
    wanted = sorted({person for person in people if person is not None} - {actor_id})
    if not wanted:
        return []
    rows = [
        {
            "user_id": person,
            "kind": kind,
            "cause": cause,
            "actor_id": actor_id,
            "question_id": question_id,
            "answer_id": answer_id,
            "comment_id": comment_id,
            "text": text,
            "at": now,
        }
        for person in wanted
    ]
    new = sorted(
        session.scalars(
            insert_into(session, Notification)
            .on_conflict_do_nothing(index_elements=[Notification.user_id, Notification.cause])
            .returning(Notification.user_id),
            rows,
        ).all()
    )
    for person in new:
        session.execute(
            update(User)
            .where(User.id == person)
            .values(unread_count=User.unread_count + 1)
            .execution_options(synchronize_session=False)
        )
    return new


def read_all(*, before: datetime | None = None, by: User, now: datetime) -> None:
    """Mark everything in one's inbox as read, or what came before a moment."""
    with transaction() as session:
        unread = update(Notification).where(Notification.user_id == by.id, Notification.read_at.is_(None))
        if before is not None:
            unread = unread.where(Notification.at < before)
        read = session.execute(unread.values(read_at=now).returning(Notification.id)).all()
        session.execute(update(User).where(User.id == by.id).values(unread_count=User.unread_count - len(read)))


def read_one(notification_id: int, *, by: User, now: datetime) -> None:
    """Mark one entry as read. Raises NotFound when it is not one's own."""
    with transaction() as session:
        entry = session.get(Notification, notification_id)
        if entry is None or entry.user_id != by.id:
            raise NotFound("There is no such entry in your inbox.")
        moved = session.execute(
            update(Notification)
            .where(Notification.id == notification_id, Notification.read_at.is_(None))
            .values(read_at=now)
            .returning(Notification.id)
        ).first()
        if moved is not None:
            session.execute(
                update(User).where(User.id == by.id, User.unread_count > 0).values(unread_count=User.unread_count - 1)
            )
