"""Several processes and threads on one index, and processes that die in the middle of it."""

import gc
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from search.engine import Condition
from search.whoosh_engine import WhooshEngine
from tests.search.processes import QUESTIONS, everything, look, version
from tests.search.starting import Start, acknowledged, wait_for
from tests.search.stories import Forum, found, words


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where an index of forty questions lies in `index`, and the processes write down how they fare."""
    WhooshEngine(tmp_path / "index").rebuild(everything(0), Forum().of)
    (tmp_path / "acknowledged").write_text("0")
    return tmp_path


def test_a_reader_in_another_process_sees_every_commit_at_once(folder: Path, start: Start) -> None:
    engine = WhooshEngine(folder / "index")
    assert not engine.search(words("asked1")).hits
    writer = start("write")
    wait_for(lambda: acknowledged(folder) >= 30)
    for _ in range(50):
        step = acknowledged(folder)
        hits = engine.search(words(f"asked{step} answered{step}")).hits
        # The next commit of this very question, forty steps later, is the only reason not to find it.
        assert hits or acknowledged(folder) >= step + len(QUESTIONS)
    assert writer.poll() is None


def test_readers_in_threads_and_processes_see_whole_questions_while_one_writes(folder: Path, start: Start) -> None:
    engine = WhooshEngine(folder / "index")
    problems: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            problem = look(engine)
            if problem:
                problems.append(problem)
                return

    start("write")
    reader = start("read")
    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    wait_for(lambda: acknowledged(folder) >= 120 or bool(problems) or reader.poll() is not None)
    stop.set()
    for thread in threads:
        thread.join()
    (folder / "stop").touch()
    assert reader.wait(timeout=30) == 0
    assert not problems
    assert not (folder / "problem").exists(), (folder / "problem").read_text()
    assert int((folder / "searches").read_text()) > 10


def test_readers_see_whole_questions_while_the_index_is_made_anew(folder: Path, start: Start) -> None:
    engine = WhooshEngine(folder / "index")
    reader, rebuilder = start("read"), start("rebuild")
    for _ in range(6):
        (folder / "rebuilt").unlink(missing_ok=True)
        while not (folder / "rebuilt").exists():
            assert look(engine) == ""
    (folder / "stop").touch()
    assert reader.wait(timeout=30) == 0
    assert not (folder / "problem").exists(), (folder / "problem").read_text()
    assert rebuilder.poll() is None


def test_files_are_let_go_of(folder: Path) -> None:
    writer, reader = WhooshEngine(folder / "index"), WhooshEngine(folder / "index")

    def commit(steps: range) -> int:
        for step in steps:
            writer.replace([1 + step % 5], version(1 + step % 5, step))
            assert look(reader) == ""
        writer.rebuild(everything(steps.stop), Forum().of)
        assert look(reader) == ""
        gc.collect()
        return len([*Path("/proc/self/fd").iterdir()])

    assert commit(range(1, 30)) >= commit(range(30, 100))


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.parametrize("name", ["write", "rebuild"])
def test_a_writer_killed_at_any_moment_loses_nothing_it_acknowledged(folder: Path, start: Start, name: str) -> None:
    moments = random.Random(11)
    reader = WhooshEngine(folder / "index")
    for _ in range(12):
        process = start(name)
        before = acknowledged(folder)
        sign = folder / "rebuilt"
        sign.unlink(missing_ok=True)
        wait_for(lambda before=before, sign=sign: acknowledged(folder) > before or sign.exists())  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
        time.sleep(moments.random() * 0.15)
        process.send_signal(signal.SIGKILL)
        process.wait()
        step = acknowledged(folder)
        for engine in (reader, WhooshEngine(folder / "index")):
            assert engine.health().condition is Condition.READY
            assert look(engine) == ""
            if name == "write":
                assert found(engine.search(words(f"asked{step} answered{step}"))) == [QUESTIONS[step % len(QUESTIONS)]]
        after = WhooshEngine(folder / "index")
        after.replace([1], version(1, 1_000_000 + step))
        assert found(reader.search(words(f"asked{1_000_000 + step}"))) == [1]
    WhooshEngine(folder / "index").rebuild(everything(0), Forum().of)
    assert len([*(folder / "index").glob("ix-*")]) == 1, "what the killed ones left lying about is cleared away"
    assert look(reader) == ""
