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
import os, sys, time
from tests import servers
server = getattr(servers, sys.argv[1])().start()
child = os.fork()
if child:
    print(child, server.pid, server.folder, flush=True)
time.sleep(60)
"""
"""Starts a server, leaves a forked child behind, and waits to be killed."""


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
def test_postgresql_keeps_what_was_committed_when_it_is_killed(own_postgresql: PostgreSQL) -> None:
    with own_postgresql.connect("postgres") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    own_postgresql.kill()
    own_postgresql.start()
    with own_postgresql.connect("postgres") as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    own_postgresql.close()
    assert not own_postgresql.folder.exists()


@pytest.mark.faults
def test_redis_comes_back_at_the_same_address(own_redis: Redis) -> None:
    address = own_redis.url
    own_redis.stop()
    with redis.Redis.from_url(address) as client, pytest.raises(redis.ConnectionError):
        client.ping()
    own_redis.start()
    with redis.Redis.from_url(address) as client:
        assert client.ping()
    own_redis.close()
    assert not own_redis.folder.exists()


@pytest.mark.faults
@pytest.mark.parametrize(("kind", "needed"), [("PostgreSQL", "postgresql"), ("Redis", "redis_server")])
def test_nothing_outlives_a_killed_test_run(kind: str, needed: str, request: pytest.FixtureRequest) -> None:
    """Not even when the run has left a forked child, which inherits what was open."""
    request.getfixturevalue(needed)
    asker = subprocess.Popen([sys.executable, "-c", ASKER, kind], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    with asker:
        assert asker.stdout
        child, pid, folder = asker.stdout.readline().split()
        try:
            assert psutil.pid_exists(int(pid))
            asker.kill()
            assert until(lambda: not psutil.pid_exists(int(pid)))
            assert until(lambda: not Path(folder).exists())
            assert psutil.pid_exists(int(child))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), signal.SIGKILL)


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
