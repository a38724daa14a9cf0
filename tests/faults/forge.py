"""Makes web servers and workers of the product in a fiftieth of a second, so that they can be killed two hundred times.

`python -m tests.faults.forge FD` loads the product once and then obeys lines on standard input, "web" or "worker": it forks, the
child does that work, and the child's process id is printed. Web children share the listening socket FD: what waits in it while
none of them lives is served by the next. The children are what the product runs, but for Granian, whose own start takes a second:
what is tested is what a killed process leaves in the database, the index and the outbox.
"""

import logging
import os
import signal
import sys
import threading
from datetime import timedelta

from flask import Flask
from werkzeug.serving import make_server

from app import config, outbox
from app.factory import create_app
from app.worker import Worker


def web(app: Flask, listener: int) -> None:
    """Serve until killed."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    make_server("127.0.0.1", 0, app, threaded=True, fd=listener).serve_forever()


def worker(app: Flask) -> None:
    """Drain the outbox until killed. What a killed worker had claimed is taken over after a second, not after a minute."""
    outbox.LEASE = timedelta(seconds=1)
    outbox.BACK_OFF = timedelta(milliseconds=100)
    Worker(app, 0.01).run()


def main() -> None:
    """Obey until standard input ends, then take all children along."""
    listener = int(sys.argv[1])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    app = create_app(config.load(os.environ))  # opens no connection, so that each child makes its own
    children: list[int] = []
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            sys.stdin.close()
            assert threading.active_count() == 1
            try:
                web(app, listener) if line.strip() == "web" else worker(app)
            finally:
                os._exit(1)
        children.append(child)
        print(child, flush=True)  # noqa: T201 - how the test hears of it
    for child in children:
        try:
            os.kill(child, signal.SIGKILL)
        except ProcessLookupError:
            continue


if __name__ == "__main__":
    main()
