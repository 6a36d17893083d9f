"""A Valkey of one's own, which may forget everything, stop and start again."""

import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis.asyncio

from app.embedded.children import Child, stop_children
from app.embedded.valkey import redis_url, start_valkey
from app.live.hub import Hub
from app.live.publish import Publisher


@dataclass(slots=True)
class OwnValkey:
    home: Path
    child: Child | None = None

    @property
    def url(self) -> str:
        return redis_url(self.home)

    def start(self) -> None:
        self.child = start_valkey(self.home, self.home, throwaway=True)

    def stop(self) -> None:
        if self.child is not None:
            stop_children([self.child], 10)
            self.child = None

    @contextmanager
    def hanging(self) -> Iterator[None]:
        """It takes connections and answers none."""
        assert self.child is not None
        self.child.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.child.process.send_signal(signal.SIGCONT)


@pytest.fixture
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OwnValkey]:
    valkey = OwnValkey(tmp_path_factory.mktemp("own"))
    valkey.start()
    yield valkey
    valkey.stop()


@pytest.fixture
async def own_client(own_valkey: OwnValkey) -> AsyncIterator["redis.asyncio.Redis"]:
    client = redis.asyncio.Redis.from_url(own_valkey.url)
    yield client
    await client.aclose()


@pytest.fixture
async def clean_redis(live_redis: "redis.asyncio.Redis") -> AsyncIterator["redis.asyncio.Redis"]:
    yield live_redis
    await live_redis.flushdb()


@pytest.fixture
def publisher(clean_redis: "redis.asyncio.Redis") -> Publisher:
    return Publisher(clean_redis)


@pytest.fixture
async def hub(clean_redis: "redis.asyncio.Redis") -> AsyncIterator[Hub]:
    """One that hears already."""
    async with Hub(clean_redis).running() as running:
        async with running.watch(["probe"]) as watch:
            while not await watch.news(0.01):
                await Publisher(clean_redis).changed("probe")
        yield running
