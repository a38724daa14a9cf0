"""Scenes: people who vote for each other, and what became of it."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from community import acceptance, votes
from community.fairness import night
from community.models import Acceptance, Answer, FairnessLine, Finding, Question, Tag, Vote
from reputation.fairness.lines import KINDS
from reputation.models import Entry
from tests.people import People
from tests.stories import answer, ask

DAY = timedelta(days=1)


def busy(session: Session, now: datetime) -> None:
    """Much is written here by others: two of the few who vote stand out."""
    session.execute(update(Tag).values(question_count=500))
    session.add_all(FairnessLine(kind=kind, low=2.0, high=3.0) for kind in KINDS)
    session.commit()


def arranged(people: People, now: datetime, *, by: User, to: User, votes_: int = 8) -> list[int]:
    """One votes another up, five a day; the answers' numbers."""
    early = now - 40 * DAY
    question_id = ask(people.marta, early)
    ids = [answer(question_id, to, early) for _ in range(votes_)]
    for number, answer_id in enumerate(ids):
        votes.cast(1, answer_id=answer_id, by=by, now=now - (10 - number // 5) * DAY + number * timedelta(minutes=1))
    return ids


def farmed(people: People, now: datetime, *, asker: User, helper: User, times: int = 6) -> list[int]:
    """One asks, the other answers, the first accepts; nobody looks."""
    done = []
    for number in range(times):
        at = now - (20 - number) * DAY
        answer_id = answer(ask(asker, at, title=f"A quick word about case {number}?"), helper, at)
        acceptance.accept(answer_id, by=asker, now=at + timedelta(minutes=20))
        done.append(answer_id)
    return done


def looked(now: datetime) -> None:
    """A night."""
    assert night.run(now) is True


def state(session: Session) -> dict[str, Any]:
    """Everything that a reversal moves: totals, scores, what counts."""
    session.rollback()
    return {
        "reputation": dict(session.execute(select(User.id, User.reputation)).all()),
        "answers": dict(session.execute(select(Answer.id, Answer.score)).all()),
        "questions": dict(session.execute(select(Question.id, Question.score)).all()),
        "votes": session.execute(select(func.count()).where(Vote.discounted_at.is_not(None)).select_from(Vote)).scalar_one(),
        "acceptances": session.execute(
            select(func.count()).where(Acceptance.discounted_at.is_not(None)).select_from(Acceptance)
        ).scalar_one(),
        "ledger": int(session.execute(select(func.sum(Entry.delta))).scalar_one() or 0),
    }


def found(session: Session) -> list[Finding]:
    """Every finding, in order."""
    session.rollback()
    return list(session.scalars(select(Finding).order_by(Finding.id).execution_options(populate_existing=True)))
