"""The worker: drains the outbox and does the clock's work, beside the web server or on a machine of its own.

Embedded (no Redis) it looks at the outbox every quarter of a second. With Redis an RQ worker waits for rings, and a thread of
this process drains and keeps the schedule on a slower tick, so that a Redis that is away makes things late and loses nothing.
"""

import gc
import importlib
import logging
import os
import signal
import sys
import threading
from datetime import datetime
from types import FrameType

from flask import Flask
from sqlalchemy.exc import DBAPIError

from app import clock, config, outbox, schedule
from app.config import Settings, SettingsError
from app.db import db
from app.factory import create_app
from app.jobs import AFTER_COMMIT, EVERY

TICK_WITH_REDIS_SECONDS = 2.0
SCHEDULE_SECONDS = 5.0
"""How often the schedule is looked at."""

log = logging.getLogger(__name__)


class Worker:
    """One worker of one application. `run` returns after `stop`, once what it was doing is done."""

    def __init__(self, app: Flask, pause: float) -> None:
        self._app = app
        self._pause = pause
        self._stop = threading.Event()

    def stop(self) -> None:
        """Finish what is at hand and return from `run`."""
        self._stop.set()

    def run(self) -> None:
        """Drain and keep the schedule until stopped. A database that is away for a while is waited for."""
        failures = 0
        next_schedule = 0.0
        while not self._stop.is_set():
            now = clock.utcnow()
            try:
                busy = self.once(now, schedule_too=now.timestamp() >= next_schedule)
                if now.timestamp() >= next_schedule:
                    next_schedule = now.timestamp() + SCHEDULE_SECONDS
                failures = 0
            except DBAPIError as error:
                failures += 1
                log.warning("the database could not be used, trying again: %s", error.orig)
                busy = False
            if not busy:
                self._stop.wait(min(self._pause * 2**failures, 30.0))

    def once(self, now: datetime, *, schedule_too: bool = True) -> bool:
        """Deliver what waits, and run what is due. Returns whether there was anything to deliver."""
        with self._app.app_context():
            try:
                if schedule_too:
                    schedule.run_due(EVERY, now)
                return outbox.drain(AFTER_COMMIT, now) > 0
            finally:
                db.session.remove()


_app: list[Flask] = []
"""The application of this process, for jobs that RQ runs."""


def drain_job() -> int:
    """What a ring of the doorbell runs, in any RQ worker: deliver everything that waits. Returns how many messages."""
    if not _app:
        _app.append(create_app())
    delivered = 0
    with _app[0].app_context():
        while claimed := outbox.drain(AFTER_COMMIT, clock.utcnow()):
            delivered += claimed
        db.session.remove()
    return delivered


def run(app: Flask, settings: Settings) -> int:
    """Be the worker of `app` in this process until SIGTERM or SIGINT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    _app[:] = [app]
    worker = Worker(app, TICK_WITH_REDIS_SECONDS if settings.redis_url else settings.worker_poll_seconds)

    def finish(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    if settings.redis_url is None:
        signal.signal(signal.SIGTERM, finish)
        signal.signal(signal.SIGINT, finish)
        worker.run()
        return 0
    ticking = threading.Thread(target=worker.run, name="tick")
    ticking.start()
    try:
        # RQ costs 20 MB and an eighth of a second, so only a worker that has a Redis loads it.
        importlib.import_module("app.listener").listen(settings.redis_url)
    finally:
        worker.stop()
        ticking.join()
    return 0


def main() -> int:
    """The worker as a command. Returns 2 for a wrong setting."""
    try:
        settings = config.load(config.environment(os.environ))
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's own words
        return 2
    app = create_app(settings)
    gc.freeze()  # what has been loaded stays; collections pass it by
    return run(app, settings)


if __name__ == "__main__":
    sys.exit(main())
