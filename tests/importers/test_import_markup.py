"""Helpers render beside the import; whatever becomes of them, every text is rendered once."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from app import rendering
from app.importers.stackexchange import markup
from app.importers.stackexchange.markup import Helper, Rendering
from app.importers.stackexchange.stage import Stage

TEXTS = 450


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = Stage(tmp_path / "x.stage")
    made.begin()
    for number in range(1, TEXTS + 1):
        made.do("INSERT INTO posts (id, thread, body) VALUES (?, ?, ?)", (number, number, f"<p>{number}</p>\u2028é"))
    made.do("INSERT INTO comments (id, text) VALUES (1, 'see `this`')")
    made.do("INSERT INTO users (id, about) VALUES (-1, '<i>me</i>'), (2, '')")
    yield made
    made.close()


def finish(stage: Stage, helpers: list[Helper]) -> int:
    """Render all of it; returns how many texts were told to be done."""
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count

    work = Rendering(stage, helpers, tick)
    work.go_on()
    work.finish()
    return done


def all_there(stage: Stage) -> None:
    found = dict(stage.rows("SELECT id, html FROM html_posts"))
    assert found == {number: rendering.render(f"<p>{number}</p>\u2028é", "html") for number in range(1, TEXTS + 1)}
    assert list(stage.rows("SELECT * FROM html_comments")) == [(1, rendering.render_comment("see `this`"))]
    assert list(stage.rows("SELECT * FROM html_users")) == [(-1, rendering.render("<i>me</i>", "html"))]


def test_without_helpers_it_is_done_here(stage: Stage) -> None:
    assert finish(stage, []) == markup.count(stage) == TEXTS + 2
    all_there(stage)


def test_with_helpers_it_is_the_same(stage: Stage) -> None:
    with markup.helpers(markup.WORTH_PROCESSES) as helpers:
        if (os.cpu_count() or 1) >= markup.PROCESSES:
            assert len(helpers) == markup.PROCESSES
        started = [helper._process.pid for helper in helpers]
        assert finish(stage, helpers) == TEXTS + 2
    all_there(stage)
    assert not any(psutil.pid_exists(process) for process in started)


def test_a_small_dump_starts_none() -> None:
    with markup.helpers(markup.WORTH_PROCESSES - 1) as helpers:
        assert helpers == []


@pytest.mark.parametrize("at_work", [False, True])
def test_a_helper_that_dies_loses_nothing(stage: Stage, at_work: bool) -> None:
    helper, other = Helper(), Helper()
    try:
        work = Rendering(stage, [helper, other], lambda _done: None)
        if at_work:
            work.go_on()
        os.kill(helper._process.pid, signal.SIGKILL)
        helper._process.wait()
        work.finish()
    finally:
        helper.end()
        other.end()
    all_there(stage)
