"""What tests of several processes share: starting one, and waiting for what it writes down."""

import time
from collections.abc import Callable
from pathlib import Path
from subprocess import Popen

Start = Callable[[str], Popen[bytes]]


def wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Look until it is so; AssertionError when that takes too long."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def acknowledged(folder: Path) -> int:
    """How far the process that writes has come, by what it was told is kept."""
    return int((folder / "acknowledged").read_text())
