"""Signals: a reader's word on an answer between verifications, signed in or not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Invalid
from community import policy, reach, texts
from community.freshness import evidence, life, weights
from community.freshness.evidence import Happening
from community.lifecycle import State
from community.models import Answer, Signal

Kind = Literal["works", "broken", "check"]
KINDS: tuple[str, ...] = get_args(Kind)


def say(
    answer_id: int,
    kind: str,
    *,
    release: str = "",
    note: str = "",
    by: User | None = None,
    network_mark: str | None = None,
    now: datetime,
) -> bool:
    """Say "works" (it works for me), "broken" (it no longer works), or "check" (please have it checked).

    One standing word per account, or per network mark of somebody who is not signed in, until the next verification; a different
    word replaces it. Returns False when it was said already. Never by the author. It weighs as much as the person was right so
    far (`community.freshness.weights`), and moves the answer's belief, dates and place in the review queue at once.
    """
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "signal", reach.subject_of(answer, question), now)
        if kind not in KINDS:
            raise Invalid({"kind": "Choose whether it works, no longer works, or should be checked."})
        if by is None and network_mark is None:
            raise ValueError("a signal needs an account or a network mark")
        if life.catch_up(session, answer, now) == State.ARCHIVED:
            raise Conflict("This answer is archived; look at the one that took its place.")
        clean_release = texts.line(release, "release", "The release", texts.LONGEST_PRODUCT)
        clean_note = texts.note(note, "note", "The note")
        standing = _standing(session, answer, by, network_mark)
        if standing is not None and standing.kind == kind:
            return False
        taken_back = Weights() if standing is None else _count(answer, standing, -1)
        if standing is None:
            standing = Signal(
                answer_id=answer.id,
                round=answer.round,
                user_id=by.id if by else None,
                network_mark=None if by else network_mark,
            )
            session.add(standing)
        standing.kind, standing.at = kind, now
        standing.release, standing.note = clean_release, clean_note
        expert = by is not None and reach.is_expert(session, by, question.id, now)
        standing.weight = weights.weight(session, by, now, expert=expert)
        said = _count(answer, standing, 1)
        session.flush()
        change = Weights(taken_back.bad + said.bad, taken_back.ok + said.ok)
        if change != Weights():
            happening = Happening(_EVENT[kind], _words(standing), by.id if by else None)
            row = evidence.hear(session, answer, question, happening, now, bad=change.bad, ok=change.ok)
            row.crowd = _crowd(session, answer, now)
        reach.changed(session, question, now, lists=False)
        return True


def withdraw(answer_id: int, *, by: User | None = None, network_mark: str | None = None, now: datetime) -> bool:
    """Take one's word back, and what it weighed. Returns False when there is none in this round."""
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "signal", reach.subject_of(answer, question), now)
        standing = _standing(session, answer, by, network_mark)
        if standing is None:
            return False
        taken_back = _count(answer, standing, -1)
        session.delete(standing)
        session.flush()
        if taken_back != Weights():
            happening = Happening("withdrawn", "a reader took their word back", by.id if by else None)
            row = evidence.hear(session, answer, question, happening, now, bad=taken_back.bad, ok=taken_back.ok)
            row.crowd = _crowd(session, answer, now)
        reach.changed(session, question, now, lists=False)
        return True


@dataclass(frozen=True)
class Weights:
    """What a word adds to the day's reports and confirmations."""

    bad: float = 0.0
    ok: float = 0.0


_EVENT = {"works": "confirmation", "broken": "report", "check": "withdrawn"}
"""How the history calls what moves the belief; asking for a check moves it only by what it takes back."""


def _words(signal: Signal) -> str:
    on = f" on {signal.release}" if signal.release else ""
    return {"works": f"a reader says it works{on}", "broken": f"a reader says it no longer works{on}"}.get(
        signal.kind, "a reader took their word back, and asks to have it checked"
    )


def _crowd(session: Session, answer: Answer, now: datetime) -> int:
    """How many of the round's reports come from new accounts or from nobody's account."""
    new = or_(User.created_at > now - weights.NEW_FOR, User.email_confirmed_at.is_(None), User.id.is_(None))
    said = (Signal.answer_id == answer.id, Signal.round == answer.round, Signal.kind == "broken", Signal.link_id.is_(None))
    return session.execute(
        select(func.count()).select_from(Signal).outerjoin(User, User.id == Signal.user_id).where(*said, new)
    ).scalar_one()


def _standing(session: Session, answer: Answer, by: User | None, network_mark: str | None) -> Signal | None:
    who = Signal.user_id == by.id if by else Signal.network_mark == network_mark
    return session.scalars(select(Signal).where(Signal.answer_id == answer.id, Signal.round == answer.round, who)).one_or_none()


def _count(answer: Answer, signal: Signal, change: int) -> Weights:
    """Count a word in (1) or out (-1); returns what it weighs."""
    if signal.kind == "works":
        answer.works_count += change
        return Weights(ok=change * signal.weight)
    if signal.kind == "broken":
        answer.broken_count += change
        return Weights(bad=change * signal.weight)
    answer.check_count += change
    return Weights()
