"""What both adapters need of HTTP: time-outs, a deadline over a whole stream, and what a broken connection means."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import httpx2  # the HTTP client of both SDKs, whose errors reach us

from app.errors import PressroomError
from app.providers import failures

_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_END_OF_BODY = 0.2
"""Seconds that the end of a finished answer may take; with it the connection can be used again, without it not."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds. ``read`` is how long a provider may send nothing at all."""

    connect: float = 5.0
    read: float = 30.0

    def for_http(self) -> httpx2.Timeout:
        return httpx2.Timeout(self.read, connect=self.connect, pool=self.connect)


DEFAULT_TIMEOUTS = Timeouts()


def uses_proxies(base_url: str | None) -> bool:
    """Whether the environment's proxies apply: not between us and a provider on this machine."""
    return urlsplit(base_url or "").hostname not in _LOOPBACK


async def next_event(events: AsyncIterator[T], deadline: float) -> T | None:
    """None at the end. Raises ``TimeoutError`` at the deadline, on the clock of the event loop."""
    if asyncio.get_running_loop().time() >= deadline:
        raise TimeoutError  # events that are here already come without waiting, and waiting is all that times out
    async with asyncio.timeout_at(deadline):
        return await anext(events, None)


async def read_to_end(events: AsyncIterator[T]) -> None:
    """Reads what follows the final event, which is nothing as a rule. Failures here change nothing any more."""
    try:
        async with asyncio.timeout(_END_OF_BODY):
            async for _ in events:
                pass
    except (TimeoutError, ValueError, httpx2.HTTPError):
        return


def broken(label: str, error: Exception, timeouts: Timeouts) -> PressroomError:
    """What an error of the HTTP client says about the provider. ``error`` may be the SDK's, around the client's."""
    cause = error if isinstance(error, httpx2.HTTPError) else error.__cause__
    if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout):
        return failures.unreachable(label)
    if isinstance(cause, httpx2.TimeoutException):
        return failures.stalled(label, timeouts.read)
    return failures.lost(label)
