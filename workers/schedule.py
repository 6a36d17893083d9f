"""The scheduler: once a second, the sweep. Start as many as you like; one at a time does the work.

It sweeps itself instead of sending a message, because what it mends includes lost messages.
"""

import asyncio
import contextlib
import signal

import asyncpg
import redis
import redis.asyncio
import structlog

from app.database import open_pool
from app.live.publish import Publisher
from app.logs import configure
from app.queue.sweep import sweep
from app.settings import Settings
from app.studio import Studio
from app.wake import Wake

CADENCE_SECONDS = 1.0

log = structlog.get_logger()


async def run(settings: Settings) -> None:
    """Until SIGTERM or SIGINT. A database or Redis that is away for a while is waited for."""
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    client = redis.asyncio.Redis.from_url(settings.redis_url, socket_timeout=5)
    studio = Studio(settings, Publisher(client), Wake(settings.redis_url))
    while not stopping.is_set():
        try:
            async with open_pool(settings, size=2):
                await _sweep_until(stopping, studio)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, redis.RedisError, TimeoutError) as error:
            log.warning("sweep_interrupted", error=str(error))
            await _pause(stopping)
    studio.wake.close()
    await client.aclose()


async def _sweep_until(stopping: asyncio.Event, studio: Studio) -> None:
    lock = await asyncpg.connect(studio.settings.database_url)
    try:
        while not stopping.is_set():
            await sweep(studio, lock)
            await _pause(stopping)
    finally:
        await lock.close(timeout=1)


async def _pause(stopping: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CADENCE_SECONDS):
            await stopping.wait()


def main() -> None:
    settings = Settings.from_environment()
    configure(json=settings.is_production)
    asyncio.run(run(settings))


if __name__ == "__main__":
    main()
