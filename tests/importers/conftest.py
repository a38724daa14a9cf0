"""What tests of the import are given."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from app.config import Settings
from app.importers.report import Report
from app.importers.stackexchange import dates, run
from tests.importers.dumps import SOURCE, Dump, watch

Importer = Callable[..., Report]


@pytest.fixture
def dump(tmp_path: Path) -> Dump:
    """An empty dump."""
    return Dump(tmp_path / "dump")


@pytest.fixture
def bring_in(session: Session, settings: Settings, now: datetime) -> Importer:
    """Imports what is in a folder, at `now` unless told otherwise."""

    def act(folder: Path, source: str = SOURCE, spread_days: int = dates.SPREAD_DAYS, at: datetime = now) -> Report:
        session.rollback()
        try:
            return run.import_dump(folder, source, settings, spread_days, at, watch)
        finally:
            session.rollback()
            session.expire_all()

    return act
