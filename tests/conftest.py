"""The real ground that tests stand on: PostgreSQL and Valkey of their own, the demo provider, and a small world.

Each process of pytest-xdist has its own servers and works through its tests one after another; between two tests the
database and Redis are emptied. Tests that need no database do not start one.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
import redis.asyncio

from app.database import execute_script, fetch, migrate, open_pool
from app.embedded.servers import Servers, running_servers
from app.live.publish import Publisher
from app.pipeline.work import Press
from app.providers.opening import open_providers
from app.queue.under_way import UnderWay
from app.queue.work import Workplace
from app.settings import Settings
from app.studio import Studio
from app.wake import Wake
from tests.demo_provider import DemoProvider, demo_provider, demo_provider_process
from tests.press import at_the_press, running_press, strict_web_server, web_server
from tests.world import World, make_world

__all__ = ["at_the_press", "demo_provider", "demo_provider_process", "running_press", "strict_web_server", "web_server"]

SECRET = "a secret of 32 characters or more, for tests"


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    with running_servers(tmp_path_factory.mktemp("servers") / "home", throwaway=True) as running:
        yield running


@pytest.fixture(scope="session")
async def settings(
    servers: Servers, demo_provider_process: DemoProvider, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Of a development installation that has nothing set: its database is migrated."""
    made = Settings(
        home=Path(tmp_path_factory.mktemp("home")),
        database_url=servers.database_url,
        redis_url=servers.redis_url,
        secret_key=SECRET,
        demo_provider_url=demo_provider_process.url,
        demo_tokens_per_second=0,
    )
    await migrate(made)
    return made


@pytest.fixture(scope="session")
async def pool(settings: Settings) -> AsyncIterator[None]:
    async with open_pool(settings):
        yield


@pytest.fixture(scope="session")
async def live_redis(settings: Settings) -> AsyncIterator["redis.asyncio.Redis"]:
    client = redis.asyncio.Redis.from_url(settings.redis_url)
    yield client
    await client.aclose()


@pytest.fixture
async def database(pool: None, live_redis: "redis.asyncio.Redis") -> AsyncIterator[None]:
    """Empty again after the test, Redis too."""
    yield
    names = await fetch("select tablename from pg_tables where schemaname = 'public' and tablename <> 'migration'")
    deletes = ";".join(f"delete from {row['tablename']}" for row in names)
    await execute_script(f"set session_replication_role = replica; {deletes}; set session_replication_role = default")
    await live_redis.flushdb()


@pytest.fixture(scope="session")
async def wake(settings: Settings) -> AsyncIterator[Wake]:
    made = Wake(settings.redis_url)
    yield made
    made.close()


@pytest.fixture
def studio(settings: Settings, database: None, live_redis: "redis.asyncio.Redis", wake: Wake) -> Studio:
    return Studio(settings, Publisher(live_redis), wake)


@pytest.fixture
def quick_studio(studio: Studio) -> Studio:
    """One that waits a hundredth of a second where others wait two before they try again."""
    return replace(studio, settings=replace(studio.settings, retry_base=Decimal("0.01")))


@pytest.fixture
async def place(quick_studio: Studio, demo_provider: DemoProvider) -> AsyncIterator[Workplace]:
    """A worker without its process: what Dramatiq's actor works with."""
    providers = open_providers(quick_studio.settings)
    under_way = UnderWay(quick_studio.settings.lease_seconds)
    slots = {name: asyncio.Semaphore(20) for name in providers}
    async with under_way.kept_alive():
        yield Workplace(quick_studio, Press(providers, slots), under_way, "test")
    for provider in providers.values():
        await provider.close()


@pytest.fixture
async def world(studio: Studio) -> World:
    return await make_world()


@pytest.fixture(autouse=True, scope="session")
def without_own_keys() -> None:
    """Somebody's own keys must not lead a test to a real provider."""
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DATABASE_URL", "REDIS_URL"):
        os.environ.pop(name, None)
