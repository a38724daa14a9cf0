"""Verification: a named person checked an answer, with what evidence, and what follows from what they found."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Forbidden, Invalid
from app.outbox import emit
from app.pages import person_key, touch
from community import answers, lead, mentions, policy, reach, texts
from community.freshness import assignments, beliefs, evidence, finds, life, pay, undo, verifiers, weights
from community.freshness.evidence import Happening
from community.freshness.undo import UNDO_FOR
from community.freshness.verifiers import VERDICTS
from community.lifecycle import Event, State
from community.models import Answer, Assignment, Question, Revision, Verification, Verifier
from reputation import ledger

HALF = 0.5
"""What the check of somebody counts whose checks miss too often: another one has to agree."""


@dataclass(frozen=True)
class Outcome:
    """What came of a verification: the answer's state now, and how many more people have to find it right."""

    state: State
    more_needed: int = 0
    assignment_id: int = field(default=0, compare=False)
    """What it can be undone by."""


def verify(
    answer_id: int,
    verdict: str,
    *,
    release: str = "",
    evidence: str = "",
    note: str = "",
    body: str = "",
    round: int | None = None,
    revision: int | None = None,
    by: User,
    now: datetime,
) -> Outcome:
    """Say what a check of the answer found.

    - "right": fresh again, once as many different people as its tags ask for have said so since the last round.
    - "repaired": `body` is the repaired text; a new revision, fresh (where two are needed: due, until another person agrees).
    - "wrong": expired at once, with the note as the reason.
    - "unsure": kept, and changes nothing.

    `round` and `revision` are what the verifier's page showed; Conflict with a kind word when somebody else was first, or when
    the text is another one by now. One verdict per person and round. Never by the author. An archived answer has to be restored
    first. It belongs to the item the person holds; of an item whose truth is known it changes nothing but their own record. It
    can be undone for UNDO_FOR, and is told to nobody before that.
    """
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        expert = reach.is_expert(session, by, question.id, now)
        paused = verifiers.is_paused(session, by.id)
        policy.require(by, "verify", reach.subject_of(answer, question, expert=expert, paused=paused), now)
        given = assignments.given(session, answer_id, by, now)
        if given is not None and given.purpose == "known":
            if verdict != "unsure" and revision is not None and revision != session.get_one(Revision, given.revision_id).number:
                raise Conflict(_OTHER_TEXT)
            read = _read(verdict, release, evidence, note, answer, by, now)
            return _known(session, given, read, answer, question, body, by, now)
        state = life.catch_up(session, answer, now)
        if state == State.ARCHIVED:
            raise Conflict("This answer is archived. Restore it first, then check it.")
        _refuse_second(session, answer, round, given, by)
        holder = assignments.holder_of(session, answer_id, by, now) if given is None else None
        if holder is not None:
            raise Conflict(f"{holder} is checking this answer just now. Look again in a while; what you have typed is kept.")
        if verdict != "unsure" and revision is not None and revision != answer.revision_count:
            raise Conflict(_OTHER_TEXT)
        verification = _read(verdict, release, evidence, note, answer, by, now)
        stood = undo.before(session, answer, question, by, now)
        touch(session, person_key(by.id))
        missing = _follow(session, answer, question, verification, body, by, now)
        undo.keep(session, stood, verification, answer, question, now)
        done = assignments.finish(session, given, answer, verdict, verification, by, now)
        if missing is not None:
            reach.changed(session, question, now, lists=False)
            return Outcome(state, missing, done)
        assignments.decided(session, answer.id, by, now)
        question.activity_at = max(question.activity_at, now)
        lead.refresh(session, question, now)
        emit(session, "answer.verified", now, UNDO_FOR, answer_id=answer.id, verification_id=verification.id)
        reach.changed(session, question, now)
        return Outcome(State(answer.state), 0, done)


_OTHER_TEXT = "The text was changed while you were looking. Here is the new one; what you have typed is kept."


