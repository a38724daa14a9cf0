"""`make run`, in processes of its own: the first start and the next one, Ctrl-C, what dies, and what it refuses to start with."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Self

import psutil
import pytest

from app.accounts import signup
from app.factory import create_app
from tests.databases import close, settings_for
from tests.source import ROOT
from tests.web import as_environment, free_port

COMMAND = [sys.executable, "-m", "app.serve"]
READY = "Bestbefore is ready on "
OF_THE_CLOCK = {"scheduled_jobs"}
"""Tables that a start may write into."""


def until(true: Callable[[], bool], told: Callable[[], object] = str, seconds: float = 45) -> None:
    """Wait until it is true; `told` is what to know when it never is."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"it did not come true in time: {told()}"
        time.sleep(0.02)


class Run:
    """One `make run`; left alone at the end it is killed with all it started."""

    def __init__(self, folder: Path, **environment: str) -> None:
        folder.mkdir(exist_ok=True)
        self.port = int(environment.get("PORT") or free_port())
        self._log = folder / "log"
        path = {"PATH": os.environ["PATH"], "DATA_DIR": str(folder / "data")}
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                COMMAND,
                cwd=ROOT,
                env={**path, **environment, "PORT": str(self.port), "SITE_URL": f"http://127.0.0.1:{self.port}"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.seen: set[psutil.Process] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        left = [*self.children(), *self.seen]
        self.process.kill()
        self.process.wait()
        for process in left:
            if process.is_running():
                process.kill()

    def said(self) -> str:
        """Everything it has printed."""
        return self._log.read_text()

    def ready(self) -> Self:
        """Wait until it says so."""
        until(lambda: READY in self.said() or self.process.poll() is not None)
        assert READY in self.said(), self.said()
        return self

    def children(self) -> list[psutil.Process]:
        """What it has started and still runs."""
        try:
            found = psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [process for process in found if _lives(process)]

    def web(self) -> psutil.Process:
        """The process that listens."""
        return self._listening()[0]

    def worker(self) -> psutil.Process:
        """The other one."""
        web = self._listening()
        return next(process for process in self.children() if process not in web)

    def is_whole(self) -> bool:
        """Whether both are there and the site answers."""
        try:
            return len(self._listening()) == 1 and len(self.children()) == 2 and self.fetch("/healthz") == b"ok\n"
        except (urllib.error.URLError, OSError):
            return False

    def seen_now(self) -> str:
        """What runs and what was printed, for whoever wonders why a test failed."""
        return f"{[(process, process.status()) for process in self.children()]}\n{self.said()}"

    def fetch(self, path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            body: bytes = response.read()
        return body

    def stop(self) -> int:
        """Press Ctrl-C; returns the status, with every process gone."""
        self.seen.update(self.children())
        self.process.send_signal(signal.SIGINT)
        status = self.process.wait(15)
        assert [process for process in self.seen if process.is_running()] == []
        return status

    def _listening(self) -> list[psutil.Process]:
        return [process for process in self.children() if _listens(process, self.port)]


def _lives(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _listens(process: psutil.Process, port: int) -> bool:
    try:
        found = process.net_connections()
    except psutil.NoSuchProcess:
        return False  # it died while it was looked at, as it does in these tests
    return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in found)


@pytest.fixture
def inhabited(tmp_path: Path, sqlite_url: str, now: datetime) -> dict[str, str]:
    """The environment of a site that somebody lives in already, so that no demo community moves in."""
    settings = settings_for(sqlite_url, tmp_path / "data")
    app = create_app(settings)
    with app.app_context():
        signup.create_admin("Ada", "ada@example.com", "three geese on a slow train", now)
    close(app)
    return as_environment(settings)


def contents(file: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table that only people's acts change."""
    with closing(sqlite3.connect(file)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f"SELECT * FROM {name}").fetchall() for name in tables if name not in OF_THE_CLOCK}


def refused(tmp_path: Path, *, command: list[str] = COMMAND, **environment: str) -> str:
    """The one line it prints when it does not start."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "data"), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1, done.stderr
    return done.stderr


def test_first_start_and_the_next(tmp_path: Path) -> None:
    """An empty folder gets the demo community; afterwards nothing is added."""
    database = tmp_path / "data" / "bestbefore.db"

    def all_delivered() -> bool:
        with closing(sqlite3.connect(database)) as connection:
            return bool(connection.execute("SELECT count(*) = 0 FROM outbox").fetchone()[0])

    def views() -> int:
        with closing(sqlite3.connect(database)) as connection:
            return int(connection.execute("SELECT views FROM questions WHERE id = 1").fetchone()[0])

    with Run(tmp_path) as first:
        first.ready()
        assert "Sign in with the password best-before-demo as\n  marta@example.com    a customer\n" in first.said()
        assert f"{READY}http://127.0.0.1:{first.port} " in first.said()
        assert b"<h1" in first.fetch("/")
        until(all_delivered)
        shown = views()
        first.fetch("/questions/1")
        assert first.stop() == 0
        assert views() == shown + 1, "what was counted last is lost"
        assert "Traceback" not in first.said()
    before = contents(database)
    assert len(before["questions"]) >= 20
    with Run(tmp_path) as second:
        second.ready()
        used = psutil.Process(second.process.pid).cpu_times()
        assert used.user + used.system + used.children_user + used.children_system < 3
        assert "the demo community was written" not in second.said()
        assert "  mo@example.com       a moderator\n" in second.said()
        second.stop()
    assert contents(database) == before


def test_ctrl_c_ends_every_process_and_frees_the_port(tmp_path: Path, inhabited: dict[str, str]) -> None:
    with Run(tmp_path, **inhabited) as run:
        run.ready()
        until(run.is_whole)
        # Somebody's browser holds a connection open meanwhile.
        with socket.create_connection(("127.0.0.1", run.port)) as browser:
            browser.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert browser.recv(100).startswith(b"HTTP/1.1 200")
            assert run.stop() == 0
        assert "Traceback" not in run.said()
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", run.port))


@pytest.mark.faults
def test_what_dies_is_back(tmp_path: Path, inhabited: dict[str, str]) -> None:
    """The web process, the worker, both at once; and with the first process everything goes."""
    with Run(tmp_path, **inhabited) as run:
        run.ready()
        until(run.is_whole, run.seen_now)
        web, worker = run.web(), run.worker()
        worker.kill()
        until(lambda: run.is_whole() and run.worker() != worker, run.seen_now)
        assert run.web() == web
        assert "The worker ended with status -9; it is started again." in run.said()
        web.kill()
        until(lambda: run.is_whole() and run.web() != web, run.seen_now)
        # Again, sooner than Granian puts up with.
        run.web().kill()
        run.worker().kill()
        until(run.is_whole, run.seen_now)
        run.seen.update(run.children())
        run.process.kill()
        until(lambda: not any(process.is_running() and _lives(process) for process in run.seen), lambda: run.seen)


def test_a_taken_port_gives_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(tmp_path, PORT=str(port))
    assert said == f"Port {port} on 127.0.0.1 is taken. Stop what uses it, or choose another: PORT=8080 make run\n"


def test_a_wrong_setting_gives_one_line(tmp_path: Path) -> None:
    assert refused(tmp_path, WEB_THREADS="many") == "WEB_THREADS is 'many'; it must be a whole number from 1 to 256.\n"


def test_a_file_where_the_folder_should_be_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    assert refused(tmp_path) == f"DATA_DIR is '{tmp_path}/data'; it cannot be written (File exists).\n"
