"""The doorbell: with Redis, a commit that leaves messages enqueues a small job, so that a worker looks at once.

RQ is a doorbell, the outbox table is the truth. A ring that is lost (Redis away, a worker killed) costs time, no message: the
worker drains the outbox on its own tick too. Plain enqueue on purpose: a job marked unique would refuse rings while one runs, and
a message committed just after that job looked would wait for the tick.
"""

import logging

from flask import Flask
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue

from app.outbox import DOORBELL

QUEUE = "bestbefore"
JOB = "app.worker.drain_job"
SECONDS_TO_WAIT = 0.5
"""How long a person's request may wait for a Redis that does not answer."""

log = logging.getLogger(__name__)


def init_app(app: Flask, redis_url: str) -> None:
    """Ring after each commit that leaves messages."""
    connection = Redis.from_url(redis_url, socket_timeout=SECONDS_TO_WAIT, socket_connect_timeout=SECONDS_TO_WAIT)
    queue = Queue(QUEUE, connection=connection)

    def ring() -> None:
        try:
            queue.enqueue(JOB, result_ttl=0, failure_ttl=3600, job_timeout=300)
        except RedisError as error:
            log.warning("the doorbell is out of order, messages wait for the tick: %s", error)

    app.extensions[DOORBELL] = ring
