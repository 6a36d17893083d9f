"""One real installation for all measurements: databases, web server, workers, scheduler, demo provider."""

import asyncio
import shutil
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import redis.asyncio

from app.database import open_pool
from app.embedded.servers import running_servers
from app.queue.workers_alive import alive
from app.settings import Settings
from tests.demo_provider import DemoProvider
from tests.press import RunningPress, answers, free_port, running

SECRET = "a secret of 32 characters or more, for figures"
OWNER, PROJECT = "owner@example.com", "demo"
PATIENCE = 30.0  # seconds
MANY = 40  # so that no limit of a project decides how fast its runs are
ENVIRONMENT = {"PRESSROOM_MONTHLY_BUDGET": "100000", "PRESSROOM_RUNS_PER_PROJECT": str(MANY)}


@dataclass(slots=True)
class Installation:
    """The web server always runs; ``staff`` says who works beside it. This process has a pool of its own."""

    press: RunningPress
    demo: DemoProvider
    redis: "redis.asyncio.Redis"
    web: subprocess.Popen[bytes]
    web_start: float
    """Seconds from the web server's start to its first answer."""
    worker_starts: list[float] = field(default_factory=list)
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    shift: ExitStack = field(default_factory=ExitStack)
    _on_duty: tuple[int, bool] = (0, False)

    async def staff(self, workers: int, *, scheduler: bool = True) -> None:
        """So many worker processes, and a scheduler or none. Who is on duty already stays."""
        if self._on_duty == (workers, scheduler):
            return
        self.shift.close()
        self.workers = []
        for _ in range(workers):
            await self._start_worker()
        if scheduler:
            self._start("scheduler")
        self._on_duty = (workers, scheduler)

    def api(self) -> httpx.AsyncClient:
        token = self.press.command("tokens", "create", "--email", OWNER, "--project", PROJECT)
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.AsyncClient(base_url=f"{self.press.url}/api/v1", headers=headers, timeout=PATIENCE)

    def sign_in_link(self) -> str:
        return self.press.command("users", "link", OWNER)

    @asynccontextmanager
    async def signed_in(self) -> AsyncIterator[httpx.AsyncClient]:
        """With the cookies of a browser that is signed in."""
        link = urlsplit(self.sign_in_link()).path
        async with httpx.AsyncClient(base_url=self.press.url, timeout=PATIENCE) as client:
            await client.get(link)
            await client.post(link, data={"_csrf_token": client.cookies["csrftoken"]})
            yield client

    async def _start_worker(self) -> None:
        """Until it says that it is alive, which it does once its pools are open."""
        before, began = len(await alive(self.redis)), time.monotonic()
        self.workers.append(self._start("worker"))
        while len(await alive(self.redis)) <= before:
            _look_at(time.monotonic() - began, "the worker", self.press.log)
            await asyncio.sleep(0.02)
        self.worker_starts.append(time.monotonic() - began)

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        return self.shift.enter_context(running(self.press.settings, name, log=self.press.log, **ENVIRONMENT))


@asynccontextmanager
async def running_installation() -> AsyncIterator[Installation]:
    """With safe settings, as people run it; gone when the block is left."""
    home = Path(tempfile.mkdtemp(prefix="pressroom-bench-"))
    port, demo_port = free_port(), free_port()
    try:
        with running_servers(home) as servers, ExitStack() as stack:
            settings = Settings(
                home=home,
                port=port,
                database_url=servers.database_url,
                redis_url=servers.redis_url,
                secret_key=SECRET,
                demo_provider_url=f"http://127.0.0.1:{demo_port}",
            )
            press = RunningPress(settings.origin, settings, home / "log" / "bench.log")
            stack.enter_context(running(settings, "demo-provider", "--port", str(demo_port), log=press.log))
            press.command("migrate")
            press.command("seed")
            began = time.monotonic()
            web = stack.enter_context(running(settings, "web", log=press.log, PORT=str(port), **ENVIRONMENT))
            await _until_it_answers(f"{press.url}/healthz", press.log)
            web_start = time.monotonic() - began
            async with _own_connections(settings) as client:
                made = Installation(press, DemoProvider(settings.demo_provider_url), client, web, web_start)
                stack.enter_context(made.shift)
                yield made
    finally:
        shutil.rmtree(home, ignore_errors=True)


@asynccontextmanager
async def _own_connections(settings: Settings) -> AsyncIterator["redis.asyncio.Redis"]:
    client = redis.asyncio.Redis.from_url(settings.redis_url)
    async with open_pool(replace(settings, monthly_budget=Decimal(100_000))):
        yield client
    await client.aclose()


async def _until_it_answers(url: str, log: Path) -> None:
    began = time.monotonic()
    while not await asyncio.to_thread(answers, url):
        _look_at(time.monotonic() - began, url, log)
        await asyncio.sleep(0.02)


def _look_at(seconds: float, what: str, log: Path) -> None:
    if seconds > PATIENCE:
        raise TimeoutError(
            f"{what} was not there after {PATIENCE:.0f} s. The end of the log:\n{log.read_text()[-2000:]}"
        )
