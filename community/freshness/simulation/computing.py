"""Running the simulation in a process of its own: it takes seconds and numpy's memory, which web and worker processes keep."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from app.errors import DomainError
from community.freshness.simulation import outcome
from community.freshness.simulation.outcome import NAMES, Outcome
from community.freshness.simulation.wish import Wish

ROOT = Path(__file__).parents[3]
PROCESS = "community.freshness.simulation"

log = logging.getLogger(__name__)


class NotComputed(DomainError):
    """There is no result; the message says why."""

    status = 503


def compute(wish: Wish, *, runs: int, seconds: float, policies: Sequence[str] = tuple(NAMES)) -> list[Outcome]:
    """Every policy's mean over `runs` worlds, in the order of NAMES. Raises NotComputed when it takes longer than `seconds`, or
    fails; the process is gone then."""
    asked = json.dumps({"wish": wish.as_json(), "runs": runs, "seconds": seconds, "policies": list(policies)})
    try:
        done = subprocess.run(  # noqa: S603 - this product's own module, and JSON that it wrote itself
            [sys.executable, "-m", PROCESS],
            input=asked,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=True,
            cwd=ROOT,
            # One thread: numpy's library would keep memory for each processor.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )
    except subprocess.TimeoutExpired:
        raise NotComputed(f"It was not done in {seconds:.0f} seconds. Ask for fewer answers or fewer days.") from None
    except subprocess.CalledProcessError as error:
        log.error("the simulation failed: %s", error.stderr)
        raise NotComputed("The simulation failed; the log says why.") from error
    return [outcome.from_json(json.loads(line)) for line in done.stdout.splitlines()]
