"""How good the checks are: the blind audit, blind second checks, and items whose truth is known.

A verifier is never told which an item is, neither before nor after: they look alike, are held alike, and each takes its place in
the queue. What a verifier learns is how often their checks were looked at again and how many of those had missed.

- audit: the lowest of the day's draw, in proportion to views (`community.freshness.beliefs`). A real check; its findings
  estimate how many of the answers shown as current are wrong.
- second: somebody else found it still right within PAUSE. A real check; finding it wrong, the first one missed.
- known: a text that somebody found wrong and whose repair a second person confirmed, or one that two people in turn found right
  lately. The verdict changes nothing and pays nothing.

Both of the latter show the answer as it stood before the check they go by.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts.models import User
from community.freshness import queue
from community.freshness.belief import PARAMETERS
from community.freshness.verifiers import VERDICTS
from community.models import Answer, AnswerBelief, Assignment, Question, Revision, Undo, Verification
from reputation.ledger import day_start

Chance = Callable[[], float]
"""Gives numbers evenly spread over [0, 1)."""

CHANCE: Chance = random.SystemRandom().random
"""The product's; tests put another one in its place. Not to be foreseen: who knew what is audited would look closely there."""
KNOWN = 0.03
"""Share of items whose truth is known."""
SECOND = 0.05
"""Share of items that are a blind second check."""
KNOWN_WRONG_FOR = timedelta(days=365)
"""A text that was found wrong stays wrong; for so long it serves, as the products that it speaks of are still known."""
KNOWN_RIGHT_FOR = timedelta(days=60)
"""A text that was found right may have gone wrong since, so it serves for less."""
JUDGED_WITHIN = timedelta(days=365)
"""Over what time a verifier's own miss rate is told: few checks are checked again."""
_LOT = 30
"""From so many of the latest an item is drawn."""


@dataclass(frozen=True)
class Item:
    """What is to be given to a verifier, and what it goes by."""

    answer_id: int
    purpose: str
    basis_id: int | None = None
    revision_id: int | None = None
    truth: str | None = None
    judged_id: int | None = None


@dataclass(frozen=True)
class MissRate:
    """Of so many checks that were checked again, so many had missed something."""

    checked_again: int = 0
    missed: int = 0


@dataclass(frozen=True)
class Rate:
    """So many of so many."""

    hits: int = 0
    of: int = 0


def draw(session: Session, by: User, now: datetime, chance: Chance) -> Item | None:
    """By chance, an item that is not simply the most useful one; None: take that one. Of each kind only what this person may
    check; where there is none of the kind that chance names, None too."""
    lot = chance()
    if lot < PARAMETERS.AUDIT:
        answer_id = session.scalars(audited(by, now).limit(1)).first()
        return Item(answer_id, "audit") if answer_id is not None else None
    if lot < PARAMETERS.AUDIT + KNOWN:
        right = chance() < 0.5  # noqa: PLR2004 - as often right as wrong, or always saying one of them would do
        return _known_right(session, by, now, chance) if right else _known_wrong(session, by, now, chance)
    if lot < PARAMETERS.AUDIT + KNOWN + SECOND:
        return _second(session, by, now, chance)
    return None


def audited(by: User, now: datetime) -> Select[int]:
    """Ids of what the blind audit takes next, in the order of the draw; each once a day."""
    today = select(Assignment.answer_id).where(
        Assignment.purpose == "audit",
        or_(Assignment.done_at.is_(None), and_(Assignment.done_at >= day_start(now), Assignment.outcome.in_(VERDICTS))),
    )
    return (
        select(Answer.id)
        .select_from(AnswerBelief)
        .join(Answer, Answer.id == AnswerBelief.answer_id)
        .join(Question, Question.id == Answer.question_id)
        .where(AnswerBelief.draw.is_not(None), Answer.expires_at > now, Answer.id.not_in(today))
        .where(*queue.allowed(by, now), *queue.free(by, now), queue.rested(now))
        .order_by(AnswerBelief.draw)
    )


def _second(session: Session, by: User, now: datetime, chance: Chance) -> Item | None:
    """An answer that somebody else found still right within PAUSE, unless it was looked at again already. The text is the same,
    and nobody has said anything since."""
    again = exists().where(Assignment.basis_id == Verification.id, Assignment.outcome.in_(VERDICTS))
    found = session.execute(
        select(Answer.id, Verification.id, Verification.verifier_id)
        .select_from(Verification)
        .join(Answer, Answer.id == Verification.answer_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Undo, Undo.verification_id == Verification.id)
        .where(
            Verification.at > now - timedelta(days=PARAMETERS.PAUSE),
            Undo.until_at <= now,
            Verification.verdict == "right",
            Verification.undone_at.is_(None),
            Verification.verifier_id != by.id,
            Answer.verified_at == Verification.at,
            Answer.verified_by_id == Verification.verifier_id,
            or_(Answer.edited_at.is_(None), Answer.edited_at <= Verification.at),
            Answer.best_before_at > now,
            Answer.broken_count == 0,
            ~again,
            *queue.allowed(by, now),
            *queue.free(by, now),
        )
        .order_by(Verification.id.desc())
        .limit(_LOT)
    ).all()
    if not found:
        return None
    answer_id, basis_id, first_id = found[int(chance() * len(found))]
    return Item(answer_id, "second", basis_id, truth="right", judged_id=first_id)


