"""Signals: a reader's word on an answer between verifications, signed in or not."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Invalid
from community import policy, reach, texts
from community.freshness import belief as model
from community.freshness import beliefs, evidence, life, weights
from community.freshness.evidence import Happening, Said
from community.lifecycle import State
from community.models import Answer, AnswerBelief, Question, Signal
from community.policy import Subject

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
    word replaces it, the same one can be given a release and a note later. Returns False when it was said already. Never by the
    author. It weighs as much as the person was right so far (`community.freshness.weights`), and moves the answer's belief, dates
    and place in the review queue at once. A report by a new account or a visitor counts for nothing while moderators put such
    reports on this answer aside.
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
            return _say_more(session, question, standing, clean_release, clean_note, now)
        if standing is None:
            standing = Signal(
                answer_id=answer.id,
                round=answer.round,
                user_id=by.id if by else None,
                network_mark=None if by else network_mark,
            )
            session.add(standing)
        else:
            _take_back(session, answer, question, standing, by, now, to=kind)
        standing.kind, standing.at = kind, now
        standing.release, standing.note = clean_release, clean_note
        standing.weight = _weight(session, answer, question, kind, by, now)
        standing.untried = weights.is_untried(by, now)
        if standing.aside_at is None and standing.untried and kind == "broken" and _put_aside(session, answer):
            standing.aside_at = now
        _count(answer, standing, 1)
        session.flush()
        _hear(session, answer, question, standing, by, now)
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
        _take_back(session, answer, question, standing, by, now)
        reach.changed(session, question, now, lists=False)
        return True


def counts(signal: Signal) -> bool:
    """Whether the word is heard: reports that moderators put aside are not."""
    return signal.kind != "broken" or signal.aside_at is None


def crowd(session: Session, answer: Answer) -> int:
    """How many of the round's reports come from new accounts or from nobody's account, those put aside too."""
    said = (Signal.answer_id == answer.id, Signal.round == answer.round, Signal.kind == "broken", Signal.untried.is_(True))
    return session.execute(select(func.count()).where(*said)).scalar_one()


def _say_more(session: Session, question: Question, standing: Signal, release: str, note: str, now: datetime) -> bool:
    """The same word with more to it; what was said before stays where nothing is said now."""
    more = (release or standing.release, note or standing.note)
    if more == (standing.release, standing.note):
        return False
    standing.release, standing.note = more
    reach.changed(session, question, now, lists=False)
    return True


def _hear(session: Session, answer: Answer, question: Question, said: Signal, by: User | None, now: datetime) -> None:
    """Let the belief hear a new word, and see who reports."""
    if said.kind == "check":
        return
    if counts(said):
        happening = Happening("report" if said.kind == "broken" else "confirmation", _words(said), by.id if by else None)
        bad, ok = (said.weight, 0.0) if said.kind == "broken" else (0.0, said.weight)
        row = evidence.hear(session, answer, question, happening, now, bad=bad, ok=ok)
    else:
        row = beliefs.of(session, answer, question, now)
    _place(session, row, answer, question, recount=said.kind == "broken")


def _take_back(
    session: Session, answer: Answer, question: Question, said: Signal, by: User | None, now: datetime, to: str = ""
) -> None:
    """Count a word out, and take back what it moved; its row is gone where no other word (`to`) takes its place. A word from
    before words had weights moved nothing."""
    _count(answer, said, -1)
    kind, heard = said.kind, Said(said.at, *((said.weight, 0.0) if said.kind == "broken" else (0.0, said.weight)))
    moved = kind != "check" and counts(said) and said.weight > 0
    if to:
        said.kind, said.weight = "check", 0.0
    else:
        session.delete(said)
    session.flush()
    if kind == "check":
        return
    if moved:
        words = "a reader took their word back" + (", and asks to have it checked" if to == "check" else "")
        row = evidence.take_back(session, answer, question, Happening("withdrawn", words, by.id if by else None), [heard], now)
    else:
        row = beliefs.of(session, answer, question, now)
    _place(session, row, answer, question, recount=kind == "broken")


def _place(session: Session, row: AnswerBelief, answer: Answer, question: Question, *, recount: bool) -> None:
    """See how large the crowd is, and give the answer its place in the queue. Each of a crowd has looked at the answer at least
    once, in a month at most, whether or not those views have been counted yet."""
    if recount:
        row.crowd = crowd(session, answer)
    views = row.crowd / model.PARAMETERS.VIEWS_OVER
    if views > row.views_per_day:
        belief = beliefs.read(row)
        row.score = max(row.score, model.score(views, row.pi, model.hazard(belief, question.change_rate)))


def _weight(session: Session, answer: Answer, question: Question, kind: str, by: User | None, now: datetime) -> float:
    if kind == "check" or (kind == "works" and by is not None and weights.accepted_by(session, answer, question, by)):
        return 0.0
    expert = by is not None and reach.is_expert(session, by, question.id, now)
    weight = weights.weight(session, by, now, expert=expert)
    if kind == "works" and by is not None and not policy.can(by, "confirm", Subject(expert=expert), now):
        return min(weight, weights.ANONYMOUS)
    return weight


def _put_aside(session: Session, answer: Answer) -> bool:
    """Whether moderators put the crowd's reports aside in this round."""
    return session.execute(select(AnswerBelief.aside_at).where(AnswerBelief.answer_id == answer.id)).scalar() is not None


def _words(signal: Signal) -> str:
    on = f" on {signal.release}" if signal.release else ""
    return f"a reader says it {'works' if signal.kind == 'works' else 'no longer works'}{on}"


def _standing(session: Session, answer: Answer, by: User | None, network_mark: str | None) -> Signal | None:
    who = Signal.user_id == by.id if by else Signal.network_mark == network_mark
    return session.scalars(select(Signal).where(Signal.answer_id == answer.id, Signal.round == answer.round, who)).one_or_none()


def _count(answer: Answer, signal: Signal, change: int) -> None:
    """Count a word in (1) or out (-1) of what the page shows."""
    if not counts(signal):
        return
    if signal.kind == "works":
        answer.works_count += change
    elif signal.kind == "broken":
        answer.broken_count += change
    else:
        answer.check_count += change
