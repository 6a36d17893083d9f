"""Every message we send to workers, by actor name.

A message is a nudge and may be lost or come twice: what has to be done is written in Postgres before it is sent.
"""

import asyncio

import redis
import structlog
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerError

RUNS_QUEUE = "runs"
NAMESPACE = "dramatiq"

log = structlog.get_logger()


class Wake:
    """Dramatiq's own broker does the sending, in a thread, because its Redis client blocks."""

    def __init__(self, redis_url: str) -> None:
        pool = redis.BlockingConnectionPool.from_url(redis_url, max_connections=4, timeout=5, socket_timeout=5)
        self._redis = redis.Redis(connection_pool=pool)
        self._broker = RedisBroker(client=self._redis, namespace=NAMESPACE, middleware=[])
        self._broker.declare_queue(RUNS_QUEUE)

    async def work_on_runs(self, count: int = 1) -> None:
        """Wake up to ``count`` workers; each takes the best run that waits then."""
        try:
            await asyncio.to_thread(self._send, count)
        except (BrokerError, redis.RedisError, OSError) as error:
            log.warning("wake_up_not_sent", error=str(error))  # the sweep sends the missing ones

    async def wake_ups_under_way(self) -> int:
        return await asyncio.to_thread(self._count)

    def close(self) -> None:
        self._redis.close()

    def _send(self, count: int) -> None:
        for _ in range(count):
            self._broker.enqueue(
                Message(queue_name=RUNS_QUEUE, actor_name="work_on_run", args=(), kwargs={}, options={})
            )

    def _count(self) -> int:
        return int(self._redis.llen(f"{NAMESPACE}:{RUNS_QUEUE}"))
