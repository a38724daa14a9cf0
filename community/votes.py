"""Votes: casting, taking back, and the limits on both."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Invalid, TooMany
from app.pages import FRONT, question_key, touch
from community import lead, policy, reach
from community.freshness import beliefs, evidence, weights
from community.freshness.evidence import Happening
from community.models import Answer, Question, Vote
from reputation import ledger
from reputation.ledger import Posting

VOTES_A_DAY = 30
UP_VOTES_PER_PAIR = 6
DOWN_VOTES_PER_PAIR = 3
"""The most one person can vote another person's posts up or down in a day."""
FAST, FAST_WITHIN = 12, timedelta(minutes=1)
"""So many votes in so short a time are faster than anybody reads."""
TOO_FAST = "You vote faster than anybody reads. Wait a minute, then go on."
TAKE_BACK_WITHIN = timedelta(days=1)
"""How long a vote can be taken back; later only after the post was edited."""


@dataclass(frozen=True)
class Tally:
    """What stands after the act: the post's score and the voter's own vote (1, -1, or 0)."""

    score: int
    mine: int


def cast(value: int, *, question_id: int | None = None, answer_id: int | None = None, by: User, now: datetime) -> Tally:
    """Vote a question or an answer up (1) or down (-1). The same vote again changes nothing; another takes the first back.

    Refuses one's own posts, more than 30 votes a day or 12 a minute, and more than 6 up or 3 down a day on one person's posts.
    """
    if value not in (1, -1):
        raise Invalid({"value": "A vote is up or down."})
    with transaction() as session:
        post, question = _reach(session, question_id, answer_id)
        policy.require(by, "vote_up" if value > 0 else "vote_down", reach.subject_of(post, question), now)
        standing = _standing(session, post, by)
        if standing is not None and standing.value == value and standing.discounted_at is None:
            return Tally(post.score, value)
        _hold(session, post, by, value < 0 or standing is not None)
        if standing is not None:
            _take_back(session, standing, post, question, by, now)
        _refuse_too_many(session, post.author_id, value, by, now)
        vote = Vote(
            voter_id=by.id,
            author_id=post.author_id,
            question_id=None if isinstance(post, Answer) else post.id,
            answer_id=post.id if isinstance(post, Answer) else None,
            value=value,
            at=now,
        )
        session.add(vote)
        session.flush()
        post.score += value
        ledger.post(session, prices(vote, question.id), now)
        if isinstance(post, Answer) and is_evidence(post, vote):
            evidence.hear(session, post, question, Happening("votes", "somebody voted it down"), now, bad=weights.DOWN_VOTE)
        _shown(session, question, now)
        return Tally(post.score, value)


def withdraw(*, question_id: int | None = None, answer_id: int | None = None, by: User, now: datetime) -> Tally:
    """Take one's vote back; what it paid is reversed. Without a standing vote nothing changes. After a day only when the post was
    edited since (else Conflict)."""
    with transaction() as session:
        post, question = _reach(session, question_id, answer_id)
        policy.require(by, "withdraw_vote", reach.subject_of(post, question), now)
        standing = _standing(session, post, by)
        if standing is not None:
            _hold(session, post, by, standing.value < 0)
            _take_back(session, standing, post, question, by, now)
            _shown(session, question, now)
        return Tally(post.score, 0)


def causes(vote_id: int) -> tuple[str, str]:
    """What the ledger knows a vote by: the author's entry and the voter's."""
    return f"vote:{vote_id}:author", f"vote:{vote_id}:voter"


def _reach(session: Session, question_id: int | None, answer_id: int | None) -> tuple[Question | Answer, Question]:
    if answer_id is not None:
        return reach.answer(session, answer_id)
    question = reach.question(session, question_id or 0)
    return question, question


def _hold(session: Session, post: Question | Answer, by: User, is_heard: bool) -> None:
    if is_heard and isinstance(post, Answer):
        beliefs.hold(session, post.id)
    ledger.lock_people(session, [by.id, post.author_id])


