"""Flags: a reader asks moderators to look at a post; who is asked decides, and enough people in good standing remove spam.

Spam that a moderator confirms, or SPAM_FLAGS people in good standing agree on, is removed and costs its author what the price
list says for `spam_confirmed`, once; giving the post back gives that back. Posts of staff, official and accepted answers wait for
a moderator however many flag them. Nobody decides about flags on their own post.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Forbidden, Invalid, NotFound, TooMany
from community import policy, reach, texts
from community.freshness import weights
from community.models import Answer, Comment, Flag, Question
from community.moderation import audit, flag_record, removal
from reputation import ledger
from reputation.ledger import Posting

KINDS = MappingProxyType(
    {
        "spam": "It is spam: it advertises, and answers nobody",
        "rude": "It is rude or insults somebody",
        "attention": "A moderator should look, for another reason",
    }
)
"""What a post can be flagged for: name → what the flagger says."""
SPAM_FLAGS = 6
"""So many flags of people in good standing are as good as a moderator's word."""
A_DAY = 20
"""How many flags one person has in a day."""
JUDGED_AT_LEAST = 4
"""From so many decided flags on, a flagger's record counts."""
GOOD_SHARE = 0.5
"""The least share of decided flags that have to have been confirmed for good standing."""

Post = Question | Answer | Comment


def flag(
    kind: str,
    *,
    note: str = "",
    question_id: int | None = None,
    answer_id: int | None = None,
    comment_id: int | None = None,
    by: User,
    now: datetime,
) -> bool:
    """Flag a post; returns whether it was removed as spam with that. Raises Invalid for an unknown kind, and for "attention"
    without a note; Conflict when the person has flagged it already; TooMany over A_DAY."""
    with transaction() as session:
        reach.alone(session, f"flags:{by.id}")
        post, question = _reach(session, question_id, answer_id, comment_id)
        policy.require(by, "flag", reach.subject_of(post, question), now)
        if kind not in KINDS:
            raise Invalid({"kind": "Choose what is wrong with it."})
        words = texts.note(note, "note", "What a moderator should look at", required=kind == "attention")
        if session.execute(select(Flag.id).where(*flag_record.about(post), Flag.by_id == by.id)).first():
            raise Conflict("You have flagged this already; moderators see it.")
        today = select(func.count()).select_from(Flag).where(Flag.by_id == by.id, Flag.at > now - timedelta(days=1))
        if session.execute(today).scalar_one() >= A_DAY:
            raise TooMany(f"You have flagged {A_DAY} posts in a day, which is the most. Come back tomorrow.")
        session.add(
            Flag(
                question_id=question.id,
                answer_id=post.id if isinstance(post, Answer) else None,
                comment_id=post.id if isinstance(post, Comment) else None,
                kind=kind,
                note=words,
                by_id=by.id,
                at=now,
            )
        )
        session.flush()
        if kind != "spam" or not _is_agreed(session, post, question, now):
            return False
        _spam(session, post, question, None, now)
        return True


def confirm_spam(
    *, question_id: int | None = None, answer_id: int | None = None, comment_id: int | None = None, by: User, now: datetime
) -> None:
    """A moderator says that flagged posts are spam: removed, and paid for by the author. Raises NotFound without a waiting flag
    for spam."""
    with transaction() as session:
        post, question = _reach(session, question_id, answer_id, comment_id)
        _require(post, by, now)
        if not any(one.kind == "spam" for one in _waiting(session, post)):
            raise NotFound("Nobody has flagged this as spam, or it is decided already.")
        _spam(session, post, question, by, now)


def settle(
    outcome: str,
    *,
    remove: bool = False,
    reason: str = "",
    question_id: int | None = None,
    answer_id: int | None = None,
    comment_id: int | None = None,
    by: User,
    now: datetime,
) -> None:
    """A moderator decides about the flags that wait on a post: "confirmed" (they were right; with `remove` the post goes, for the
    reason given) or "declined". It costs the author nothing. Raises NotFound when none waits, Invalid for a removal without a
    reason."""
    with transaction() as session:
        post, question = _reach(session, question_id, answer_id, comment_id)
        _require(post, by, now)
        if outcome not in ("confirmed", "declined"):
            raise Invalid({"outcome": "Say whether the flags were right."})
        waiting = _waiting(session, post)
        if not waiting:
            raise NotFound("No flag on this waits any more.")
        words = texts.note(reason, "reason", "The reason", required=remove)
        _decide(waiting, outcome, by, now)
        audit.record(
            session, by, f"flags.{outcome}", now, reason=words, flags=[one.id for one in waiting], **_audited(post, question)
        )
        if remove and outcome == "confirmed":
            removal.remove(session, post, question, words, by, now)


