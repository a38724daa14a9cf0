"""The clock's work: each job when it is due, by one worker only."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from app import schedule
from app.jobs import AFTER_COMMIT, EVERY
from app.schedule import Job
from tests.at_once import at_once

MINUTE = timedelta(minutes=1)


def test_a_job_runs_at_once_and_then_when_it_is_due(session: Session, now: datetime) -> None:
    ran: list[datetime] = []
    jobs = {"sweep": Job(5 * MINUTE, ran.append)}
    assert schedule.run_due(jobs, now) == ["sweep"]
    assert schedule.run_due(jobs, now + 4 * MINUTE) == []
    assert schedule.run_due(jobs, now + 5 * MINUTE) == ["sweep"]
    assert ran == [now, now + 5 * MINUTE]


def test_days_without_a_worker_are_one_run_not_many(session: Session, now: datetime) -> None:
    ran: list[datetime] = []
    jobs = {"sweep": Job(MINUTE, ran.append)}
    schedule.run_due(jobs, now)
    later = now + timedelta(days=3)
    assert schedule.run_due(jobs, later) == ["sweep"]
    assert schedule.run_due(jobs, later) == []


def test_a_job_that_fails_is_tried_when_it_is_due_again(session: Session, now: datetime) -> None:
    def fail(_: datetime) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        schedule.run_due({"bad": Job(MINUTE, fail)}, now)
    ran: list[datetime] = []
    assert schedule.run_due({"bad": Job(MINUTE, ran.append)}, now) == []
    assert schedule.run_due({"bad": Job(MINUTE, ran.append)}, now + MINUTE) == ["bad"]


def test_of_ten_workers_one_runs_a_job(app: Flask, session: Session, now: datetime) -> None:
    ran: list[datetime] = []
    jobs = {"sweep": Job(MINUTE, ran.append)}
    for moment in (now, now + MINUTE):
        results = at_once(app, 10, lambda _, moment=moment: schedule.run_due(jobs, moment))  # type: ignore[misc]  # bound now
        assert [result for result in results if isinstance(result, Exception)] == []
    assert ran == [now, now + MINUTE]


def test_the_products_own_jobs_run(session: Session, now: datetime) -> None:
    assert set(schedule.run_due(EVERY, now)) == set(EVERY)
    assert all(len({handler.name for handler in handlers}) == len(handlers) for handlers in AFTER_COMMIT.values())
