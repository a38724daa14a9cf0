"""`flask import stackexchange FOLDER`: what it prints, and how it ends."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.cli import ScriptInfo
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.config import Settings
from app.importers.cli import group
from app.importers.stackexchange import markup
from community.models import Answer, Question
from tests.clock import Clock
from tests.databases import settings_for
from tests.importers.dumps import SOURCE, Dump, story
from tests.source import ROOT
from tests.web import as_environment

sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
def runner(app: Flask, clock: Clock) -> FlaskCliRunner:
    app.cli.add_command(group)
    return app.test_cli_runner()


def call(app: Flask, runner: FlaskCliRunner, *arguments: str) -> tuple[int, str]:
    result = runner.invoke(args=["import", "stackexchange", *arguments], obj=ScriptInfo(create_app=lambda: app))
    return result.exit_code, result.output


@sqlite
def test_it_says_what_it_did_and_what_comes_next(app: Flask, runner: FlaskCliRunner, tmp_path: Path) -> None:
    code, output = call(app, runner, str(story(tmp_path / SOURCE).write()))
    assert code == 0
    lines = output.splitlines()
    assert lines[0].startswith(f"Imported from {SOURCE} in ")
    assert "3 questions" in output
    assert "Votes.xml: refers to a post that is not in Posts.xml (line 10, row 8)" in output
    assert lines[-1] == "Next: `flask search rebuild` makes it searchable."
    code, output = call(app, runner, str(tmp_path / SOURCE))
    assert code == 0
    assert "Here already, left as they are:" in output


@sqlite
def test_a_window_of_no_day_lets_what_is_over_be_over(
    app: Flask, session: Session, runner: FlaskCliRunner, tmp_path: Path
) -> None:
    folder = Dump(tmp_path / SOURCE).user(1).user(2).question(1).answer(2, 1, CreationDate="2010-01-01T00:00:00").write()
    assert call(app, runner, str(folder), "--spread-days", "0")[0] == 0
    assert session.scalars(select(Answer.state)).one() == "expired"


@sqlite
def test_a_mistake_is_one_line_and_a_code(app: Flask, runner: FlaskCliRunner, tmp_path: Path) -> None:
    folder = story(tmp_path / "a dump").write()
    for arguments, words in (
        ((str(tmp_path / "nowhere"), "--source", SOURCE), "is no folder"),
        ((str(folder),), "is no site's"),
        ((str(folder), "--source", "no site"), "is no site's name"),
        ((str(tmp_path), "--source", SOURCE), "holds no Posts.xml"),
    ):
        code, output = call(app, runner, *arguments)
        assert code == 1
        assert words in output
        assert len(output.splitlines()) == 1


def test_a_database_that_is_not_there_is_one_line(tmp_path: Path, now: datetime) -> None:
    empty = settings_for(f"sqlite:///{tmp_path / 'empty.db'}", tmp_path / "data")
    ended = command(empty, now, str(story(tmp_path / SOURCE).write()))
    assert ended.returncode == 1
    assert "Error: The database refused (no such table: tags)" in ended.stderr
    assert "Traceback" not in ended.stderr


@sqlite
def test_a_dump_worth_it_is_rendered_beside(session: Session, settings: Settings, tmp_path: Path, now: datetime) -> None:
    """The whole command on a dump large enough for helpers; told how far it is on standard error."""
    dump = Dump(tmp_path / SOURCE).user(1)
    body = "<p>" + "words and more words " * 300 + "</p>"
    for number in range(1, markup.WORTH_PROCESSES // len(body) + 50):
        dump.question(number, Body=body + f"<p>{number}</p>")
    ended = command(settings, now, str(dump.write()))
    assert ended.returncode == 0, ended.stderr
    assert len(json.loads(ended.stderr.splitlines()[-1])["helpers"]) == markup.PROCESSES
    for question in session.scalars(select(Question)):
        origin = str(question.origin_url).rsplit("/", 1)[1]
        assert question.body_html.endswith(f'<p dir="auto">{origin}</p>')
    assert session.execute(select(func.count()).select_from(Question)).scalar_one() > 300


def command(settings: Settings, now: datetime, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command, in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tests.importers.command", *arguments],
        cwd=ROOT,
        env={**os.environ, **as_environment(settings), "STANDING_CLOCK": now.isoformat()},
        capture_output=True,
        text=True,
        check=False,
    )
