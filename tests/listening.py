"""Server-sent events as a client reads them."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

PATIENCE = 10.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One event. ``name`` is empty for an unnamed one."""

    name: str
    data: str
    id: str

    def json(self) -> dict[str, Any]:
        body: dict[str, Any] = json.loads(self.data)
        return body


class Listener:
    """``next`` waits for the next event and fails after ten seconds; None is the stream's end."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        self._lines = answer.aiter_lines()

    async def begun(self) -> None:
        """Until its greeting: from then on, everything that happens is news to it."""
        async with asyncio.timeout(PATIENCE):
            while not (await anext(self._lines)).startswith("retry:"):
                continue

    async def next(self) -> Heard | None:
        return await asyncio.wait_for(self._next(), PATIENCE)

    async def until(self, name: str) -> Heard:
        """The next event of this name; the others before it are passed over."""
        while (heard := await self.next()) is not None:
            if heard.name == name:
                return heard
        raise AssertionError(f"the stream ended without {name!r}")

    async def rest(self) -> list[Heard]:
        """Everything until the stream's end."""
        heard = []
        while (event := await self.next()) is not None:
            heard.append(event)
        return heard

    async def silence(self, seconds: float) -> bool:
        """Whether nothing comes for so long. Whoever asks this cannot listen any further."""
        try:
            await asyncio.wait_for(self._next(), seconds)
        except TimeoutError:
            return True
        return False

    async def _next(self) -> Heard | None:
        name, identity, data = "", "", None
        async for line in self._lines:
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "id":
                identity = value
            elif field.startswith("data"):
                data = value if data is None else f"{data}\n{value}"
            elif not line and (name or data is not None):
                return Heard(name, data or "", identity)
        return None


@asynccontextmanager
async def listening(
    client: httpx.AsyncClient, url: str, *, after: str | None = None, headers: Mapping[str, str] | None = None
) -> AsyncIterator[Listener]:
    """``after`` is the id of the last event that was heard before."""
    sent = {"Accept": "text/event-stream", **(headers or {}), **({"Last-Event-ID": after} if after else {})}
    async with client.stream("GET", url, headers=sent) as answer:
        assert answer.status_code == 200, await answer.aread()
        yield Listener(answer)
