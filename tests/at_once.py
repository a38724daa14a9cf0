"""Many people doing one thing in the same moment."""

import threading
from collections.abc import Callable

from flask import Flask

from app.db import db


def at_once(app: Flask, count: int, act: Callable[[int], object]) -> list[object]:
    """Run `act(0)` … `act(count - 1)` in threads that start together, each in its own application context.

    Returns what each returned or raised, in that order.
    """
    gate = threading.Barrier(count)
    results: list[object] = [AssertionError("did not run")] * count

    def run(number: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                results[number] = act(number)
            except Exception as error:
                results[number] = error
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
