"""The engine of this site: which one there is, and where it keeps its index."""

import threading

from flask import current_app

from app.config import Settings
from search.engine import SearchEngine
from search.whoosh_engine import WhooshEngine

_EXTENSION = "bestbefore_search"
_making = threading.Lock()


def current_engine() -> SearchEngine:
    """The engine of the current application, made when it is first asked for."""
    with _making:
        if _EXTENSION not in current_app.extensions:
            settings: Settings = current_app.config["SETTINGS"]
            current_app.extensions[_EXTENSION] = WhooshEngine(settings.data_dir / "search")
        found: SearchEngine = current_app.extensions[_EXTENSION]
    return found
