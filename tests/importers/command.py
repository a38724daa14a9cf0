"""`python -m tests.importers.command ARGUMENTS` runs `flask import stackexchange ARGUMENTS` on the environment's settings.

Its clock stands still. At the end it says on standard error, as JSON, how much memory it and its helpers took at most, in KiB.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

from flask.cli import ScriptInfo

from app import clock, config
from app.factory import create_app
from app.importers.cli import group
from app.importers.stackexchange.markup import Helper
from tests.clock import Clock

helpers: list[int] = []
"""What each helper took at most."""


def peak(process: int | str) -> int:
    """The most memory a process has held, in KiB; unlike `getrusage` it does not count what the one that started it held."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def main() -> None:
    end = Helper.end

    def measured_end(helper: Helper) -> None:
        helpers.append(peak(helper._process.pid))
        end(helper)

    Helper.end = measured_end  # type: ignore[method-assign, assignment]  # a look at it before it goes
    clock.utcnow = Clock(datetime.fromisoformat(os.environ["STANDING_CLOCK"])).utcnow
    app = create_app(config.load(os.environ))
    app.cli.add_command(group)
    try:
        app.cli.main(["import", "stackexchange", *sys.argv[1:]], obj=ScriptInfo(create_app=lambda: app))
    finally:
        print(json.dumps({"own": peak("self"), "helpers": helpers}), file=sys.stderr)  # noqa: T201 - how the test hears of it


if __name__ == "__main__":
    main()
