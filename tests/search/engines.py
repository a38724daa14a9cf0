"""Engines opened as the product opens them, but without a product around."""

from pathlib import Path

from sqlalchemy import Engine, create_engine

from app.db import prepare_engine
from search.database_engine import DatabaseEngine
from search.engine import SearchEngine
from search.whoosh_engine import WhooshEngine


def open_database(url: str) -> Engine:
    """A database with its settings."""
    engine = create_engine(url, **({"connect_args": {"check_same_thread": False}} if url.startswith("sqlite") else {}))
    prepare_engine(engine)
    return engine


def open_in(folder: Path) -> SearchEngine:
    """The engine of the database whose address stands in the file `url` of the folder; without one, the index in `index`."""
    url = folder / "url"
    return DatabaseEngine(open_database(url.read_text())) if url.exists() else WhooshEngine(folder / "index")
