"""What a worker process has open: pools and SDK clients, all on the worker's event loop, from boot to shutdown."""

import asyncio
import os
import signal
import socket
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import FrameType

import redis.asyncio
import structlog
from dramatiq import Broker, Middleware, Worker
from dramatiq.asyncio import get_event_loop_thread

from app.database import open_pool
from app.end_with_parent import end_with_parent
from app.live.publish import Publisher
from app.logs import configure
from app.pipeline.tokens import count_tokens
from app.pipeline.work import Press
from app.providers.opening import open_providers
from app.quality.language import load_detector
from app.queue.under_way import UnderWay
from app.queue.work import Workplace
from app.queue.workers_alive import SAY_SECONDS, leave, say
from app.settings import Settings
from app.studio import Studio
from app.wake import Wake

GRACE_SECONDS = 4.0
CONNECTIONS_PER_RUN = 1
SPARE_CONNECTIONS = 4

log = structlog.get_logger()


class Resources(Middleware):
    """``place`` is there while the worker runs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._open = AsyncExitStack()
        self.place: Workplace | None = None

    def before_worker_boot(self, broker: Broker, worker: Worker) -> None:
        # At once: without Dramatiq's main process nobody reads our log, and writing to it would never end. The runs go
        # back by their leases.
        end_with_parent(signal.SIGKILL)
        self._hear_the_stop_signal_once()
        configure(json=self._settings.is_production)
        try:
            self._run(self._boot())
        except BaseException:
            log.exception("worker_could_not_start")
            os._exit(1)  # Dramatiq would log this and carry on without a database

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        if self.place is not None:
            self._run(self.place.under_way.drain(GRACE_SECONDS))

    def after_worker_shutdown(self, broker: Broker, worker: Worker) -> None:
        self._run(self._open.aclose())

    def _hear_the_stop_signal_once(self) -> None:
        """Dramatiq takes a second SIGTERM for impatience and drops everything. But one that is sent to the whole
        process group arrives twice: from the sender, and from Dramatiq's own parent process."""
        stop = signal.getsignal(signal.SIGTERM)

        def once(number: int, frame: FrameType | None) -> None:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if self.place is not None:
                self.place.under_way.is_draining = True  # Dramatiq itself notices within a second
            if callable(stop):
                stop(number, frame)

        signal.signal(signal.SIGTERM, once)

    async def _boot(self) -> None:
        self.place = await self._open.enter_async_context(opened(self._settings))

    def _run(self, coroutine: object) -> None:
        thread = get_event_loop_thread()
        assert thread is not None, "AsyncIO comes before us"
        asyncio.run_coroutine_threadsafe(coroutine, thread.loop).result()  # type: ignore[arg-type]


@asynccontextmanager
async def opened(settings: Settings, name: str | None = None) -> AsyncIterator[Workplace]:
    name = name or f"{socket.gethostname()}-{os.getpid()}"
    under_way = UnderWay(settings.lease_seconds)
    size = settings.runs_per_worker * CONNECTIONS_PER_RUN + SPARE_CONNECTIONS
    client = redis.asyncio.Redis.from_url(settings.redis_url, socket_timeout=5)
    wake = Wake(settings.redis_url)
    providers = open_providers(settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.aclose)
        stack.callback(wake.close)
        for provider in providers.values():
            stack.push_async_callback(provider.close)
        await stack.enter_async_context(open_pool(settings, size=size))
        await stack.enter_async_context(under_way.kept_alive())
        await asyncio.to_thread(_warm_up)
        await stack.enter_async_context(_said_alive(client, name))
        slots: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(settings.calls_per_provider))
        yield Workplace(Studio(settings, Publisher(client), wake), Press(providers, slots), under_way, name)


def _warm_up() -> None:
    """What is loaded once a process, so that the first run does not wait for it: about a quarter of a second."""
    count_tokens("")
    load_detector()


@asynccontextmanager
async def _said_alive(client: "redis.asyncio.Redis", name: str) -> AsyncIterator[None]:
    async def keep_saying() -> None:
        while True:
            try:
                await say(client, name)
            except (redis.RedisError, OSError) as error:
                log.warning("worker_could_not_say_it_is_alive", error=str(error))
            await asyncio.sleep(SAY_SECONDS)

    task = asyncio.create_task(keep_saying(), name="say alive")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        try:
            await leave(client, name)
        except (redis.RedisError, OSError):
            log.info("redis_is_gone_already")
