"""The clock's work: which regular job is to run when. The table decides, so that several workers run each job once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, db, insert_into, transaction


class ScheduledJob(Base):
    """When a job is next to run."""

    __tablename__ = "scheduled_jobs"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_at: Mapped[datetime]


@dataclass(frozen=True)
class Job:
    """A regular piece of work: `run(now)` at most once per `every`."""

    every: timedelta
    run: Callable[[datetime], object]


def run_due(jobs: Mapping[str, Job], now: datetime) -> list[str]:
    """Run what is due, each job by one worker only; returns the names that ran here."""
    known = dict(db.session.execute(select(ScheduledJob.name, ScheduledJob.next_at)).all())
    db.session.rollback()
    ran = []
    for name, job in jobs.items():
        if name in known and known[name] > now:
            continue
        if _claim(name, job, known.get(name), now):
            job.run(now)
            ran.append(name)
    return ran


def _claim(name: str, job: Job, expected: datetime | None, now: datetime) -> bool:
    with transaction() as session:
        if expected is None:
            statement = insert_into(session, ScheduledJob).values(name=name, next_at=now + job.every).on_conflict_do_nothing()
            return session.execute(statement.returning(ScheduledJob.name)).first() is not None
        moved = session.execute(
            update(ScheduledJob)
            .where(ScheduledJob.name == name, ScheduledJob.next_at == expected)
            .values(next_at=now + job.every)
            .returning(ScheduledJob.name)
        )
        return moved.first() is not None
