"""The servers that other tests stand on: they are the real ones, keep what was committed, and leave nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
import redis

from tests.servers import PostgreSQL, Redis, Server
from tests.source import ROOT

ASKER = """
import os, time
from tests.servers import PostgreSQL, Redis
servers = [PostgreSQL().start(), Redis().start()]
child = os.fork()
if child:
    print(child, *[f"{server.pid} {server.folder}" for server in servers], flush=True)
time.sleep(60)
"""
"""Starts both servers, leaves a forked child behind, and waits to be killed."""


def until(true: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether it comes true in time."""
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def test_it_is_postgresql_18(postgresql: PostgreSQL) -> None:
    with postgresql.connect("postgres") as connection:
        row = connection.execute("SHOW server_version").fetchone()
    assert str(row).startswith("('18.")


def test_redis_is_empty_for_each_test(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0


@pytest.mark.faults
def test_postgresql_keeps_what_was_committed_when_it_is_killed() -> None:
    with PostgreSQL() as server:
        with server.connect("postgres") as connection:
            connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
        server.kill()
        server.start()
        with server.connect("postgres") as connection:
            assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    assert not server.folder.exists()


@pytest.mark.faults
def test_redis_comes_back_at_the_same_address() -> None:
    with Redis() as server:
        address = server.url
        server.stop()
        with redis.Redis.from_url(address) as client, pytest.raises(redis.ConnectionError):
            client.ping()
        server.start()
        with redis.Redis.from_url(address) as client:
            assert client.ping()
    assert not server.folder.exists()


@pytest.mark.faults
def test_nothing_outlives_a_killed_test_run() -> None:
    """Not even when the run has left a forked child, which inherits what was open."""
    asker = subprocess.Popen([sys.executable, "-c", ASKER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with asker:
        assert asker.stdout
        words = asker.stdout.readline().split()
        child, pids, folders = int(words[0]), list(map(int, words[1::2])), list(map(Path, words[2::2]))
        try:
            assert all(map(psutil.pid_exists, pids))
            asker.kill()
            assert until(lambda: not any(map(psutil.pid_exists, pids)))
            assert until(lambda: not any(folder.exists() for folder in folders))
            assert psutil.pid_exists(child)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


def test_a_server_that_does_not_start_says_why() -> None:
    class Broken(Server):
        name = "broken"

        def command(self) -> list[str]:
            return ["sh", "-c", "echo 'no such option' >&2; exit 2"]

        def answers(self) -> bool:
            return False

    server = Broken()
    with pytest.raises(RuntimeError, match="broken did not start:\nno such option"):
        server.start()
    assert not server.folder.exists()
