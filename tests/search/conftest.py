"""Every test that takes `engine` runs once for each engine there is."""

from collections.abc import Callable
from pathlib import Path

import pytest

from search.engine import SearchEngine
from search.whoosh_engine import WhooshEngine

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
