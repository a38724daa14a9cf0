"""`make run`: prepares the database, starts the web server and the worker, says where to go, and ends both together.

This process imports nothing of the application: it stays small, and a wrong setting is told before anything is started.
"""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from app import config
from app.config import Settings, SettingsError

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_SECONDS = 60
RESTART_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
STOP_WITHIN_SECONDS = 10


@dataclass
class Child:
    """One process this one looks after."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    started_at: float = 0.0

    def start(self, environ: Mapping[str, str]) -> None:
        self.started_at = time.monotonic()
        # A session of its own: Ctrl-C reaches this process only, which then ends both in order.
        self.process = subprocess.Popen(self.command, cwd=ROOT, env=dict(environ), start_new_session=True)  # noqa: S603 - our own command


def web_command(settings: Settings) -> list[str]:
    """The production server's command line."""
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
        "--respawn-failed-workers",
        "--log-level",
        "warning",
        "--no-ws",
        "wsgi:app",
    ]


def main() -> int:
    """Run until Ctrl-C or SIGTERM. Returns 2 for a wrong setting or a taken port, 1 when it cannot start."""
    try:
        settings = config.load(config.environment(os.environ))
    except SettingsError as error:
        print(f"{error}", file=sys.stderr)  # noqa: T201 - a command's own words
        return 2
    if not _port_is_free(settings.host, settings.port):
        print(  # noqa: T201 - as above
            f"Port {settings.port} on {settings.host} is taken. Stop what uses it, or choose another: PORT=8080 make run",
            file=sys.stderr,
        )
        return 2
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    prepared = subprocess.run([sys.executable, "-m", "app.prepare"], cwd=ROOT, env=environ, check=False)
    if prepared.returncode != 0:
        return prepared.returncode
    children = [Child("web", web_command(settings)), Child("worker", [sys.executable, "-m", "app.worker"])]
    return _look_after(children, settings, environ)


def _look_after(children: Sequence[Child], settings: Settings, environ: Mapping[str, str]) -> int:
    stopping: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        stopping.append(number)

    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        for child in children:
            child.start(environ)
        if not _wait_until_ready(children[0], settings, stopping):
            return 0 if stopping else 1
        if not stopping:
            print(f"\nBestbefore is ready on {settings.site_url}   (Ctrl-C stops it)", flush=True)  # noqa: T201 - as above
        while not stopping:
            for child in children:
                _revive(child, environ)
            time.sleep(0.2)
    finally:
        _end(children)
    return 0


def _revive(child: Child, environ: Mapping[str, str]) -> None:
    """Start a child again that has died, after a pause that grows while it keeps dying."""
    if child.process is None or child.process.poll() is None:
        return
    lived = time.monotonic() - child.started_at
    child.failures = 0 if lived > LONGEST_PAUSE_SECONDS else child.failures + 1
    pause = min(RESTART_PAUSE_SECONDS * 2**child.failures, LONGEST_PAUSE_SECONDS) if child.failures > 1 else 0.0
    if lived < pause:
        child.failures -= 1
        return
    print(f"The {child.name} ended with status {child.process.returncode}; it is started again.", file=sys.stderr)  # noqa: T201 - as above
    child.start(environ)


def _end(children: Sequence[Child]) -> None:
    alive = [child.process for child in children if child.process is not None and child.process.poll() is None]
    for process in alive:
        process.terminate()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for process in alive:
        try:
            process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait_until_ready(web: Child, settings: Settings, stopping: Sequence[int]) -> bool:
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104 - compared, not bound
    address = f"http://{host}:{settings.port}/healthz"
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while time.monotonic() < deadline and not stopping:
        if web.process is None or web.process.poll() is not None:
            print("The web server could not start; its own words are above.", file=sys.stderr)  # noqa: T201 - as above
            return False
        try:
            with urllib.request.urlopen(address, timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.03)
    return False


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