def _known_wrong(session: Session, by: User, now: datetime, chance: Chance) -> Item | None:
    """The text before a repair that a second person confirmed."""
    repair, confirmation = aliased(Verification), aliased(Verification)
    confirmed = (
        _known(by, now, repair, confirmation)
        .where(repair.verdict == "repaired", repair.at > now - KNOWN_WRONG_FOR)
        .where(or_(confirmation.round == repair.round, confirmation.round == repair.round + 1))
    )
    return _one_of(session, by, confirmed, "wrong", chance)


def _known_right(session: Session, by: User, now: datetime, chance: Chance) -> Item | None:
    """A text that two people in turn found right, the second lately, and of which nobody says otherwise."""
    first, second = aliased(Verification), aliased(Verification)
    confirmed = (
        _known(by, now, first, second)
        .where(first.verdict == "right", second.at > now - KNOWN_RIGHT_FOR)
        .where(second.at < now - timedelta(days=PARAMETERS.PAUSE), second.at == Answer.verified_at)
        .where(second.round == Answer.round - 1, first.round == Answer.round - 2)
        .where(or_(Answer.edited_at.is_(None), Answer.edited_at <= first.at))
        .where(Answer.best_before_at > now, Answer.broken_count == 0)
    )
    return _one_of(session, by, confirmed, "right", chance)


def _known(by: User, now: datetime, first: type[Verification], second: type[Verification]) -> Select[int, int]:
    """What two others agreed on. Who wrote or judged any of it, and who had it as an item before, would know it again."""
    mine, had = aliased(Verification), aliased(Assignment)
    return (
        select(Answer.id, first.id)
        .select_from(first)
        .join(second, and_(second.answer_id == first.answer_id, second.id > first.id))
        .join(Answer, Answer.id == first.answer_id)
        .join(Question, Question.id == Answer.question_id)
        .join(Undo, Undo.verification_id == first.id)
        .where(
            first.undone_at.is_(None),
            second.undone_at.is_(None),
            second.verdict == "right",
            second.verifier_id != first.verifier_id,
            ~exists().where(mine.answer_id == Answer.id, mine.verifier_id == by.id),
            ~exists().where(had.answer_id == Answer.id, had.verifier_id == by.id),
            ~exists().where(Revision.answer_id == Answer.id, Revision.author_id == by.id),
            *queue.allowed(by, now),
        )
        .order_by(first.id.desc())
        .limit(_LOT)
    )


def _one_of(session: Session, by: User, confirmed: Select[int, int], truth: str, chance: Chance) -> Item | None:
    found = session.execute(confirmed).all()
    if not found:
        return None
    answer_id, basis_id = found[int(chance() * len(found))]
    shown = session.get_one(Undo, basis_id).before["answer"]["revision_count"]
    of_then = select(Revision.id).where(Revision.answer_id == answer_id, Revision.number == shown)
    revision_id = session.execute(of_then).scalar()
    return Item(answer_id, "known", basis_id, revision_id, truth, by.id) if revision_id is not None else None


def judge(given: Assignment, verdict: str) -> None:
    """Inside a verb, with the verdict on an item that judges somebody: write down whether they missed. "Cannot tell" judges
    nobody. Of what is known the first verdict alone can judge: who takes it back may have looked at what came of it."""
    if given.purpose == "known" and (given.missed is not None or given.truth is None):
        return
    if given.purpose not in ("second", "known") or verdict == "unsure":
        given.missed = None
    else:
        given.missed = (verdict == "right") != (given.truth == "right")


def miss_rates(session: Session, since: datetime) -> dict[int, MissRate]:
    """For each verifier (their id) whose checks were checked again since then: how many, and how many of them had missed."""
    rows = session.execute(_judged(since).group_by(Assignment.judged_id))
    return {user_id: MissRate(again, int(missed or 0)) for user_id, again, missed in rows if user_id is not None}


def miss_rate(session: Session, user_id: int, since: datetime) -> MissRate:
    """The same of one verifier."""
    row = session.execute(_judged(since).where(Assignment.judged_id == user_id).group_by(Assignment.judged_id)).first()
    return MissRate(row[1], int(row[2] or 0)) if row else MissRate()


def _judged(since: datetime) -> Select[int | None, int, int | None]:
    return select(Assignment.judged_id, func.count(), func.sum(case((Assignment.missed.is_(True), 1), else_=0))).where(
        Assignment.missed.is_not(None), Assignment.done_at >= since
    )


def sensitivity(session: Session, since: datetime) -> Rate:
    """Of the known items that were wrong, how many were found wrong."""
    return _known_rate(session, since, "wrong")


def specificity(session: Session, since: datetime) -> Rate:
    """Of the known items that were right, how many were found right."""
    return _known_rate(session, since, "right")


def _known_rate(session: Session, since: datetime, truth: str) -> Rate:
    row = session.execute(
        select(func.count(), func.sum(case((Assignment.missed.is_(False), 1), else_=0))).where(
            Assignment.purpose == "known",
            Assignment.done_at >= since,
            Assignment.truth == truth,
            Assignment.missed.is_not(None),
        )
    ).one()
    return Rate(int(row[1] or 0), row[0])
