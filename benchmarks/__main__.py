"""`make bench`: every figure of the README, in one run on one machine.

Machines are noisy: the ratios of one run say more than its absolute figures. Options: --times N (how often the dump is
resampled), --seconds S (of each load), --sweep N (answers in the sweep's table; 0 leaves it out).
"""

import argparse
import re
import shutil
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from app.config import load as load_settings
from benchmarks import load, stage, sweeping
from tests.web import free_port


class Line(NamedTuple):
    """One line of the table."""

    name: str
    path: str
    cookie: str


def main() -> int:
    """Measure and print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--times", type=int, default=10)
    options.add_argument("--seconds", type=float, default=load.SECONDS)
    options.add_argument("--sweep", type=int, default=1_000_000)
    chosen = options.parse_args()
    if not stage.DUMP.is_dir():
        print(f"The dump is not at hand: {stage.DUMP}", file=sys.stderr)
        return 1
    print("client:", "wrk" if shutil.which("wrk") else "threads of this process (install wrk for a stronger one)")
    with tempfile.TemporaryDirectory(prefix="bestbefore-bench-") as name:
        folder = Path(name)
        _pages(folder, chosen.times, chosen.seconds)
        if chosen.sweep:
            sweeping.measure(folder, chosen.sweep, due=1000)
    return 0


def _pages(folder: Path, times: int, seconds: float) -> None:
    port = free_port()
    settings = stage.prepare(folder, port, times)
    environ = stage.environment(folder, port)
    starts = []
    for _ in range(3):
        with stage.serving(settings, environ) as (_, _, ready):
            starts.append(ready)
    print(f"cold start: ready {median(starts):.2f} s after start (median of 3)")
    with stage.serving(settings, environ) as (address, web, _), stage.working(environ) as worker:
        cookie = stage.sign_in(port)
        question = _a_question(folder, port)
        _bytes(port, question)
        print(f"memory at rest: web {load.pss_megabytes(web):.0f} MB, with worker {load.pss_megabytes(web, worker):.0f} MB PSS")
        size = len(stage.get(port, question)[1])
        lines = [
            Line("question page, signed out", question, ""),
            Line("front page, signed out", "/", ""),
            Line("search, signed out", "/search?q=neural+network+training", ""),
            Line("question page, signed in", question, cookie),
            Line("front page, signed in", "/", cookie),
            Line("search, signed in", "/search?q=neural+network+training", cookie),
        ]
        bare_port = free_port()
        bare = stage.environment(folder, bare_port, BARE_BYTES=str(size))
        bare_settings = load_settings(bare)
        with stage.serving(bare_settings, bare, "benchmarks.bare:app") as (bare_address, bare_pid, _):
            for connections in (16, 1):
                print(f"\n{connections} connections, {seconds:.0f} s each; the bare view returns {size} bytes")
                print(f"{'':32}{'req/s':>9}{'of bare':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}{'of bare':>9}")
                against = load.run(bare_address + "/", bare_pid, connections, seconds=seconds)
                _row("a constant Flask view", against, against)
                for line in lines:
                    headers = {"Accept-Encoding": "gzip", **({"Cookie": line.cookie} if line.cookie else {})}
                    _row(line.name, load.run(address + line.path, web, connections, headers, seconds), against)
        _posting(folder, port, cookie, web)
        _varied_searches(folder, port, web)
        print(f"memory after it: web {load.pss_megabytes(web):.0f} MB, with worker {load.pss_megabytes(web, worker):.0f} MB PSS")


def _row(name: str, found: load.Measured, bare: load.Measured) -> None:
    failed = f"  {found.failures} FAILED" if found.failures else ""
    print(
        f"{name:32}{found.rate:9.0f}{found.rate / bare.rate:9.2f}{found.p50:9.2f}{found.p99:9.2f}{found.cpu:9.2f}"
        f"{found.cpu / bare.cpu:9.1f}{failed}"
    )


def _a_question(folder: Path, port: int) -> str:
    """The address of a question with three answers, as most read ones have."""
    with sqlite3.connect(folder / "bestbefore.db") as database:
        row = database.execute(
            "SELECT id FROM questions WHERE answer_count = 3 AND accepted_answer_id IS NOT NULL ORDER BY views DESC LIMIT 1"
        ).fetchone()
    return stage.get(port, f"/questions/{row[0]}")[2] or f"/questions/{row[0]}"


def _bytes(port: int, question: str) -> None:
    """What a first visit of a question page loads."""
    _, html, _ = stage.get(port, question)
    page = stage.unzipped(html)
    found = dict.fromkeys(re.findall(r'(?:src|href)="(/static/[^"]+)"', page))
    sizes = {path: len(stage.get(port, path)[1]) for path in found}
    module = next((path for path in sizes if "main.js" in path), "")
    if module and 'datetime="' in page:
        sizes["times.js"] = len(stage.get(port, module.replace("main.js", "times.js"))[1])
    print(
        f"question page: {len(html):,} bytes of HTML (gzip), {len(html) + sum(sizes.values()):,} in all,"
        f" {1 + len(sizes)} requests"
    )


def _posting(folder: Path, port: int, cookie: str, web: int, count: int = 200) -> None:
    """Answers posted one after the other, each to another question."""
    with sqlite3.connect(folder / "bestbefore.db") as database:
        query = "SELECT id FROM questions WHERE closed_at IS NULL AND removed_at IS NULL ORDER BY id * 7919 % 10007 LIMIT ?"
        questions = [row[0] for row in database.execute(query, (count,))]
    times = []
    before = load.cpu_seconds(web)
    for turn, number in enumerate(questions):
        started = time.perf_counter()
        status, _, _ = stage.post(port, f"/questions/{number}/answers", cookie, body=f"Answer number {turn} of the benchmark.")
        times.append((time.perf_counter() - started) * 1000)
        if status != 303:
            raise RuntimeError(f"posting gave {status}")
    cpu = (load.cpu_seconds(web) - before) * 1000 / len(questions)
    times.sort()
    print(f"\nposting an answer: p50 {times[count // 2]:.1f} ms, p99 {times[int(count * 0.99)]:.1f} ms, {cpu:.2f} ms CPU")


def _varied_searches(folder: Path, port: int, web: int, count: int = 300) -> None:
    """Searches that are all different, so that no stored page answers: words of random titles."""
    with sqlite3.connect(folder / "bestbefore.db") as database:
        titles = [row[0] for row in database.execute("SELECT title FROM questions ORDER BY id * 7919 % 10007 LIMIT ?", (count,))]
    for words in (2, 3):
        before, times = load.cpu_seconds(web), []
        for turn, title in enumerate(titles):
            chosen = sorted(re.findall(r"[A-Za-z]{4,}", title), key=len)[-words:]
            started = time.perf_counter()
            status, _, _ = stage.get(port, f"/search?q={'+'.join(chosen)}&turn={turn}", network=turn)
            times.append((time.perf_counter() - started) * 1000)
            if status != 200:
                raise RuntimeError(f"searching gave {status}")
        cpu = (load.cpu_seconds(web) - before) * 1000 / len(titles)
        times.sort()
        print(
            f"search, {words} words, each another: p50 {times[len(times) // 2]:.1f} ms,"
            f" p95 {times[int(len(times) * 0.95)]:.1f} ms, {cpu:.2f} ms CPU"
        )


if __name__ == "__main__":
    sys.exit(main())
