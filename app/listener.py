"""The RQ worker inside our worker: waits for the doorbell's rings."""

import logging
import signal
import threading
from types import FrameType

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker

from app.doorbell import QUEUE

PAUSE_SECONDS = 1.0
"""Before a Redis that went away is asked again."""

log = logging.getLogger(__name__)


def listen(redis_url: str) -> None:
    """Run rings in this process, one after the other, until SIGTERM or SIGINT.

    A Redis that is away is waited for: RQ's own worker waits in some places and gives up in others, so it is begun again.
    """
    stopped = threading.Event()

    def stop(_signal: int, _frame: FrameType | None) -> None:
        stopped.set()

    while not stopped.is_set():
        try:
            connection = Redis.from_url(redis_url)
            worker = SimpleWorker([Queue(QUEUE, connection=connection)], connection=connection)
            worker.work(with_scheduler=False, logging_level="WARNING")
        except RedisError as error:
            log.warning("Redis is away, the tick delivers meanwhile: %s", error)
        else:
            return  # RQ has taken the signal
        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        stopped.wait(PAUSE_SECONDS)
