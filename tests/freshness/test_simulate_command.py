"""`flask freshness simulate`: its table, its refusals, the process it runs in, and how it is fitted to a site."""

import csv
import io
import subprocess
import sys
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import update
from sqlalchemy.orm import Session

from community.freshness.cli import group
from community.freshness.simulation import fit
from community.freshness.simulation.computing import NotComputed, compute
from community.freshness.simulation.outcome import NAMES
from community.freshness.simulation.run import simulate
from community.freshness.simulation.wish import Wish
from community.models import Question, Tag, Verification, ViewDay
from tests.people import People
from tests.source import ROOT
from tests.stories import answered

TINY = Wish(answers=200, days=40, checks=3, views_per_day=400)
SAID = ["--answers", "200", "--days", "40", "--checks", "3", "--views", "400"]


@pytest.fixture
def run(app: Flask) -> FlaskCliRunner:
    """A terminal on this test's database."""
    app.cli.add_command(group)
    return app.test_cli_runner()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_table_and_the_same_as_csv(run: FlaskCliRunner) -> None:
    shown = run.invoke(args=["freshness", "simulate", *SAID, "--policy", "permanent", "--policy", "belief"])
    assert shown.exit_code == 0, shown.output
    assert "| Answers are permanent |" in shown.output
    assert "200 answers, 40 days, 400 views and 3 units of work a day, 365 days of grace, seed 1" in shown.output
    lines = list(csv.DictReader(io.StringIO(run.invoke(args=["freshness", "simulate", *SAID, "--csv"]).output)))
    assert [line["policy"] for line in lines] == list(NAMES)
    by_key = {line["policy"]: line for line in lines}
    for key in ("permanent", "belief"):
        assert float(by_key[key]["wrong_shown"]) == simulate(TINY, key).wrong_shown
        assert f"{100 * float(by_key[key]['wrong_shown']):.2f} %" in shown.output


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_what_makes_no_world_is_refused_in_words(run: FlaskCliRunner) -> None:
    refused = run.invoke(args=["freshness", "simulate", "--rubber-stamped", "60"])
    assert refused.exit_code == 1
    assert refused.output == "Give a number from 0 to 1.\n"


def test_a_process_that_takes_too_long_is_ended_and_says_so() -> None:
    with pytest.raises(NotComputed, match=r"not done in 1 seconds\. Ask for fewer"):
        compute(Wish(), runs=5, seconds=1)


def test_a_process_that_fails_says_so(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("community.freshness.simulation.computing.PROCESS", "no.such.module")
    with pytest.raises(NotComputed, match="the log says why"):
        compute(TINY, runs=1, seconds=30)
    assert "No module named" in caplog.text


def test_neither_web_nor_worker_nor_commands_load_numpy() -> None:
    code = "import sys, app.factory, app.worker, app.jobs, app.cli; print('numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "False"


def test_an_empty_site_gives_the_usual_world(session: Session, now: datetime) -> None:
    assert fit.site(session, now, days=365) == Wish(days=365)


def test_a_site_is_fitted_by_its_own_counts(session: Session, people: People, now: datetime) -> None:
    for weeks in range(30):
        _, answer_id = answered(people, now - timedelta(weeks=40, days=-7 * weeks))
    session.execute(update(Question).values(views=1000))
    session.commit()
    fitted = fit.site(session, now, days=280)
    assert fitted.answers == 100, "a world has at least a hundred"
    assert fitted.archive == pytest.approx(0.5, abs=0.01)
    assert fitted.archive_days == 280
    assert fitted.views_per_day == pytest.approx(30 * 1000 / 280 / 60 * 100, rel=0.01)
    assert fitted.lives == ()
    # Then views are counted by day, verifiers check, and a tag learns.
    session.add_all(
        ViewDay(day=(now - timedelta(days=ago)).date(), found="fresh", arm="belief", views=60) for ago in range(1, 15)
    )
    for ago, verdict in ((40, "right"), (20, "repaired"), (10, "right"), (1, "right")):
        session.add(
            Verification(answer_id=answer_id, verifier_id=people.ana.id, verdict=verdict, round=ago, at=now - timedelta(days=ago))
        )
    session.execute(update(Tag).values(change_rate=1 / 200, learned_at=now, question_count=30))
    session.commit()
    fitted = fit.site(session, now, days=280)
    assert fitted.views_per_day == pytest.approx(60 / 60 * 100, rel=0.01)
    assert fitted.checks == pytest.approx((4 + 2) / 40 / 60 * 100, abs=0.1)
    assert (30.0, 200.0) in fitted.lives
    assert fit.sample(fitted, 100) == fitted
    half = fit.sample(Wish(answers=20_000, checks=60, views_per_day=20_000), 10_000)
    assert (half.answers, half.checks, half.views_per_day) == (10_000, 30, 10_000)
