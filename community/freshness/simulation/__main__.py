"""`python -m community.freshness.simulation`: a question as JSON on standard input, a line of JSON per policy on standard output.

How `computing` runs it, in a process that gives back its memory and can be ended."""

import json
import os
import resource
import sys

from community.freshness.simulation.outcome import NAMES, mean
from community.freshness.simulation.run import simulate
from community.freshness.simulation.wish import from_json, several

NICE = 10


def main() -> int:
    """Answer the question; the processor's time is limited too, should whoever asked be gone."""
    asked = json.load(sys.stdin)
    os.nice(NICE)
    seconds = int(asked["seconds"]) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    wish = from_json(asked["wish"])
    for key in [key for key in NAMES if key in asked["policies"]]:
        found = mean([simulate(one, key) for one in several(wish, asked["runs"])])
        sys.stdout.write(json.dumps(found.as_json()) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