def _known(
    session: Session,
    given: Assignment,
    read: Verification,
    answer: Answer,
    question: Question,
    body: str,
    by: User,
    now: datetime,
) -> Outcome:
    """A verdict on an item whose truth is known: refused for what any verdict is refused for, and else without effect."""
    more = _missing(question, HALF if verifiers.is_warned(session, by.id) else 1.0)
    if read.verdict == "repaired":
        shown = session.get_one(Revision, given.revision_id)
        if _repair(session, body, answer, by).source == shown.body_source:
            raise Invalid({"body": _SAME_TEXT})
    done = assignments.finish(session, given, answer, read.verdict, None, by, now)
    if read.verdict == "right" and more:
        return Outcome(State.DUE, more, done)
    state = {"wrong": State.EXPIRED, "unsure": State.DUE}.get(read.verdict, State.DUE if more else State.FRESH)
    return Outcome(state, 0, done)


def _refuse_second(session: Session, answer: Answer, round: int | None, given: Assignment | None, by: User) -> None:
    if given is None:
        late = round is not None and round != answer.round
    else:
        # Nobody else decides on what is held without its holder's item being closed; the page of an item need not know the round.
        late = given.done_at is not None and answer.verified_at is not None and answer.verified_at >= given.taken_at
    if late:
        name = session.execute(select(User.name).where(User.id == answer.verified_by_id)).scalar() or "Somebody"
        raise Conflict(f"{name} has just checked this answer, so it is done. Thank you for looking too.")
    mine = select(Verification.id).where(
        Verification.answer_id == answer.id,
        Verification.verifier_id == by.id,
        Verification.round == answer.round,
        Verification.undone_at.is_(None),
    )
    if session.execute(mine).first():
        raise Conflict("You have checked this answer already; it is somebody else’s turn.")


def _read(verdict: str, release: str, evidence: str, note: str, answer: Answer, by: User, now: datetime) -> Verification:
    if verdict not in VERDICTS:
        raise Invalid({"verdict": "Choose what you found: still right, repaired, wrong, or cannot tell."})
    return Verification(
        answer_id=answer.id,
        verifier_id=by.id,
        verdict=verdict,
        round=answer.round,
        release=texts.line(release, "release", "What you checked on", texts.LONGEST_PRODUCT),
        evidence=texts.note(evidence, "evidence", "How you checked"),
        note=texts.note(note, "note", "What is wrong", required=verdict == "wrong"),
        at=now,
    )


def _follow(
    session: Session, answer: Answer, question: Question, verification: Verification, body: str, by: User, now: datetime
) -> int | None:
    """Let the verdict do what it does. None: it is decided; else how many more have to find it right."""
    if verification.verdict == "unsure":
        session.add(verification)
        return 0
    if verification.verdict == "wrong":
        _found_wrong(session, answer, question, verification, now)
        return None
    if verification.verdict == "repaired":
        _repaired(session, answer, question, verification, body, by, now)
        return None
    return _found_right(session, answer, question, verification, by, now) or None


def _found_right(
    session: Session, answer: Answer, question: Question, verification: Verification, by: User, now: datetime
) -> int:
    """Record "still right"; returns how many more have to say so before the answer is fresh again."""
    session.add(verification)
    session.flush()
    agreed = session.execute(
        select(func.sum(case((Verifier.warned_at <= Verification.at, HALF), else_=1.0)))
        .select_from(Verification)
        .outerjoin(Verifier, Verifier.user_id == Verification.verifier_id)
        .where(
            Verification.answer_id == answer.id,
            Verification.round == answer.round,
            Verification.verdict.in_(("right", "repaired")),
            Verification.undone_at.is_(None),
        )
    ).scalar_one()
    missing = _missing(question, float(agreed))
    postings = []
    if not missing:
        postings = finds.confirmed_by(session, answer, by, now, vouching=True)
        postings += finds.repair_confirmed(session, answer, verification)
        postings += pay.kept_current(session, answer, question, verification, now)
    ledger.lock_people(session, [by.id, *(posting.user_id for posting in postings)])
    ledger.post(session, postings + pay.for_the_check(session, verification, answer, by, now), now)
    if not missing:
        on = f" on {verification.release}" if verification.release else ""
        reason = f"checked by {by.name}{on}: still right"
        life.move(session, answer, Event.VERIFIED, by.id, reason, now, verification.release)
        _begin_round(session, answer, question, verification, "right", reason)
    return missing


