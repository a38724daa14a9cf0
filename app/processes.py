"""Processes forked from one that has loaded the application: they start at once, and what none of them changes is held once."""

import contextlib
import ctypes
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from typing import NoReturn

_TELL_WHEN_PARENT_DIES = 1
"""Linux's PR_SET_PDEATHSIG, from sys/prctl.h."""
_INTERRUPTED = 130
"""The status of what was interrupted, as shells have it."""


class Forked:
    """`act` in a process of its own, forked here and now, which ends with the status it returns. Needs a system with fork."""

    def __init__(self, act: Callable[[], int]) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        self._status: int | None = None
        self._id = os.fork()
        if self._id == 0:
            _be(act, parent)

    def status(self, *, wait: bool = False) -> int | None:
        """How it ended (minus the signal's number when one killed it); None while it runs."""
        if self._status is None:
            found, status = os.waitpid(self._id, 0 if wait else os.WNOHANG)
            if found:
                self._status = os.waitstatus_to_exitcode(status)
        return self._status

    def end(self, within: float) -> None:
        """Tell it to stop; after so many seconds it is killed."""
        if self.status() is None:
            os.kill(self._id, signal.SIGTERM)
        deadline = time.monotonic() + within
        while self.status() is None:
            if time.monotonic() > deadline:
                os.kill(self._id, signal.SIGKILL)
            time.sleep(0.02)


def _be(act: Callable[[], int], parent: int) -> NoReturn:
    """Be the new process."""
    status = 1
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        end_with(parent)
        status = act()
    except KeyboardInterrupt:
        status = _INTERRUPTED
    except BaseException:  # nothing may run on into the parent's code
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def end_with(parent: int) -> None:
    """Be told to stop when the process that forked this one is gone, however it went; and let Ctrl-C reach that one only."""
    with contextlib.suppress(OSError):  # it has a session of its own already
        os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_TELL_WHEN_PARENT_DIES, signal.SIGTERM)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
