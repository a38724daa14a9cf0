"""Running it twice, side by side, or killed at any moment: whole questions or none, and in the end each of them once."""

import os
import random
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import User
from app.config import Settings
from app.db import db
from app.factory import create_app
from app.importers.stackexchange import stage, threads
from app.importers.stackexchange.rows import DumpError
from community.models import Acceptance, Answer, Comment, Question, QuestionTag, Revision, Tag
from reputation.audit import audit
from reputation.models import Entry
from tests.databases import close, migrate, settings_for
from tests.importers.conftest import Importer
from tests.importers.dumps import SOURCE, Dump, story
from tests.importers.snapshot import snapshot
from tests.source import ROOT
from tests.web import as_environment

KILLS = 6
THREADS = 300
"""Questions of the dump that is killed: several transactions' worth."""


def test_twice_changes_nothing(session: Session, bring_in: Importer, tmp_path: Path, now: datetime) -> None:
    folder = story(tmp_path / "dump").write()
    bring_in(folder)
    before = snapshot(session)
    report = bring_in(folder, at=now + timedelta(days=400))
    assert snapshot(session) == before
    assert report.posts == 0
    assert report.here_already == {"tags": 1, "people": 4, "questions, with everything under them": 3}
    assert set(report.written.values()) == {0}


def test_what_was_done_here_since_stays(session: Session, bring_in: Importer, tmp_path: Path) -> None:
    folder = story(tmp_path / "dump").write()
    bring_in(folder)
    question = session.scalars(select(Question).where(Question.title == "Question number 10")).one()
    question.title, question.score, question.related = "Edited here", 7, []
    session.commit()
    bring_in(folder)
    found = session.get_one(Question, question.id)
    assert (found.title, found.score, found.related) == ("Edited here", 7, [])


def test_a_later_dump_adds_what_is_new(session: Session, bring_in: Importer, tmp_path: Path) -> None:
    bring_in(story(tmp_path / "dump").write())
    later = story(tmp_path / "later").user(9, "Nine").question(50, 9).answer(51, 50, 1).link(9, 50, 10, 3).link(10, 10, 50)
    report = bring_in(later.write())
    assert (report.written["questions"], report.written["answers"], report.written["people"]) == (1, 1, 1)
    by_title = {question.title: question for question in session.scalars(select(Question))}
    assert by_title["Question number 50"].duplicate_of_id == by_title["Question number 10"].id
    assert {"id": by_title["Question number 50"].id} in by_title["Question number 10"].related


def test_what_was_merged_between_two_dumps_stays_where_it_is(session: Session, bring_in: Importer, tmp_path: Path) -> None:
    """Answer 11 stood under question 10; in the later dump it stands, with its comment and its vote, under question 50."""
    first = Dump(tmp_path / "first").user(1).user(2).question(10).answer(11, 10, Score=1).vote(1, 11).comment(1, 11)
    bring_in(first.write())
    later = Dump(tmp_path / "later").user(1).user(2).question(10).question(50, AcceptedAnswerId=11).answer(11, 50, Score=1)
    report = bring_in(later.vote(1, 11).vote(2, 11).comment(1, 11).comment(2, 11).answer(51, 50).write())
    counts = session.execute(select(Question.title, Question.answer_count).order_by(Question.id)).all()
    assert [tuple(row) for row in counts] == [("Question number 10", 1), ("Question number 50", 1)]
    assert session.execute(select(func.count()).select_from(Comment)).scalar_one() == 1
    assert session.scalars(select(Entry.cause)).all() == [f"import:{SOURCE}:vote:1"]
    assert report.here_already["answers under another question"] == 1
    assert audit(session).clean


def test_two_sources_do_not_meet(session: Session, bring_in: Importer, tmp_path: Path) -> None:
    folder = story(tmp_path / "dump").write()
    bring_in(folder, "one.example.com")
    bring_in(folder, "two.example.com")
    assert session.execute(select(func.count()).select_from(Question)).scalar_one() == 6
    assert session.execute(select(func.count()).select_from(User).where(User.name_key.is_not(None))).scalar_one() == 3
    assert audit(session).clean


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_only_one_at_a_time(bring_in: Importer, settings: Settings, tmp_path: Path) -> None:
    folder = story(tmp_path / "dump").write()
    with stage.locked(settings.data_dir / "imports", SOURCE), pytest.raises(DumpError, match="Another import of"):
        bring_in(folder)
    assert bring_in(folder).posts == 6


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_half_made_stage_is_thrown_away(bring_in: Importer, settings: Settings, tmp_path: Path) -> None:
    folder = story(tmp_path / "dump").write()
    imports = settings.data_dir / "imports"
    imports.mkdir(parents=True)
    (imports / f"{SOURCE}.stage").write_bytes(b"half of a page")
    assert bring_in(folder).posts == 6