def _reach(session: Session, question_id: int | None, answer_id: int | None, comment_id: int | None) -> tuple[Post, Question]:
    if comment_id is not None:
        return reach.comment(session, comment_id)
    if answer_id is not None:
        return reach.answer(session, answer_id)
    question = reach.question(session, question_id or 0)
    return question, question


def _require(post: Post, by: User, now: datetime) -> None:
    policy.require(by, "moderate", None, now)
    if post.author_id == by.id:
        raise Forbidden("It is your own post, so another moderator has to decide about its flags.")


def _waiting(session: Session, post: Post) -> Sequence[Flag]:
    waiting = select(Flag).where(*flag_record.about(post), Flag.outcome.is_(None)).order_by(Flag.id)
    return session.scalars(waiting.execution_options(populate_existing=True)).all()


def _decide(waiting: Sequence[Flag], outcome: str, by: User | None, now: datetime) -> None:
    for one in waiting:
        one.outcome, one.decided_by_id, one.decided_at = outcome, by.id if by else None, now


def _spam(session: Session, post: Post, question: Question, by: User | None, now: datetime) -> None:
    """Remove the post and let its author pay, once: who flagged it as anything was right."""
    waiting = _waiting(session, post)
    _decide(waiting, "confirmed", by, now)
    first = next(one for one in waiting if one.kind == "spam")
    ledger.lock_about(session, [post.author_id], **flag_record.page_of(post))
    reason = "spam" if by else f"spam, as {SPAM_FLAGS} people in good standing say"
    audit.record(session, by, "flags.spam", now, reason=reason, flags=[one.id for one in waiting], **_audited(post, question))
    removal.remove(session, post, question, reason, by, now)
    # After the removal, which takes back what the post brought: this loss is not among it, and stays when a page goes with it.
    page = {} if isinstance(post, Comment) else {"question_id": question.id} | flag_record.page_of(post)
    posting = Posting(post.author_id, "spam_confirmed", flag_record.penalty(first.id), actor_id=by.id if by else None, **page)
    ledger.post(session, [posting], now)


def _audited(post: Post, question: Question) -> dict[str, int]:
    ids = {"question_id": question.id}
    if isinstance(post, Answer):
        ids["answer_id"] = post.id
    elif isinstance(post, Comment):
        ids["comment_id"] = post.id
    return ids


def _is_agreed(session: Session, post: Post, question: Question, now: datetime) -> bool:
    """Whether enough people in good standing flagged the post as spam, so that no moderator has to say it."""
    author = session.get_one(User, post.author_id)
    relied_on = isinstance(post, Answer) and (post.official or question.accepted_answer_id == post.id)
    if author.is_staff or relied_on:
        return False
    said = select(Flag.by_id).where(*flag_record.about(post), Flag.kind == "spam", Flag.outcome.is_(None))
    flaggers = session.scalars(select(User).where(User.id.in_(said))).all()
    if len(flaggers) < SPAM_FLAGS:
        return False
    records = record_of(session, [one.id for one in flaggers])
    good = [one for one in flaggers if not weights.is_new(one, now) and not one.is_suspended(now) and is_good(*records[one.id])]
    return len(good) >= SPAM_FLAGS


def is_good(decided: int, confirmed: int) -> bool:
    """Whether a flagger's record leaves them in good standing."""
    return decided < JUDGED_AT_LEAST or confirmed >= GOOD_SHARE * decided


def record_of(session: Session, user_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Of each person: how many of their flags were decided, and how many of those were right. One statement."""
    confirmed = func.coalesce(func.sum(case((Flag.outcome == "confirmed", 1), else_=0)), 0)
    rows = session.execute(
        select(Flag.by_id, func.count(), confirmed)
        .where(Flag.by_id.in_(user_ids), Flag.outcome.is_not(None))
        .group_by(Flag.by_id)
    )
    found = {user_id: (decided, int(right)) for user_id, decided, right in rows}
    return {user_id: found.get(user_id, (0, 0)) for user_id in user_ids}
