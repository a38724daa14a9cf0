"""Runs one server for as long as the process that asked for it lives, then stops it and clears up.

    python -I -S warden.py JOB        JOB is JSON, see `Job`

The asker holds the other end of standard input. When that closes, for whatever reason (the tests ended, were interrupted or
killed), the server gets its stop signal, and SIGKILL if it does not listen, and its folder is removed; any byte sent before
says that the folder stays. Standard library only, so that it starts in a few milliseconds.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

PATIENCE = 5
"""Seconds a server has to stop by itself."""


class Job(TypedDict):
    """What to run, where, and as whom."""

    command: list[str]
    environment: dict[str, str]
    """Beside the warden's own."""
    folder: str
    """Gets the server's process id as `pid` and its output as `log`; removed at the end."""
    user_id: int | None
    """The account to run as; only root can choose one."""
    stop_signal: int


def main(job: Job) -> None:
    folder = Path(job["folder"])
    with (folder / "log").open("ab") as log:
        server = subprocess.Popen(
            job["command"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            env={**os.environ, **job["environment"]},
            user=job["user_id"],
            group=job["user_id"],
            extra_groups=None if job["user_id"] is None else [],
            start_new_session=True,
        )
    (folder / "pid~").write_text(str(server.pid))
    (folder / "pid~").rename(folder / "pid")
    keep = False
    while os.read(0, 64):
        keep = True
    server.send_signal(job["stop_signal"])
    try:
        server.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if not keep:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # the end of standard input is the only thing that ends it
    main(json.loads(sys.argv[1]))
