"""Every test that takes `engine` runs once for each engine there is; every one that takes `site` on both databases."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app.config import Settings
from search.database_engine import DatabaseEngine
from search.engine import SearchEngine
from search.whoosh_engine import WhooshEngine
from tests.databases import settings_for
from tests.people import People
from tests.search import site as whole_site
from tests.search.engines import open_database
from tests.search.site import Site
from tests.search.starting import Start
from tests.source import ROOT

EngineFactory = Callable[[], SearchEngine]

ENGINES = ("whoosh", "sqlite", "postgresql")


@pytest.fixture(params=ENGINES)
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[EngineFactory]:
    """Opens the same index once more, as another process would."""
    if request.param == "whoosh":
        yield lambda: WhooshEngine(tmp_path / "search")
        return
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    opened: list[Engine] = []

    def make() -> SearchEngine:
        opened.append(open_database(url))
        return DatabaseEngine(opened[-1])

    yield make
    for engine in opened:
        engine.dispose()


@pytest.fixture
def engine(new_engine: EngineFactory) -> SearchEngine:
    """An engine whose index nobody has made yet."""
    return new_engine()


@pytest.fixture
def settings(database: str, tmp_path: Path) -> Settings:
    """One person may ask all that a test needs."""
    return replace(settings_for(database, tmp_path / "data"), posts_per_hour=1000)


@pytest.fixture
def site(session: Session, people: People, now: datetime) -> Site:
    """A site whose index is made."""
    return whole_site.settle(session, people, now)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    """Starts a function of `tests.search.processes` as a process; what still runs at the end is killed."""
    running: list[subprocess.Popen[bytes]] = []

    def begin(name: str) -> "subprocess.Popen[bytes]":
        running.append(subprocess.Popen([sys.executable, "-m", "tests.search.processes", name, str(folder)], cwd=ROOT))
        return running[-1]

    yield begin
    for process in running:
        process.kill()
        process.wait()
