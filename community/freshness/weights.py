"""How much a reader's word counts: by how often that account was right, as verifications found."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import insert_into
from community.models import Acceptance, Answer, Question, Signal, SignalRecord, Verifier

ANONYMOUS = 0.2
"""The weight of somebody who is not signed in."""
KNOWN = (1.0, 1.0)
"""The Beta prior of an account: as if it had been right once and wrong once."""
NEW = (1.0, 3.0)
"""The prior of a new account, or of one whose mail address is not confirmed."""
TRUSTED = (4.0, 1.0)
"""The prior of staff and of experts in the question's tags."""
NEW_FOR = timedelta(days=7)
"""How long an account is new."""
DEAD_LINK = 0.5
"""The weight of a link in the answer that leads nowhere."""
DOWN_VOTE = 0.1
"""The weight of a vote down since the last verification: weak, for people vote down for other reasons too. With 0 votes are not
heard at all."""
MOST = 1.0 - DOWN_VOTE
"""The most that a word weighs, so that an account that also votes the answer down weighs 1 in all."""
MOST_OF_LINKS = 1.0
"""The most that the dead links of one answer weigh together: they often die for one reason."""


def beta_mean(prior: tuple[float, float], right: int, wrong: int) -> float:
    """The mean of the posterior of a chance that was met `right` times of `right + wrong`; in (0, 1)."""
    return (prior[0] + right) / (prior[0] + prior[1] + right + wrong)


def is_new(user: User, now: datetime) -> bool:
    """Whether something is missing that vouches for the account: time, or a confirmed mail address."""
    return now - user.created_at < NEW_FOR or user.email_confirmed_at is None


def is_untried(by: User | None, now: datetime) -> bool:
    """Whether somebody is a visitor or has a new account: such can be made by the hundred, so what many of them say together is
    shown to moderators."""
    return by is None or is_new(by, now)


def weight(session: Session, by: User | None, now: datetime, *, expert: bool) -> float:
    """What one word of this person counts for, in (0, MOST]. `expert`: in one of the question's tags."""
    if by is None:
        return ANONYMOUS
    own = NEW if is_new(by, now) else KNOWN
    trusted = (by.is_staff or expert) and not _is_careless(session, by.id)
    prior = TRUSTED if trusted else own
    record = session.get(SignalRecord, by.id, populate_existing=True)
    return min(MOST, beta_mean(prior, record.right, record.wrong) if record else beta_mean(prior, 0, 0))


def _is_careless(session: Session, user_id: int) -> bool:
    """Whether too many of a verifier's checks miss: then their word is anybody's."""
    found = session.get(Verifier, user_id, populate_existing=True)
    return found is not None and found.warned_at is not None


def accepted_by(session: Session, answer: Answer, question: Question, by: User) -> bool:
    """Whether this person has accepted the answer since its last verification: then they have confirmed it already, and "works
    for me" adds nothing."""
    if question.accepted_answer_id != answer.id:
        return False
    standing = select(Acceptance.at).where(
        Acceptance.answer_id == answer.id, Acceptance.by_id == by.id, Acceptance.withdrawn_at.is_(None)
    )
    at = session.execute(standing).scalar()
    return at is not None and (answer.verified_at is None or at > answer.verified_at)


def confirmed_with(session: Session, answer: Answer, user_id: int) -> float:
    """What a person's standing "works for me" weighs in this round; 0 without one."""
    said = select(Signal.weight).where(Signal.answer_id == answer.id, Signal.round == answer.round)
    return session.execute(said.where(Signal.user_id == user_id, Signal.kind == "works")).scalar() or 0.0


def judge(session: Session, answer: Answer, *, was_wrong: bool, but: int) -> None:
    """A verification has told who was right about the answer in this round; the verifier's own word (`but`) judges nobody. The
    people's rows are taken in the order of their ids."""
    for user_id, kind in said(session, answer, but=but):
        _record(session, user_id, right=(kind == "broken") == was_wrong)


def said(session: Session, answer: Answer, *, but: int) -> list[tuple[int, str]]:
    """Who says in this round that it works or no longer does, except one; in the order of their ids."""
    words = session.execute(
        select(Signal.user_id, Signal.kind)
        .where(Signal.answer_id == answer.id, Signal.round == answer.round, Signal.kind.in_(("works", "broken")))
        .where(Signal.user_id != but)
        .order_by(Signal.user_id)
    )
    return [(user_id, kind) for user_id, kind in words.all() if user_id is not None]


def unjudge(session: Session, words: Iterable[tuple[int, str]], *, was_wrong: bool) -> None:
    """The verification that judged these words was taken back."""
    for user_id, kind in words:
        column = SignalRecord.right if (kind == "broken") == was_wrong else SignalRecord.wrong
        row = update(SignalRecord).where(SignalRecord.user_id == user_id)
        session.execute(row.values({column: column - 1}))


def _record(session: Session, user_id: int, *, right: bool) -> None:
    column = SignalRecord.right if right else SignalRecord.wrong
    row = insert_into(session, SignalRecord).values(user_id=user_id, right=int(right), wrong=int(not right))
    session.execute(row.on_conflict_do_update(index_elements=["user_id"], set_={column.key: column + 1}))
