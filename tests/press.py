"""Real processes for tests: a web server, and a whole press with worker and scheduler beside it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import asyncpg
import httpx
import pytest

from app.embedded.servers import Servers
from app.settings import Settings
from tests.demo_provider import DemoProvider

PATIENCE = 20.0
PROGRAMS = Path(sys.executable).parent


def environment_of(settings: Settings, **more: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.endswith("_API_KEY")},
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "DEMO_PROVIDER_URL": settings.demo_provider_url,
        "PRESSROOM_HOME": str(settings.home),
        "PYTHONUNBUFFERED": "1",
        **more,
    }


@contextmanager
def running(settings: Settings, *arguments: str, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """``pressroom <arguments>`` until the block ends, asked politely at first."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "app.end_with_parent", str(PROGRAMS / "pressroom"), *arguments],
            env=environment_of(settings, **more),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            stop(process)


def stop(process: subprocess.Popen[bytes], number: signal.Signals = signal.SIGTERM) -> None:
    """The process and what it has started are gone when this returns."""
    if process.poll() is None:
        os.killpg(process.pid, number)
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(PATIENCE)


def eventually(is_true: Callable[[], object], what: str = "this") -> None:
    until = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < until, f"{what} never came true"
        time.sleep(0.02)


def answers(url: str, status: int = 200) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status == status)
    except (URLError, OSError):
        return False


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


@pytest.fixture(scope="session")
def web_server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a web server on this process's database; nobody works on what is submitted there."""
    port = free_port()
    log = tmp_path_factory.mktemp("web") / "log"
    with running(settings, "web", log=log, PORT=str(port)):
        eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the web server answers")
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def strict_web_server(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another one beside it, which believes to be behind https, takes two waiting runs and has a quick heartbeat."""
    port = free_port()
    log = tmp_path_factory.mktemp("strict-web") / "log"
    own = {"PUBLIC_URL": "https://press.example", "PRESSROOM_QUEUE_LIMIT": "2", "PRESSROOM_HEARTBEAT": "1"}
    with running(settings, "web", log=log, PORT=str(port), **own):
        eventually(lambda: answers(f"http://127.0.0.1:{port}/healthz"), "the web server answers")
        yield f"http://127.0.0.1:{port}"


@dataclass(slots=True)
class RunningPress:
    """A whole installation on a database of its own. ``url`` is where people reach it."""

    url: str
    settings: Settings
    log: Path
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str, **more: str) -> subprocess.Popen[bytes]:
        output = self.log.open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "app.end_with_parent", str(PROGRAMS / "pressroom"), name],
            env=environment_of(self.settings, PORT=self.url.rsplit(":", 1)[1], PRESSROOM_RETRY_BASE="0.1", **more),
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        output.close()
        self.processes[name] = process
        return process

    def stop(self, name: str, number: signal.Signals = signal.SIGTERM) -> None:
        stop(self.processes.pop(name), number)

    def wait_until_ready(self) -> None:
        eventually(lambda: answers(f"{self.url}/readyz"), f"ready: {self.log.read_text()[-2000:]}")

    def command(self, *arguments: str) -> str:
        done = subprocess.run(
            [str(PROGRAMS / "pressroom"), *arguments],
            env=environment_of(self.settings, PORT=self.url.rsplit(":", 1)[1]),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def api(self) -> httpx.Client:
        token = self.command("tokens", "create", "--email", "owner@example.com", "--project", "demo")
        return httpx.Client(
            base_url=f"{self.url}/api/v1", headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE
        )


@pytest.fixture(scope="session")
async def running_press(
    servers: Servers, settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[RunningPress]:
    """Web, worker and scheduler with the sample project, beside this test process's own database."""
    connection = await asyncpg.connect(settings.database_url)
    await connection.execute("create database press")
    await connection.close()
    own = replace(
        settings,
        database_url=settings.database_url.replace("/pressroom?", "/press?"),
        redis_url=settings.redis_url.replace("db=0", "db=1"),
    )
    press = RunningPress(f"http://127.0.0.1:{free_port()}", own, tmp_path_factory.mktemp("press") / "log")
    press.command("migrate")
    press.command("seed")
    for name in ("web", "worker", "scheduler"):
        press.start(name)
    yield press
    for name in list(press.processes):
        press.stop(name)


@pytest.fixture
def at_the_press(running_press: RunningPress, demo_provider: DemoProvider) -> RunningPress:
    """The whole installation, with everything running whatever the test before has stopped."""
    for name in ("web", "worker", "scheduler"):
        process = running_press.processes.get(name)
        if process is None or process.poll() is not None:
            running_press.start(name)
    running_press.wait_until_ready()
    return running_press
