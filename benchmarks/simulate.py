"""How long a simulated policy takes, and what it finds: `python -m benchmarks.simulate [--answers N] [--days N] [--seeds N]`.

Each policy runs in this process, one after the other; the table is the mean over the seeds, the time that of one seed.
"""

import argparse
import resource
import sys
import time

from community.freshness.simulation.outcome import NAMES, Outcome, mean, table
from community.freshness.simulation.run import simulate
from community.freshness.simulation.wish import Wish, several

FEWER_SHOWN, LESS_LOST, MOST_EXPIRED = 12, 6, 0.02
"""What is expected of this policy beside permanence, and the most right-but-expired views."""


def main() -> int:
    """Measure and print; 1 where an expectation is missed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--answers", type=int, default=Wish.answers)
    options.add_argument("--days", type=int, default=Wish.days)
    options.add_argument("--seeds", type=int, default=5)
    chosen = options.parse_args()
    share = chosen.answers / Wish.answers
    wish = Wish(
        answers=chosen.answers, days=chosen.days, checks=Wish.checks * share, views_per_day=max(1.0, Wish.views_per_day * share)
    )
    found: dict[str, Outcome] = {}
    for key, name in NAMES.items():
        started = time.perf_counter()
        found[key] = mean([simulate(one, key) for one in several(wish, chosen.seeds)])
        print(f"{name:50}{(time.perf_counter() - started) / chosen.seeds:7.2f} s")
    print(f"\n{table(list(found.values()))}\n")
    print(f"at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0 if _as_expected(found["permanent"], found["belief"]) else 1


def _as_expected(permanent: Outcome, belief: Outcome) -> bool:
    shown, lost = permanent.wrong_shown / belief.wrong_shown, permanent.loss / belief.loss
    print(f"wrong and shown as current: {shown:.1f} times fewer views than with permanent answers (expected {FEWER_SHOWN})")
    print(f"loss: {lost:.1f} times less (expected {LESS_LOST})")
    print(f"right but expired: {100 * belief.right_expired:.2f} % of views (expected at most {100 * MOST_EXPIRED:.0f} %)")
    return shown >= FEWER_SHOWN and lost >= LESS_LOST and belief.right_expired <= MOST_EXPIRED


if __name__ == "__main__":
    sys.exit(main())
