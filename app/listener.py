"""The RQ worker inside our worker: waits for the doorbell's rings."""

from redis import Redis
from rq import Queue, SimpleWorker

from app.doorbell import QUEUE


def listen(redis_url: str) -> None:
    """Run rings in this process, one after the other, until SIGTERM or SIGINT. A Redis that is away is waited for."""
    connection = Redis.from_url(redis_url)
    SimpleWorker([Queue(QUEUE, connection=connection)], connection=connection).work(with_scheduler=False, logging_level="WARNING")
