"""Who hears of findings and of what became of their checks: the inbox. Handlers, which may run twice."""

from collections.abc import Sequence

from sqlalchemy import select

from app.db import transaction
from app.outbox import EMITTED_AT, Payload
from community.models import Finding, FindingPerson, Verifier
from community.notifications import inbox


def reversed_(payloads: Sequence[Payload]) -> None:
    """Votes were taken back: whom the finding is about. Who was voted down has their points back and is told nothing."""
    _tell(payloads, "votes_reversed", "reversed", ("reversed",))


def answered(payloads: Sequence[Payload]) -> None:
    """An appeal was answered: the same people."""
    _tell(payloads, "appeal_answered", "answered", ("reversed", "restored"))


def checks(payloads: Sequence[Payload]) -> None:
    """A verifier's checks miss too often, or a moderator lets them begin anew: the verifier."""
    for payload in payloads:
        with transaction() as session:
            row = session.get(Verifier, payload["user_id"], populate_existing=True)
            kind = payload["kind"]
            stands = {"checks_warned": row and row.warned_at, "checks_paused": row and row.paused_at}.get(kind, True)
            if stands:
                cause = f"{kind}:{payload['at']}"
                inbox.put(session, [payload["user_id"]], kind, cause, payload[EMITTED_AT])


def _tell(payloads: Sequence[Payload], kind: str, step: str, statuses: Sequence[str]) -> None:
    for payload in payloads:
        with transaction() as session:
            finding = session.get(Finding, payload["finding_id"], populate_existing=True)
            if finding is None or finding.status not in statuses:
                continue
            people = select(FindingPerson.user_id).where(FindingPerson.finding_id == finding.id)
            if finding.kind == "serial_down":
                people = people.where(FindingPerson.part == "by")
            cause = f"finding:{finding.id}:{step}"
            inbox.put(session, session.scalars(people).all(), kind, cause, payload[EMITTED_AT])