def _missing(question: Question, agreed: float) -> int:
    """How many more have to agree."""
    return max(0, math.ceil(question.verifiers_needed - agreed))


_SAME_TEXT = "This is the text as it was. Write the repair, or choose “still right”."


def _repair(session: Session, body: str, answer: Answer, by: User) -> texts.Text:
    if answer.official and not by.is_staff:
        raise Forbidden("The company stands behind this answer, so only staff repair it. Say that it is wrong, and why.")
    return texts.body(session, body)


def _repaired(
    session: Session,
    answer: Answer,
    question: Question,
    verification: Verification,
    body: str,
    by: User,
    now: datetime,
) -> None:
    text = _repair(session, body, answer, by)
    postings = finds.reports_confirmed(session, answer, verification)
    postings += finds.confirmed_by(session, answer, by, now, vouching=False)
    if not answers.rewrite(answer, text, by, now):
        raise Invalid({"body": _SAME_TEXT})
    session.add(verification)
    session.flush()
    texts.keep_revision(session, answer, by, verification.note or "repaired in a check", (), now)
    told_later: dict[str, Any] = {"verification_id": verification.id, "delay": UNDO_FOR}
    mentions.tell(session, text, by, now, question_id=question.id, answer_id=answer.id, **told_later)
    ledger.post(session, postings, now)
    on = f" on {verification.release}" if verification.release else ""
    alone = not _missing(question, HALF if verifiers.is_warned(session, by.id) else 1.0)
    event = Event.REPAIRED if alone else Event.REPAIR_PROPOSED
    reason = f"checked and repaired by {by.name}{on}"
    life.move(session, answer, event, by.id, reason, now, verification.release)
    _begin_round(session, answer, question, verification, "repaired", reason)
    if not alone:
        # A new text: this check is the first of its round, and it stays past its date until the next person agrees.
        verification.round = answer.round
        answer.best_before_at = now
        answer.expires_at = now + timedelta(days=question.grace_days)
        beliefs.rerank(session, answer, question, now)


def _found_wrong(session: Session, answer: Answer, question: Question, verification: Verification, now: datetime) -> None:
    by_id = verification.verifier_id
    postings = finds.reports_confirmed(session, answer, verification)
    verifier = session.get_one(User, by_id)
    postings += finds.confirmed_by(session, answer, verifier, now, vouching=False)
    session.add(verification)
    session.flush()
    ledger.post(session, postings, now)
    reason = f"checked by {verifier.name}: wrong. {verification.note}"
    life.move(session, answer, Event.FOUND_WRONG, by_id, reason, now, verification.release)
    _begin_round(session, answer, question, verification, "wrong", reason)


def _begin_round(
    session: Session, answer: Answer, question: Question, verification: Verification, found: str, reason: str
) -> None:
    """What follows from a decisive verdict: who was right about it, the belief and the dates, and a new round."""
    now = verification.at
    weights.judge(session, answer, was_wrong=found != "right", but=verification.verifier_id)
    session.flush()
    happening = Happening(found, reason, verification.verifier_id, verification_id=verification.id)
    until = evidence.verified(session, answer, question, found, happening, now)
    if found == "wrong":
        answer.best_before_at, answer.expires_at = min(answer.best_before_at, now), now
    else:
        life.vouch(answer, until, now)
    answer.verified_at, answer.verified_by_id = now, verification.verifier_id
    answer.verified_on = verification.release
    answer.round += 1
    answer.broken_count = answer.check_count = 0
    beliefs.rerank(session, answer, question, now)
