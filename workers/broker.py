"""Dramatiq's broker on Redis, with its middleware in the order in which it has to stand.

Postgres says what there is to do and in which order; a message only wakes a thread that goes and looks.
"""

import dramatiq
import redis
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AsyncIO, CurrentMessage, Retries, ShutdownNotifications, TimeLimit

from app.settings import Settings
from app.wake import NAMESPACE
from workers.resources import Resources

# A dead worker's messages come back after this long. Its runs come back sooner, by their leases.
HEARTBEAT_TIMEOUT_MS = 10_000
EVERY_COMMAND = 1_000_000
GRACE_MS = 60_000


def make_broker(settings: Settings, resources: Resources) -> RedisBroker:
    # A pool that waits: with the default one, acknowledgements fail when many threads need a connection at once.
    pool = redis.BlockingConnectionPool.from_url(settings.redis_url, max_connections=32, timeout=30)
    broker = RedisBroker(
        client=redis.Redis(connection_pool=pool),
        namespace=NAMESPACE,
        heartbeat_timeout=HEARTBEAT_TIMEOUT_MS,
        maintenance_chance=EVERY_COMMAND,
        middleware=[
            # Our own time limit is inside the coroutine (asyncio.timeout); this one is for a loop that hangs.
            TimeLimit(time_limit=settings.run_timeout * 1000 + GRACE_MS),
            ShutdownNotifications(),
            Retries(max_retries=settings.run_attempts + 1),
            CurrentMessage(),
            AsyncIO(),
            resources,  # after AsyncIO: it opens its pools on that loop before the first message
        ],
    )
    dramatiq.set_broker(broker)
    return broker
