"""How well arranged votes are found, and how fast: `python -m benchmarks.fairness [--seeds N] [--first SEED] [--people N]`.

The table is over made-up communities that the lines were not tuned on (seeds from 1001). Exit status 1 where an aim is missed.
"""

import argparse
import sys
import time

from reputation.fairness.simulation.attacks import HIDDEN
from reputation.fairness.simulation.measure import Result, measure, table, world_of

BLUNT_RECALL, HIDDEN_RECALL, PRECISION = 0.9, 0.6, 0.98
"""What is aimed at: of blunt attacks, of hidden ones, and of the votes that are reversed without asking."""


def missed(result: Result) -> list[str]:
    """The aims that this result misses, in words."""
    found = [
        f"{name}: {row.reversed / row.there:.2f} caught"
        for name, row in result.attacks.items()
        if row.reversed / row.there < (HIDDEN_RECALL if name in HIDDEN else BLUNT_RECALL)
    ]
    if result.precision < PRECISION:
        found.append(f"precision {result.precision:.3f}")
    return found


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=20)
    options.add_argument("--first", type=int, default=1001)
    options.add_argument("--people", type=int, default=500)
    chosen = options.parse_args()
    worlds = [world_of(seed, chosen.people) for seed in range(chosen.first, chosen.first + chosen.seeds)]
    started = time.perf_counter()
    result = measure(worlds)
    print(table(result))
    print(f"\n{(time.perf_counter() - started) * 1e6 / result.acts:.0f} µs for each vote")
    for words in missed(result):
        print(f"missed: {words}")
    return 1 if missed(result) else 0


if __name__ == "__main__":
    sys.exit(main())
