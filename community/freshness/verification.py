"""Verification: a named person checked an answer, with what evidence, and what follows from what they found."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Forbidden, Invalid
from app.outbox import emit
from app.pages import person_key, touch
from community import answers, lead, mentions, policy, reach, texts
from community.freshness import beliefs, evidence, finds, life, weights
from community.freshness.evidence import Happening
from community.lifecycle import Event, State
from community.models import Answer, Question, Verification
from reputation import ledger
from reputation.ledger import Posting
from reputation.models import Entry
from reputation.points import DAILY_CONFIRMATIONS_PAID, KEPT_CURRENT_PAUSE

Verdict = Literal["right", "repaired", "wrong", "unsure"]
VERDICTS: tuple[str, ...] = get_args(Verdict)


@dataclass(frozen=True)
class Outcome:
    """What came of a verification: the answer's state now, and how many more people have to find it right."""

    state: State
    more_needed: int = 0


def verify(
    answer_id: int,
    verdict: str,
    *,
    release: str = "",
    evidence: str = "",
    note: str = "",
    body: str = "",
    round: int | None = None,
    by: User,
    now: datetime,
) -> Outcome:
    """Say what a check of the answer found.

    - "right": fresh again, once as many different people as its tags ask for have said so since the last round.
    - "repaired": `body` is the repaired text; a new revision, fresh (where two are needed: due, until another person agrees).
    - "wrong": expired at once, with the note as the reason.
    - "unsure": kept, and changes nothing.

    `round` is the round the verifier's page showed; Conflict with a kind word when somebody else was first. One verdict per
    person and round. Never by the author. An archived answer has to be restored first.
    """
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        expert = reach.is_expert(session, by, question.id, now)
        policy.require(by, "verify", reach.subject_of(answer, question, expert=expert), now)
        state = life.catch_up(session, answer, now)
        if state == State.ARCHIVED:
            raise Conflict("This answer is archived. Restore it first, then check it.")
        _refuse_second(session, answer, round, by)
        verification = _read(verdict, release, evidence, note, answer, by, now)
        touch(session, person_key(by.id))
        if verdict == "unsure":
            session.add(verification)
            return Outcome(state)
        if verdict == "wrong":
            _found_wrong(session, answer, question, verification, now)
        elif verdict == "repaired":
            _repaired(session, answer, question, verification, body, by, now)
        else:
            missing = _found_right(session, answer, question, verification, by, now)
            if missing:
                reach.changed(session, question, now, lists=False)
                return Outcome(state, missing)
        question.activity_at = max(question.activity_at, now)
        lead.refresh(session, question, now)
        emit(session, "answer.verified", now, answer_id=answer.id, verification_id=verification.id)
        reach.changed(session, question, now)
        return Outcome(State(answer.state))


def _refuse_second(session: Session, answer: Answer, round: int | None, by: User) -> None:
    if round is not None and round != answer.round:
        name = session.execute(select(User.name).where(User.id == answer.verified_by_id)).scalar() or "Somebody"
        raise Conflict(f"{name} has just checked this answer, so it is done. Thank you for looking too.")
    mine = select(Verification.id).where(
        Verification.answer_id == answer.id, Verification.verifier_id == by.id, Verification.round == answer.round
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


def _found_right(
    session: Session, answer: Answer, question: Question, verification: Verification, by: User, now: datetime
) -> int:
    """Record "still right"; returns how many more have to say so before the answer is fresh again."""
    session.add(verification)
    session.flush()
    agreed = session.execute(
        select(func.count()).where(
            Verification.answer_id == answer.id,
            Verification.round == answer.round,
            Verification.verdict.in_(("right", "repaired")),
        )
    ).scalar_one()
    missing = max(0, question.verifiers_needed - agreed)
    postings = []
    if not missing:
        postings = finds.confirmed_by(session, answer, by, now, vouching=True)
        postings += finds.repair_confirmed(session, answer, verification)
        postings += _kept_current(session, answer, question, verification, now)
    ledger.lock_people(session, [by.id, *(posting.user_id for posting in postings)])
    ledger.post(session, postings + _for_the_check(session, verification, answer, by, now), now)
    if not missing:
        on = f" on {verification.release}" if verification.release else ""
        reason = f"checked by {by.name}{on}: still right"
        life.move(session, answer, Event.VERIFIED, by.id, reason, now, verification.release)
        _begin_round(session, answer, question, verification, "right", reason)
    return missing


def _repaired(
    session: Session,
    answer: Answer,
    question: Question,
    verification: Verification,
    body: str,
    by: User,
    now: datetime,
) -> None:
    if answer.official and not by.is_staff:
        raise Forbidden("The company stands behind this answer, so only staff repair it. Say that it is wrong, and why.")
    text = texts.body(session, body)
    postings = finds.reports_confirmed(session, answer, verification)
    postings += finds.confirmed_by(session, answer, by, now, vouching=False)
    if not answers.rewrite(answer, text, by, now):
        raise Invalid({"body": "This is the text as it was. Write the repair, or choose “still right”."})
    session.add(verification)
    session.flush()
    texts.keep_revision(session, answer, by, verification.note or "repaired in a check", (), now)
    mentions.tell(session, text, by, now, question_id=question.id, answer_id=answer.id)
    ledger.post(session, postings, now)
    on = f" on {verification.release}" if verification.release else ""
    alone = question.verifiers_needed == 1
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


def _for_the_check(session: Session, verification: Verification, answer: Answer, by: User, now: datetime) -> list[Posting]:
    """Little, and only for a few a day: who is paid per click soon stops looking. The verifier's row is held."""
    today = session.execute(
        select(func.count()).where(Entry.user_id == by.id, Entry.reason == "still_right", Entry.at >= ledger.day_start(now))
    ).scalar_one()
    if today >= DAILY_CONFIRMATIONS_PAID:
        return []
    return [
        Posting(
            by.id,
            "still_right",
            f"verification:{verification.id}:check",
            actor_id=by.id,
            question_id=answer.question_id,
            answer_id=answer.id,
        )
    ]


def _kept_current(
    session: Session, answer: Answer, question: Question, verification: Verification, now: datetime
) -> list[Posting]:
    if question.accepted_answer_id != answer.id:
        return []
    recent = select(Entry.id).where(
        Entry.answer_id == answer.id, Entry.reason == "kept_current", Entry.at > now - KEPT_CURRENT_PAUSE
    )
    if session.execute(recent).first():
        return []
    return [
        Posting(
            answer.author_id,
            "kept_current",
            f"verification:{verification.id}:kept",
            actor_id=verification.verifier_id,
            question_id=question.id,
            answer_id=answer.id,
        )
    ]
