"""`make run`: prepares the database, starts the web server and the worker, says where to go, and ends all of it together.

This process loads the application once and forks the others, so that the code of all is in memory once and a process that dies
is back at once. It is the web server's own parent (Granian's), and a timer in it keeps the worker.

Nothing may be opened in it: a connection carried through a fork is used by two. And it starts no thread: what a thread holds at
the moment of a fork, the lock of an import for one, is held in the new process for ever.
"""

import contextlib
import gc
import importlib
import multiprocessing
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels
from sqlalchemy.orm import configure_mappers

from app import config
from app.config import Settings, SettingsError
from app.processes import Forked, end_with

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

LONGEST_PAUSE_SECONDS = 30.0
"""Between two starts of what keeps dying."""
LOOK_SECONDS = 0.25
"""How often it is looked whether the worker lives."""
STOP_WITHIN_SECONDS = 8


def web_command(settings: Settings) -> list[str]:
    """The command line of a web server alone; the last word says what it serves."""
    return [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        settings.host,
        "--port",
        str(settings.port),
        "--workers",
        str(settings.web_workers),
        "--blocking-threads",
        str(settings.web_threads),
        "--workers-kill-timeout",
        str(STOP_WITHIN_SECONDS),
        "--respawn-failed-workers",
        "--log-level",
        "warning",
        "--no-ws",
        "wsgi:app",
    ]


def main() -> int:
    """Run until Ctrl-C or SIGTERM. Returns 2 for a wrong setting or a taken port, 1 when it cannot start."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        return _run()
    except KeyboardInterrupt:
        return 0


def _run() -> int:
    try:
        settings = config.load(config.environment(os.environ))
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - a command's own words
        return 2
    if not _port_is_free(settings.host, settings.port):
        print(  # noqa: T201 - as above
            f"Port {settings.port} on {settings.host} is taken. Stop what uses it, or choose another: PORT=8080 make run",
            file=sys.stderr,
        )
        return 2
    app = importlib.import_module("wsgi").app
    prepared = Forked(lambda: importlib.import_module("app.prepare").prepare(app)).status(wait=True)
    if prepared:
        return prepared
    act = partial(importlib.import_module("app.worker").run, app, settings)
    configure_mappers()
    gc.freeze()
    worker = Kept("worker", act)
    worker.start()
    announcer = Forked(partial(_announce, settings))

    def look(_number: int, _frame: FrameType | None) -> None:
        announcer.status()
        worker.look()

    signal.signal(signal.SIGALRM, look)
    signal.setitimer(signal.ITIMER_REAL, LOOK_SECONDS, LOOK_SECONDS)
    try:
        _serve(settings)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        announcer.end(within=0)
        worker.end()
    return 0


def application() -> "WSGIApplication":
    """What the web process serves: loaded already where it was forked. Its calls are Granian's."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with(parent.pid)
    loaded: WSGIApplication = importlib.import_module("wsgi").app
    return loaded


class Kept:
    """A forked process that is started again when it dies, after a pause that grows while it keeps dying."""

    def __init__(self, name: str, act: Callable[[], int]) -> None:
        self._name = name
        self._act = act
        self._process: Forked | None = None
        self._pause = Pause()

    def start(self) -> None:
        """Start it."""
        self._process = Forked(self._act)

    def look(self) -> None:
        """See whether it lives; start it again when it does not and its pause is over."""
        if self._process is not None:
            status = self._process.status()
            if status is None:
                return
            self._process = None
            self._pause.died()
            print(f"The {self._name} ended with status {status}; it is started again.", file=sys.stderr)  # noqa: T201 - a command's own words
        if self._pause.is_over():
            self.start()

    def end(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.end(STOP_WITHIN_SECONDS)


class Pause:
    """How long to wait before the next start: not at all after the first death, longer with each that follows soon."""

    def __init__(self) -> None:
        self._deaths = 0
        self._died_at = -LONGEST_PAUSE_SECONDS
        self._until = 0.0

    def died(self) -> None:
        """It has died now."""
        now = time.monotonic()
        self._deaths = 0 if now - self._died_at > 2 * LONGEST_PAUSE_SECONDS else self._deaths + 1
        self._died_at = now
        self._until = now + (min(2.0**self._deaths, LONGEST_PAUSE_SECONDS) if self._deaths else 0.0)

    def is_over(self) -> bool:
        return time.monotonic() >= self._until


def _serve(settings: Settings) -> None:
    """Serve until told to stop. Granian starts a web process again that has died, and gives up when it dies twice in five
    seconds; then Granian is started again."""
    if sys.platform == "linux":
        multiprocessing.set_start_method("fork")  # else Python 3.14 loads the application once more for each process
    pause = Pause()
    while True:
        server = _server(settings)
        with contextlib.suppress(SystemExit):
            server.serve(target_loader=application, wrap_loader=False)
        pause.died()
        while not (server.interrupt_signal or pause.is_over()):
            time.sleep(LOOK_SECONDS)
        if server.interrupt_signal:
            return
        print("The web server ended; it is started again.", file=sys.stderr)  # noqa: T201 - a command's own words


def _server(settings: Settings) -> Any:  # noqa: ANN401 - Granian's class depends on the build of Python
    return Granian(
        "wsgi:app",
        address=settings.host,
        port=settings.port,
        interface=Interfaces.WSGI,
        workers=settings.web_workers,
        blocking_threads=settings.web_threads,
        workers_kill_timeout=STOP_WITHIN_SECONDS,
        respawn_failed_workers=True,
        log_level=LogLevels.warning,
        websockets=False,
    )


def _announce(settings: Settings) -> int:
    """Say when the site can be opened."""
    while not _answers(settings):
        time.sleep(0.03)
    print(f"\nBestbefore is ready on {settings.site_url}   (Ctrl-C stops it)", flush=True)  # noqa: T201 - as above
    return 0


def _answers(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.host, settings.host)  # noqa: S104 - compared, not bound
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    try:
        urllib.request.urlopen(f"http://{host}:{settings.port}/healthz", timeout=1).close()
    except (urllib.error.URLError, OSError):
        return False
    return True


def _port_is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


if __name__ == "__main__":
    sys.exit(main())
