"""The engine of this site: which one there is, and where it keeps its index."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import tzinfo
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from app.config import Settings
from app.db import db
from search.analysis import Language, language
from search.database_engine import DatabaseEngine
from search.engine import SearchEngine
from search.synonyms import SynonymFile, Vocabulary
from search.whoosh_engine import WhooshEngine

_EXTENSION, _SYNONYMS = "bestbefore_search", "bestbefore_synonyms"
_making = threading.Lock()


def current_engine() -> SearchEngine:
    """The engine of the current application, made when it is first asked for."""
    with _making:
        if _EXTENSION not in current_app.extensions:
            current_app.extensions[_EXTENSION] = _make(current_app.config["SETTINGS"])
        found: SearchEngine = current_app.extensions[_EXTENSION]
    return found


def current_language() -> Language:
    """How texts are read on the current application's site."""
    settings: Settings = current_app.config["SETTINGS"]
    return language(settings.search_language)


def current_zone() -> tzinfo:
    """Whose days are meant where a query names one."""
    settings: Settings = current_app.config["SETTINGS"]
    return ZoneInfo(settings.time_zone)


def current_vocabulary() -> Vocabulary:
    """How queries are read on the current application's site, with the synonyms as their file has them now."""
    with _making:
        return _synonyms(current_app.config["SETTINGS"])()


def _synonyms(settings: Settings) -> SynonymFile:
    """The file of the current application, read once for all who ask."""
    if _SYNONYMS not in current_app.extensions:
        spoken = language(settings.search_language)
        current_app.extensions[_SYNONYMS] = SynonymFile(settings.data_dir / "synonyms.txt", spoken)
    found: SynonymFile = current_app.extensions[_SYNONYMS]
    return found


def _make(settings: Settings) -> SearchEngine:
    spoken, synonyms = language(settings.search_language), _synonyms(settings)
    if settings.search_in_database:
        return DatabaseEngine(db.engine, _reading, spoken, synonyms)
    return WhooshEngine(settings.data_dir / "search", spoken, synonyms)


@contextmanager
def _reading() -> Iterator[Connection]:
    """The connection of the page that is being made: one for each request is all the pool has."""
    try:
        yield db.session.connection()
    except DBAPIError:
        db.session.rollback()
        raise
