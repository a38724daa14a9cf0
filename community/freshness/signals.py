"""Signals: a reader's word on an answer between verifications, signed in or not."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Invalid
from community import policy, reach, texts
from community.freshness import life
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
    word replaces it. Returns False when it was said already. Never by the author. It does not move the state: evidence alone
    makes no answer fresh or expired here, it brings it into the review queue.
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
        if standing is None:
            standing = Signal(
                answer_id=answer.id,
                round=answer.round,
                user_id=by.id if by else None,
                network_mark=None if by else network_mark,
                kind=kind,
                at=now,
            )
            session.add(standing)
        else:
            _count(answer, standing.kind, -1)
        standing.kind, standing.at = kind, now
        standing.release, standing.note = clean_release, clean_note
        _count(answer, kind, 1)
        reach.changed(session, question, now, lists=False)
        return True


def withdraw(answer_id: int, *, by: User | None = None, network_mark: str | None = None, now: datetime) -> bool:
    """Take one's word back. Returns False when there is none in this round."""
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "signal", reach.subject_of(answer, question), now)
        standing = _standing(session, answer, by, network_mark)
        if standing is None:
            return False
        _count(answer, standing.kind, -1)
        session.delete(standing)
        reach.changed(session, question, now, lists=False)
        return True


def _standing(session: Session, answer: Answer, by: User | None, network_mark: str | None) -> Signal | None:
    who = Signal.user_id == by.id if by else Signal.network_mark == network_mark
    return session.scalars(select(Signal).where(Signal.answer_id == answer.id, Signal.round == answer.round, who)).one_or_none()


def _count(answer: Answer, kind: str, change: int) -> None:
    if kind == "works":
        answer.works_count += change
    elif kind == "broken":
        answer.broken_count += change
    else:
        answer.check_count += change
