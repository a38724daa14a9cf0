"""Views are counted beside the pages and written in batches: a page that costs a tenth of a millisecond must not write a row."""

import atexit
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping
from multiprocessing.util import Finalize

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

FLUSH_SECONDS = 5.0
"""How much can be lost when a web process is killed."""

log = logging.getLogger(__name__)


class ViewCounter:
    """Counts in memory; a thread, started with the first view, hands the counts to `write` every few seconds and at the end."""

    def __init__(self, app: Flask, write: Callable[[Mapping[int, int]], None], every: float = FLUSH_SECONDS) -> None:
        self._app = app
        self._write = write
        self._every = every
        self._lock = threading.Lock()
        self._counts: Counter[int] = Counter()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()

    def count(self, question_id: int) -> None:
        """One more view of a question."""
        with self._lock:
            self._counts[question_id] += 1
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="view-counter", daemon=True)
                self._thread.start()
                atexit.register(self.close)
                # Granian's processes are multiprocessing's, which pass atexit by on Python 3.11.
                Finalize(None, self.close, exitpriority=0)

    def flush(self) -> None:
        """Write what has been counted; it is kept for the next time when the database cannot be reached."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        try:
            with self._app.app_context():
                self._write(counts)
        except SQLAlchemyError as error:
            log.warning("views could not be written, they wait: %s", error)
            with self._lock:
                self._counts.update(counts)

    def close(self) -> None:
        """Write the rest and stop."""
        self._stop.set()
        self.flush()

    def _run(self) -> None:
        while not self._stop.wait(self._every):
            self.flush()
