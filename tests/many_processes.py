"""Many people doing one thing in the same moment, in processes of their own, as several web workers and machines do.

Run as a program it is one of the processes: each line it is given is an act, each line it says what came of it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from app import config
from app.accounts import signup
from app.config import Settings
from app.errors import DomainError
from app.factory import create_app
from community import acceptance, votes
from community.freshness.verification import verify
from tests.at_once import at_once
from tests.source import ROOT
from tests.stories import person_here
from tests.web import as_environment

PROCESSES = 5
THREADS = 8
"""In each process: forty people together."""


def accept(number: int, now: datetime, *, answers: list[int], by: int) -> None:
    acceptance.accept(answers[number % len(answers)], by=person_here(by), now=now)


def vote(_number: int, now: datetime, *, answer: int, by: int) -> None:
    votes.cast(1, answer_id=answer, by=person_here(by), now=now)


def check(number: int, now: datetime, *, answer: int, verifiers: list[int]) -> None:
    verify(answer, "right", round=0, by=person_here(verifiers[number]), now=now)


def sign_up(number: int, now: datetime, *, name: str, password: str) -> None:
    signup.sign_up(name, f"person{number}@example.net", password, now)


ACTS: dict[str, Callable[..., None]] = {"accept": accept, "vote": vote, "check": check, "sign_up": sign_up}


@contextmanager
def processes(settings: Settings) -> Iterator[Callable[..., list[str]]]:
    """Start them. What is yielded lets all of them do an act at once, and returns what each person was told: "" for done, else
    the kind of refusal; anything that is no refusal comes with its words, to be read in the failure."""
    environment = {**os.environ, **as_environment(settings)}
    command = [sys.executable, "-m", "tests.many_processes"]
    running: list[subprocess.Popen[str]] = []
    try:
        for first in range(0, PROCESSES * THREADS, THREADS):
            running.append(
                subprocess.Popen(
                    [*command, str(first)],
                    cwd=ROOT,
                    env=environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
        assert [_line(process) for process in running] == ["ready"] * PROCESSES

        def act(name: str, now: datetime, /, **about: Any) -> list[str]:  # noqa: ANN401 - what the act takes
            order = json.dumps([name, now.isoformat(), about])
            for process in running:
                assert process.stdin is not None
                process.stdin.write(order + "\n")
                process.stdin.flush()
            return [said for process in running for said in json.loads(_line(process))]

        yield act
    finally:
        for process in running:
            process.kill()
            process.communicate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def main(first: int) -> None:
    """A process's life: act as the people from number `first` on, until nobody asks any more."""
    app = create_app(config.load(os.environ))
    _say("ready")
    for line in sys.stdin:
        name, moment, about = json.loads(line)
        now = datetime.fromisoformat(moment)
        results = at_once(app, THREADS, lambda n: ACTS[name](first + n, now, **about))  # noqa: B023 - done before the next line
        _say(json.dumps([_told(result) for result in results]))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _told(result: object) -> str:
    if result is None:
        return ""
    return type(result).__name__ if isinstance(result, DomainError) else repr(result)


if __name__ == "__main__":
    main(int(sys.argv[1]))
