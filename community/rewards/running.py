"""What admins do with rewards; each act is written down. What it does, and refuses, `reputation.rewards` says."""

from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import User
from app.db import transaction
from community import policy
from community.moderation import audit
from reputation.rewards import closing, exporting, payments, periods, plans
from reputation.rewards.payments import Imported
from reputation.rewards.plans import Draft


def switch(on: bool, *, by: User, now: datetime) -> None:
    """Switch rewards on, with today's period, or off."""
    with transaction() as session:
        policy.require(by, "run_rewards", None, now)
        plans.switch(on, by=by, now=now)
        session.flush()
        periods.ensure(now)
        audit.record(session, by, "rewards.switched_on" if on else "rewards.switched_off", now)


def declare(draft: Draft, *, by: User, now: datetime) -> int:
    """Declare a version of the price list; returns its number."""
    with transaction() as session:
        policy.require(by, "run_rewards", None, now)
        version = plans.declare(draft, by=by, now=now)
        audit.record(session, by, "rewards.declared", now, reason=f"version {version}", plan_id=version)
        return version


def preview(period_id: int, *, by: User, now: datetime) -> None:
    """Have it computed what closing a period would give."""
    with transaction():
        policy.require(by, "run_rewards", None, now)
        closing.preview(period_id, now=now)


def close(period_id: int, *, by: User, now: datetime) -> None:
    """Close a period; its statements follow in batches, by the clock's work."""
    with transaction() as session:
        policy.require(by, "run_rewards", None, now)
        closing.begin(period_id, by=by, now=now)
        audit.record(session, by, "rewards.closed", now, reason=_name(session, period_id), period_id=period_id)


def export(period_id: int, *, by: User, now: datetime) -> int:
    """Hand to finance what was chosen; returns the file's number."""
    with transaction() as session:
        policy.require(by, "run_rewards", None, now)
        number = exporting.export(period_id, by=by, now=now)
        audit.record(session, by, "rewards.exported", now, reason=f"file {number}", period_id=period_id, export_id=number)
        return number


def import_paid(text: str, *, by: User, now: datetime) -> Imported:
    """Write down what finance says was paid."""
    with transaction() as session:
        policy.require(by, "run_rewards", None, now)
        imported = payments.import_paid(text, by=by, now=now)
        if imported.paid:
            audit.record(session, by, "rewards.paid", now, reason=f"{imported.paid} payments", paid=imported.paid)
        return imported


def _name(session: Session, period_id: int) -> str:
    return periods.name(periods.find(session, period_id))
