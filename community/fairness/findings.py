"""Findings: kept by the night, decided by moderators, appealed against by whom they are about."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict, Forbidden, NotFound
from app.outbox import emit
from community import policy, reach, texts
from community.fairness import reversal
from community.models import Acceptance, Finding, FindingAct, FindingPerson, Vote
from community.moderation import audit
from reputation.fairness.lines import DEFAULT, HIGH, UNDER, Lines, place
from reputation.fairness.records import Found

ALONE = "fairness"
"""Findings are kept one after the other: two of them may be about the same votes."""
LEFT = 0.5
"""What is found counts only while so much of it still does: the rest went with a surer finding."""


def keep(found: Found, now: datetime, lines: Lines = DEFAULT) -> int | None:
    """Write down what the rules found: over the high line it is reversed at once and those concerned are told, under it it waits
    for a moderator. What is open under the same key grows. Returns its number; None where there is nothing left to find.
    """
    line = place(found.kind, found.score, lines)
    if line == UNDER:
        return None
    with transaction() as session:
        reach.alone(session, ALONE)
        votes, acceptances = _standing(session, found)
        if len(votes) + len(acceptances) < LEFT * (len(found.votes) + len(found.acceptances)):
            return None
        finding = session.scalars(select(Finding).where(Finding.key == found.key, Finding.status == "open")).first()
        if finding is None:
            finding = Finding(kind=found.kind, key=found.key, score=0.0, reason="", evidence={}, status="open", found_at=now)
            session.add(finding)
            session.flush()
            parts = [*((one, "by") for one in found.by), *((one, "to") for one in found.to)]
            session.add_all(FindingPerson(finding_id=finding.id, user_id=one, part=part) for one, part in parts)
        finding.score, finding.reason, finding.evidence = found.score, found.reason, dict(found.evidence)
        known = session.execute(select(FindingAct.vote_id, FindingAct.acceptance_id).where(FindingAct.finding_id == finding.id))
        there = {tuple(row) for row in known}
        new = [*((one, None) for one in votes), *((None, one) for one in acceptances)]
        session.add_all(
            FindingAct(finding_id=finding.id, vote_id=vote_id, acceptance_id=acceptance_id)
            for vote_id, acceptance_id in new
            if (vote_id, acceptance_id) not in there
        )
        session.flush()
        if line == HIGH:
            _reverse(session, finding, None, "", now)
        return finding.id


def decide(finding_id: int, *, uphold: bool, reason: str = "", by: User, now: datetime) -> None:
    """A moderator decides on an open finding: upheld, its votes are taken back; dismissed, they stand, and are not found again.

    With a reason, audited. Not by whom it is about. Raises NotFound, and Conflict when somebody has decided already.
    """
    with transaction() as session:
        policy.require(by, "judge_fairness", None, now)
        reach.alone(session, ALONE)
        finding = _get(session, finding_id)
        _not_ones_own(session, finding, by)
        words = texts.note(reason, "reason", "The reason", required=True)
        if finding.status != "open":
            raise Conflict("Somebody has just decided on this finding.")
        if uphold:
            _reverse(session, finding, by, words, now)
        else:
            finding.status, finding.decided_at, finding.decided_by_id, finding.decided_reason = "dismissed", now, by.id, words
        audit.record(session, by, f"fairness.{'upheld' if uphold else 'dismissed'}", now, reason=words, finding_id=finding.id)


def appeal(finding_id: int, *, text: str, by: User, now: datetime) -> None:
    """Somebody whom a reversed finding is about says why it is wrong; once for each finding. A moderator answers.

    Raises NotFound for a finding that is not about this person, Conflict where nothing is reversed or there is an appeal already.
    """
    with transaction() as session:
        policy.require(by, "appeal", None, now)
        if not concerns(session, finding_id, by):
            raise NotFound("There is no such finding about you.")
        words = texts.note(text, "text", "Your appeal", required=True)
        made = session.execute(
            update(Finding)
            .where(Finding.id == finding_id, Finding.status == "reversed", Finding.appealed_at.is_(None))
            .values(appealed_at=now, appealed_by_id=by.id, appeal=words)
            .returning(Finding.id)
        ).first()
        if made is None:
            raise Conflict("There is an appeal already, or nothing is taken back any more.")


def answer(finding_id: int, *, grant: bool, reason: str = "", by: User, now: datetime) -> None:
    """A moderator answers an appeal: granted, everything that was taken comes back. Final.

    With a reason, which both sides read; audited. Not by whom it is about; and who upheld the finding leaves the appeal to
    another moderator, unless they are an admin. Raises Conflict where no appeal waits.
    """
    with transaction() as session:
        policy.require(by, "judge_fairness", None, now)
        reach.alone(session, ALONE)
        finding = _get(session, finding_id)
        _not_ones_own(session, finding, by)
        if finding.decided_by_id == by.id and not by.is_admin:
            raise Forbidden("You upheld this finding, so another moderator has to answer the appeal.")
        words = texts.note(reason, "reason", "The reason", required=True)
        if finding.status != "reversed" or finding.appealed_at is None or finding.answered_at is not None:
            raise Conflict("No appeal waits here, or somebody has just answered it.")
        finding.answered_at, finding.answered_by_id, finding.answer = now, by.id, words
        if grant:
            finding.status = "restored"
            reversal.give_back(session, finding, by.id, now)
        audit.record(session, by, f"fairness.appeal_{'won' if grant else 'lost'}", now, reason=words, finding_id=finding.id)
        emit(session, "finding.answered", now, finding_id=finding.id)


def concerns(session: Session, finding_id: int, by: User) -> bool:
    """Whether a finding is about somebody in a way that they are told of: who was voted down only gets their points back."""
    about = select(FindingPerson.part).where(FindingPerson.finding_id == finding_id, FindingPerson.user_id == by.id)
    kind = session.execute(select(Finding.kind).where(Finding.id == finding_id)).scalar()
    return any(part == "by" or kind != "serial_down" for part in session.scalars(about))


def _reverse(session: Session, finding: Finding, by: User | None, words: str, now: datetime) -> None:
    finding.status, finding.decided_at, finding.decided_reason = "reversed", now, words
    finding.decided_by_id = by.id if by else None
    reversal.take(session, finding, by.id if by else None, now)
    emit(session, "finding.reversed", now, finding_id=finding.id)


def _get(session: Session, finding_id: int) -> Finding:
    finding = session.get(Finding, finding_id, populate_existing=True)
    if finding is None:
        raise NotFound("There is no such finding.")
    return finding


def _not_ones_own(session: Session, finding: Finding, by: User) -> None:
    about = select(FindingPerson.user_id).where(FindingPerson.finding_id == finding.id, FindingPerson.user_id == by.id)
    if session.execute(about).first() is not None:
        raise Forbidden("It is about you, so somebody else has to decide.")


def _standing(session: Session, found: Found) -> tuple[list[int], list[int]]:
    """What of it counts at this moment."""
    votes = select(Vote.id).where(Vote.id.in_(found.votes), Vote.withdrawn_at.is_(None), Vote.discounted_at.is_(None))
    those = select(Acceptance.id).where(Acceptance.id.in_(found.acceptances))
    those = those.where(Acceptance.withdrawn_at.is_(None), Acceptance.discounted_at.is_(None))
    return sorted(session.scalars(votes)), sorted(session.scalars(those))
