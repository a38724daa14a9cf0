"""Several processes on the index in the database, and processes that die in the middle of changing it."""

import random
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from search.database_engine import DatabaseEngine
from search.engine import Condition, IndexBusy
from tests.search.engines import open_database
from tests.search.processes import QUESTIONS, everything, look, version
from tests.search.starting import Start, acknowledged, wait_for
from tests.search.stories import Forum, answer, found, question, words


@pytest.fixture
def folder(database: str, tmp_path: Path) -> Path:
    """Where the address of a database with an index of forty questions lies, and the processes write down how they fare."""
    (tmp_path / "url").write_text(database)
    (tmp_path / "acknowledged").write_text("0")
    return tmp_path


@pytest.fixture
def engine(folder: Path, database: str) -> Iterator[DatabaseEngine]:
    opened = open_database(database)
    made = DatabaseEngine(opened)
    made.rebuild(everything(0), Forum().of)
    yield made
    opened.dispose()


@pytest.mark.faults
@pytest.mark.slow
def test_readers_see_whole_questions_while_the_index_is_made_anew(engine: DatabaseEngine, folder: Path, start: Start) -> None:
    """By two processes at once, of which one is told to wait."""
    reader, *_ = start("read"), start("rebuild"), start("rebuild")
    rebuilt = folder / "rebuilt"
    for _ in range(5):
        rebuilt.unlink(missing_ok=True)
        while not rebuilt.exists():
            assert look(engine) == ""
    (folder / "stop").touch()
    assert reader.wait(timeout=30) == 0
    assert not (folder / "problem").exists(), (folder / "problem").read_text()


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.parametrize("name", ["write", "rebuild"])
def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged(
    engine: DatabaseEngine, folder: Path, start: Start, name: str
) -> None:
    moments = random.Random(11)
    for _ in range(4):
        process = start(name)
        before, sign = acknowledged(folder), folder / "rebuilt"
        sign.unlink(missing_ok=True)
        wait_for(lambda before=before, sign=sign: acknowledged(folder) > before or sign.exists())  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        time.sleep(moments.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        process.wait()
        step = acknowledged(folder)
        assert engine.health().condition is Condition.READY
        assert look(engine) == ""
        if name == "write":
            assert found(engine.search(words(f"asked{step} answered{step}"))) == [QUESTIONS[step % len(QUESTIONS)]]
        engine.replace([1], version(1, 1_000_000 + step))
        assert found(engine.search(words(f"asked{1_000_000 + step}"))) == [1]
    rebuild_when_free(engine)
    assert look(engine) == ""


def rebuild_when_free(engine: DatabaseEngine) -> None:
    """A server notices a killed client a moment later."""
    deadline = time.monotonic() + 20
    while True:
        try:
            engine.rebuild(everything(0), Forum().of)
        except IndexBusy:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        else:
            return


def test_one_question_changed_by_many_at_once_is_whole_in_the_end(engine: DatabaseEngine, database: str) -> None:
    """A hundred edits of one post, by two workers and the verbs' own transactions."""
    opened = [open_database(database) for _ in range(3)]

    def edit(place: int) -> None:
        worker = DatabaseEngine(opened[place])
        for step in range(1 + place, 91, 3):
            worker.replace([1], version(1, step))

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(edit, range(3)))
    for one in opened:
        one.dispose()
    health = engine.health()
    assert (health.condition, health.questions, health.documents) == (Condition.READY, 40, 80)
    assert look(engine) == ""
    assert sum(bool(engine.search(words(f"asked{step} answered{step}")).hits) for step in range(1, 91)) == 1


def test_a_very_large_question_is_kept(engine: DatabaseEngine) -> None:
    """A thread of more words than one entry of PostgreSQL's full text can hold."""
    many = [answer(1000 + place, 100, " ".join(f"w{place}x{number}" for number in range(15_000))) for place in range(8)]
    engine.replace([100], [question(100, "Zebra crossing", "How large is large?"), *many])
    assert found(engine.search(words("zebra"))) == [100]
    assert found(engine.search(words("w0x14999"))) == [100]
    assert engine.health().condition is Condition.READY
    engine.replace([100], [])
    assert not engine.search(words("w0x14999")).hits