def _standing(session: Session, post: Question | Answer, by: User) -> Vote | None:
    on = Vote.answer_id == post.id if isinstance(post, Answer) else Vote.question_id == post.id
    return session.scalars(select(Vote).where(on, Vote.voter_id == by.id, Vote.withdrawn_at.is_(None))).one_or_none()


def _take_back(session: Session, vote: Vote, post: Question | Answer, question: Question, by: User, now: datetime) -> None:
    if vote.discounted_at is not None:
        raise Conflict("This vote of yours looked arranged, so it does not count. Your inbox says more, and how to appeal.")
    edited_since = post.edited_at is not None and post.edited_at > vote.at
    if now - vote.at > TAKE_BACK_WITHIN and not edited_since:
        raise Conflict("A vote can be taken back for a day, and after that only when the post has been edited.")
    gone = session.execute(
        update(Vote).where(Vote.id == vote.id, Vote.withdrawn_at.is_(None)).values(withdrawn_at=now).returning(Vote.id)
    ).first()
    if gone is not None:
        post.score -= vote.value
        session.flush()
        ledger.reverse(session, causes(vote.id), by.id, now)
        if isinstance(post, Answer) and is_evidence(post, vote):
            said = evidence.Said(vote.at, bad=weights.DOWN_VOTE)
            happening = Happening("withdrawn", "a vote down was taken back")
            evidence.take_back(session, post, question, happening, [said], now)


def is_evidence(answer: Answer, vote: Vote) -> bool:
    """Whether the vote is heard as weak evidence that the answer is wrong today: a vote down since its last verification. Whose
    it is does not stand in the history: votes are secret."""
    lately = answer.verified_at is None or vote.at > answer.verified_at
    return weights.DOWN_VOTE > 0 and vote.value < 0 and lately


def _refuse_too_many(session: Session, author_id: int, value: int, by: User, now: datetime) -> None:
    since = ledger.day_start(now)
    today = select(func.count()).where(Vote.voter_id == by.id, Vote.at >= since)
    fast = select(func.count()).where(Vote.voter_id == by.id, Vote.at > now - FAST_WITHIN, Vote.at <= now)
    total, of_pair, just_now = session.execute(
        select(
            today.scalar_subquery(),
            today.where(Vote.author_id == author_id, Vote.value == value).scalar_subquery(),
            fast.scalar_subquery(),
        )
    ).one()
    if total >= VOTES_A_DAY:
        raise TooMany(f"You have cast {VOTES_A_DAY} votes today, which is the most. Come back tomorrow.")
    if just_now >= FAST:
        raise TooMany(TOO_FAST, int(FAST_WITHIN.total_seconds()))
    most = UP_VOTES_PER_PAIR if value > 0 else DOWN_VOTES_PER_PAIR
    if of_pair >= most:
        raise TooMany(
            f"You have voted this person’s posts {'up' if value > 0 else 'down'} {most} times today, which is the most."
        )


def prices(vote: Vote, question_id: int) -> list[Posting]:
    """What a vote under this question pays and costs."""
    kind = "answer" if vote.answer_id else "question"
    author, voter = causes(vote.id)
    about = {"actor_id": vote.voter_id, "question_id": question_id, "answer_id": vote.answer_id}
    postings = [Posting(vote.author_id, f"{kind}_{'upvoted' if vote.value > 0 else 'downvoted'}", author, **about)]
    if vote.value < 0 and kind == "answer":
        postings.append(Posting(vote.voter_id, "downvoting", voter, **about))
    return postings


def _shown(session: Session, question: Question, now: datetime) -> None:
    """A score moves the question's page and may change which answer leads; search ranks by it."""
    lead.refresh(session, question, now)
    touch(session, question_key(question.id), FRONT)
    reach.changed(session, question, now, lists=False)
