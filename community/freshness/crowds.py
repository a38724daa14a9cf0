"""A crowd: many reports on one answer from new accounts and visitors, as a brigade makes them. Moderators look at it and may put
its reports aside."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from app.errors import Conflict
from community import policy, reach, texts
from community.freshness import beliefs, evidence
from community.freshness.evidence import Happening, Said
from community.models import Answer, Signal
from community.moderation import audit

SHOWN_FROM = 5
"""From so many reports by new accounts and visitors on one answer, moderators are shown them."""


def put_aside(answer_id: int, *, reason: str, by: User, now: datetime) -> int:
    """Take back what the round's reports by new accounts and visitors weigh, and hear no further ones, until the next
    verification or until they are counted again. What established readers say stays. Returns how many reports it was.

    Moderators only, with a reason, audited. Raises Conflict when there are none, or somebody was first.
    """
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "set_aside", reach.subject_of(answer, question), now)
        words = texts.note(reason, "reason", "The reason", required=True)
        found = _reports(session, answer, aside=False)
        row = beliefs.of(session, answer, question, now)
        if not found or row.aside_at is not None:
            raise Conflict("There are no such reports on this answer, or somebody has just put them aside.")
        row.aside_at = now
        for report in found:
            report.aside_at = now
        answer.broken_count -= len(found)
        session.flush()
        happening = Happening("aside", f"moderators put {_counted(len(found))} aside", by.id)
        evidence.take_back(session, answer, question, happening, [Said(one.at, bad=one.weight) for one in found], now)
        about = {"question_id": question.id, "answer_id": answer.id, "reports": len(found)}
        audit.record(session, by, "answer.reports_put_aside", now, reason=words, **about)
        reach.changed(session, question, now)
        return len(found)


def count_again(answer_id: int, *, reason: str = "", by: User, now: datetime) -> int:
    """Hear the reports again that were put aside in this round, as if they were said now. Returns how many.

    Moderators only, audited. Raises Conflict when none are put aside.
    """
    with transaction() as session:
        answer, question = reach.answer(session, answer_id)
        policy.require(by, "set_aside", reach.subject_of(answer, question), now)
        words = texts.note(reason, "reason", "The reason")
        row = beliefs.of(session, answer, question, now)
        if row.aside_at is None:
            raise Conflict("No reports on this answer are put aside.")
        found = _reports(session, answer, aside=True)
        row.aside_at = None
        for report in found:
            report.aside_at, report.at = None, now
        answer.broken_count += len(found)
        session.flush()
        happening = Happening("aside", f"moderators count {_counted(len(found))} again", by.id)
        evidence.hear(session, answer, question, happening, now, bad=sum(one.weight for one in found))
        about = {"question_id": question.id, "answer_id": answer.id, "reports": len(found)}
        audit.record(session, by, "answer.reports_counted_again", now, reason=words, **about)
        reach.changed(session, question, now)
        return len(found)


def _reports(session: Session, answer: Answer, *, aside: bool) -> list[Signal]:
    """The round’s reports by new accounts and visitors: those that are put aside, or those that are not."""
    which = Signal.aside_at.is_not(None) if aside else Signal.aside_at.is_(None)
    said = (Signal.answer_id == answer.id, Signal.round == answer.round, Signal.kind == "broken", Signal.untried.is_(True))
    return list(session.scalars(select(Signal).where(*said, which).order_by(Signal.id)))


def _counted(reports: int) -> str:
    return "a report" if reports == 1 else f"{reports} reports"
