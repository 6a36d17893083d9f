"""Every message we send to workers, by actor name.

A message is a nudge and may be lost or come twice: what has to be done is written in Postgres before it is sent.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import redis
import structlog
from dramatiq import Message
from dramatiq.brokers.redis import RedisBroker
from dramatiq.errors import BrokerError

RUNS_QUEUE = "runs"
NAMESPACE = "dramatiq"
PATIENCE_SECONDS = 0.5  # somebody waits for the run that a message speaks of
THREADS = 4

T = TypeVar("T")
log = structlog.get_logger()


class Wake:
    """Dramatiq's own broker does the sending, in threads, because its Redis client blocks. The threads are its own:
    while Redis hangs they hang with it, and nobody else waits for one."""

    def __init__(self, redis_url: str) -> None:
        pool = redis.BlockingConnectionPool.from_url(
            redis_url,
            max_connections=THREADS,
            timeout=PATIENCE_SECONDS,
            socket_timeout=PATIENCE_SECONDS,
            socket_connect_timeout=PATIENCE_SECONDS,
        )
        self._redis = redis.Redis(connection_pool=pool)
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="wake")
        self._broker = RedisBroker(client=self._redis, namespace=NAMESPACE, middleware=[])
        self._broker.declare_queue(RUNS_QUEUE)

    async def work_on_runs(self, count: int = 1) -> None:
        """Wake up to ``count`` workers; each takes the best run that waits then."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._in_a_thread(lambda: self._send(count))
        except (BrokerError, redis.RedisError, OSError) as error:
            log.warning("wake_up_not_sent", error=str(error))  # the sweep sends the missing ones

    async def wake_ups_under_way(self) -> int:
        return await self._in_a_thread(self._count)

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)
        self._redis.close()

    async def _in_a_thread(self, ask: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, ask)

    def _send(self, count: int) -> None:
        for _ in range(count):
            self._broker.enqueue(
                Message(queue_name=RUNS_QUEUE, actor_name="work_on_run", args=(), kwargs={}, options={})
            )

    def _count(self) -> int:
        return int(self._redis.llen(f"{NAMESPACE}:{RUNS_QUEUE}"))
