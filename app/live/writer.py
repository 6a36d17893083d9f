"""The text of one component on its way to whoever watches: many small deltas become a few events a second."""

import asyncio

from app.live.events import Event
from app.live.publish import Publisher, order

FLUSH_SECONDS = 0.05


class LiveText:
    """The first words go out at once, the rest at most every ``FLUSH_SECONDS``."""

    def __init__(self, publisher: Publisher, topic: str, component: str) -> None:
        self._publisher = publisher
        self._topic = topic
        self._aspect = f"text:{component}"
        self._parts: list[str] = []
        self._waiting: list[str] = []
        self._sent = 0
        self._begun_at = ""
        self._task: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    @property
    def text(self) -> str:
        return "".join(self._parts)

    def add(self, delta: str) -> None:
        self._parts.append(delta)
        self._waiting.append(delta)
        if self._task is None:
            self._task = asyncio.create_task(self._flush_until_quiet())

    async def close(self) -> None:
        """Everything that was added has been sent when this returns."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._flush()

    async def _flush_until_quiet(self) -> None:
        while self._waiting:
            await asyncio.shield(self._flush())
            await asyncio.sleep(FLUSH_SECONDS)
        self._task = None

    async def _flush(self) -> None:
        async with self._one_at_a_time:
            text, self._waiting = "".join(self._waiting), []
            if not text:
                return
            sent = await self._publisher.send(self._topic, Event(self._aspect, self._sent, text))
            if sent is None:
                self._waiting.insert(0, text)  # Redis is away: it goes out with what comes next
                return
            self._sent += len(text)
            self._begun_at = self._begun_at or sent.position
            if order(self._begun_at) < order(sent.oldest):
                await self._tell_again()

    async def _tell_again(self) -> None:
        """The stream no longer has our beginning: Redis lost its memory, or the stream grew too long."""
        sent = await self._publisher.send(self._topic, Event(self._aspect, 0, self.text[: self._sent]))
        if sent is not None:
            self._begun_at = sent.position
