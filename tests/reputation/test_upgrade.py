"""The migrations back to before the boards and forth again: nothing of the ledger is lost, and the books are in order."""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import schema
from app.db import db
from community import acceptance, votes
from community.boards.causes import CHECKERS
from community.moderation import accounts, removal
from reputation import audit, grounds
from reputation.boards import periods
from reputation.boards.models import Standing
from reputation.models import Entry
from tests.people import People, person
from tests.stories import accepted, answer, ask, person_here

DAY = timedelta(days=1)


def ledger(session: Session) -> list[tuple[Any, ...]]:
    session.rollback()
    rows = session.execute(select(*Entry.__table__.c).order_by(Entry.id)).all()
    session.rollback()
    return [tuple(row) for row in rows]


def boards(session: Session) -> list[tuple[Any, ...]]:
    kept = select(*Standing.__table__.c).where(Standing.period != periods.CURRENT, Standing.points != 0)
    rows = [tuple(row) for row in session.execute(kept)]
    session.rollback()
    return sorted(rows)


def test_back_and_forth_keeps_every_point_where_it_was(app: Flask, session: Session, people: People, now: datetime) -> None:
    many = [person(f"Voter {number}", now) for number in range(11)]
    double = person("Double", now)
    session.add_all([*many, double])
    session.commit()
    for days in (2, 1):
        answer_id = answer(ask(people.marta, now - days * DAY), double, now - days * DAY)
        for voter in many:
            votes.cast(1, answer_id=answer_id, by=voter, now=now - days * DAY)
    removal.remove_answer(answer_id, reason="Gone.", by=people.mo, now=now)
    _, kept = accepted(people, now)
    acceptance.withdraw(kept, by=people.marta, now=now)
    accounts.merge(double.id, people.jonas.id, reason="One person.", by=people.ada, now=now)
    before = ledger(session), boards(session)
    mo = people.mo.id
    db.session.remove()
    schema.downgrade(app, "0009")
    schema.upgrade(app)
    session = db.session()
    after = ledger(session), boards(session)
    assert [[one for one in new if one not in old] for old, new in zip(before, after, strict=True)] == [[], []]
    assert after == before
    assert audit.audit(session).clean
    assert grounds.check(session, CHECKERS).clean
    session.rollback()
    removal.restore_answer(answer_id, by=person_here(mo), now=now)
    assert audit.audit(session).clean
    session.rollback()