def test_a_failure_in_the_middle_leaves_whole_questions(
    session: Session, bring_in: Importer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The third batch breaks off after its questions are written; what was staged serves the next run."""
    monkeypatch.setattr(threads, "AT_ONCE", 10)
    folder = many(tmp_path / "dump", 45)
    begun = 0
    finish = threads.Batch._write_revisions

    def break_off(batch: threads.Batch) -> None:
        nonlocal begun
        begun += 1
        if begun == 3:
            raise OSError("the plug was pulled")
        finish(batch)

    with monkeypatch.context() as patch:
        patch.setattr(threads.Batch, "_write_revisions", break_off)
        with pytest.raises(OSError, match="the plug was pulled"):
            bring_in(folder)
    assert session.execute(select(func.count()).select_from(Question)).scalar_one() == 20
    whole(session)
    report = bring_in(folder)
    assert (report.written["questions"], report.here_already["questions, with everything under them"]) == (25, 20)
    whole(session)
    assert session.execute(select(func.count()).select_from(Question)).scalar_one() == 45


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killed_at_any_moment_the_next_run_completes_it(
    session: Session, settings: Settings, tmp_path: Path, now: datetime
) -> None:
    folder = many(tmp_path / "dump", THREADS)
    moment = random.Random(7)
    counts = [0]
    for attempt in range(KILLS):
        process = start(settings, folder, now)
        if attempt < KILLS // 2:
            time.sleep(moment.uniform(0.2, 2.5))  # anywhere: while it starts, reads, renders, writes
        else:
            wait_for_more(session, process, counts[-1])
            time.sleep(moment.uniform(0, 0.1))  # in the middle of the writing, however busy the machine is
        helpers = psutil.Process(process.pid).children(recursive=True) if process.poll() is None else []
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert psutil.wait_procs(helpers, timeout=10)[1] == []
        whole(session)
        counts.append(count_questions(session))
        if counts[-1] == THREADS:
            break
    assert any(0 < count < THREADS for count in counts)
    assert start(settings, folder, now).wait(300) == 0
    assert count_questions(session) == THREADS
    whole(session)
    killed = snapshot(session)
    assert start(settings, folder, now).wait(300) == 0
    assert snapshot(session) == killed


@pytest.mark.slow
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_in_pieces_it_is_the_same_as_in_one_go(
    session: Session, settings: Settings, bring_in: Importer, tmp_path: Path, now: datetime
) -> None:
    folder = many(tmp_path / "dump", 250)
    elsewhere = settings_for(f"sqlite:///{tmp_path / 'elsewhere.db'}", tmp_path / "elsewhere")
    migrate(elsewhere.database_url, elsewhere.data_dir)
    process = start(settings, folder, now)
    wait_for_more(session, process, 0)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert 0 < count_questions(session) < 250
    bring_in(folder)
    in_pieces = snapshot(session)
    assert start(elsewhere, folder, now).wait(300) == 0
    other = create_app(elsewhere)
    with other.app_context():
        in_one_go = snapshot(db.session())
    close(other)
    assert in_one_go == in_pieces


# --- what these tests stand on ----------------------------------------------------------------------------------------------


def many(folder: Path, threads_wanted: int) -> Path:
    """A dump of so many questions, each with two answers, versions, comments and votes; every third repeats the next."""
    dump = Dump(folder)
    for person in range(1, 40):
        dump.user(person, AboutMe=f"<p>I am number {person}.</p>")
    number = 0
    for thread in range(threads_wanted):
        asked, first, second = (thread * 3 + place + 1 for place in range(3))
        asker = 1 + thread % 39
        dump.question(asked, asker, AcceptedAnswerId=second, Score=2, Body="<p>Why?</p>" * 40, Tags=f"<router><t{thread % 17}>")
        dump.answer(first, asked, 1 + (thread + 1) % 39).answer(second, asked, 1 + (thread + 2) % 39, Score=1)
        for post in (asked, first, second):
            number += 1
            dump.history(number, post, 2, f"Version one of {post}", f"a{post}")
            dump.history(number + 100_000, post, 5, f"Version two of {post}", f"b{post}", CreationDate="2026-09-03T00:00:00")
            dump.comment(number, post, asker).vote(number, post)
        dump.vote(number + 100_000, asked).vote(number + 200_000, second, 1)
        if thread % 3 == 0 and thread + 1 < threads_wanted:
            dump.link(number, asked, asked + 3, 3)
    return dump.write()


def whole(session: Session) -> None:
    """Every question that is here is here with everything `many` gave it, and the ledger agrees with the totals."""
    session.rollback()
    session.expire_all()
    questions = session.scalars(select(Question)).all()
    each = len(questions)
    counts = {
        model: session.execute(select(func.count()).select_from(model)).scalar_one()
        for model in (Answer, Acceptance, Comment, Revision, QuestionTag)
    }
    assert counts == {Answer: 2 * each, Acceptance: each, Comment: 3 * each, Revision: 6 * each, QuestionTag: 2 * each}
    assert session.execute(select(func.count()).where(Entry.reason.like("%upvoted"))).scalar_one() == 4 * each
    assert sum(session.scalars(select(Tag.question_count))) == 2 * each
    assert audit(session).clean
    here = {question.origin_url for question in questions}
    for question in questions:
        number = int(str(question.origin_url).rsplit("/", 1)[1])
        assert question.answer_count == 2
        assert question.accepted_answer_id == question.lead_answer_id is not None
        original = f"https://{SOURCE}/questions/{number + 3}" if number % 9 == 1 else None
        assert (question.duplicate_of_id is not None) == (original in here)
    session.rollback()


def count_questions(session: Session) -> int:
    found = session.execute(select(func.count()).select_from(Question)).scalar_one()
    session.rollback()
    return found


def start(settings: Settings, folder: Path, now: datetime) -> subprocess.Popen[bytes]:
    """The command, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.importers.command", str(folder), "--source", SOURCE],
        cwd=ROOT,
        env={**os.environ, **as_environment(settings), "STANDING_CLOCK": now.isoformat()},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_for_more(session: Session, process: subprocess.Popen[bytes], than: int) -> None:
    """Until more questions than that are here, or the process has ended."""
    while process.poll() is None and count_questions(session) <= than:
        time.sleep(0.005)
