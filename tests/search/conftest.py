"""Every test that takes `engine` runs once for each engine there is; every one that takes `site` on both databases."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.config import Settings
from search.engine import SearchEngine
from search.whoosh_engine import WhooshEngine
from tests.databases import settings_for
from tests.people import People
from tests.search import site as whole_site
from tests.search.site import Site

EngineFactory = Callable[[], SearchEngine]

ENGINES: dict[str, Callable[[Path], SearchEngine]] = {"whoosh": WhooshEngine}


@pytest.fixture(params=sorted(ENGINES))
def new_engine(request: pytest.FixtureRequest, tmp_path: Path) -> EngineFactory:
    """Opens the same index once more, as another process would."""
    make = ENGINES[request.param]
    return lambda: make(tmp_path / "search")


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
