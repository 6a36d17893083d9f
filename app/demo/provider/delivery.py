"""How a reply goes out: token by token at the set speed, until it ends, breaks, is held, or nobody listens any more."""

import asyncio
from dataclasses import dataclass
from time import monotonic

from litestar.types import Receive, Scope, Send

from app.demo.provider.call_log import Call
from app.demo.provider.faults import Break, Fault, Twist
from app.demo.provider.protocol import Reply, Wire

FULL_SPEED_BATCH = 32
"""Tokens written to the connection at once when no speed is set."""
_BROKEN_EVENT = b'event: message_delta\ndata: {"type": "response.output_te\n\n'
_BROKEN_BODY = b'{"id": "'


class Ended(Exception):
    """Nothing more is sent: nobody is there any more, or the connection is to be lost."""


@dataclass(slots=True, eq=False)
class Hold:
    """Keeps the calls whose prompt contains ``match`` after ``after_chunks`` tokens, until ``released`` is set."""

    match: str
    after_chunks: int
    released: asyncio.Future[None]


@dataclass(slots=True)
class Pace:
    """``tokens_per_second`` 0 means at once."""

    tokens_per_second: float


class Delivery:
    """One reply on its way, as an ASGI application.

    Leaving out the last message of a response makes the server drop the connection, which is how ``RESET`` is done.
    """

    def __init__(
        self, wire: Wire, reply: Reply, call: Call, fault: Fault | None, pace: Pace, holds: list[Hold]
    ) -> None:
        self.wire = wire
        self.reply = reply
        self.call = call
        self.fault = fault
        self.pace = pace
        self.holds = holds
        self.headers: list[tuple[bytes, bytes]] = []
        self._stop: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._batch: list[bytes] = []
        self._due = monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        watch = asyncio.create_task(self._watch(receive))
        try:
            await (self._stream(send) if self.reply.asked.stream else self._answer(send))
        except Ended:
            return
        finally:
            watch.cancel()
            self.call.end()

    def stop(self) -> None:
        """The demo provider itself ends."""
        if not self._stop.done():
            self._stop.set_result(None)

    async def _watch(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.call.closed_by_client = not self._stop.done()
        self.stop()

    async def _stream(self, send: Send) -> None:
        await self._pause(self._first_token_delay)
        await self._start(send, b"text/event-stream")
        await send({"type": "http.response.body", "body": self.wire.opening(), "more_body": True})
        breaks_after = self.fault.breaks_after if self.fault else None
        for sent, piece in enumerate(self.reply.pieces[:breaks_after]):
            if self.holds:
                await self._wait_for_release(send, sent)
            self._batch.append(self.wire.delta(piece))
            await self._keep_pace(send)
        await self._flush(send)
        if breaks_after is not None:
            await self._break(send)
        else:
            await self._send_last(send, self.wire.closing(), finished=True)

    async def _answer(self, send: Send) -> None:
        speed, tokens = self.pace.tokens_per_second, len(self.reply.pieces)
        await self._pause(self._first_token_delay + (tokens / speed if speed else 0))
        await self._wait_for_release(send, tokens)
        does = self.fault.kind.does if self.fault else None
        if does is Break.STALL:
            await self._pause(None)
        if does in (Break.CUT, Break.RESET, Break.ERROR):
            raise Ended
        await self._start(send, b"application/json")
        self.call.chunks_sent = tokens
        broken = does is Break.MALFORMED
        await self._send_last(send, _BROKEN_BODY if broken else self.wire.body(), finished=not broken)

    async def _break(self, send: Send) -> None:
        match self.fault and self.fault.kind.does:
            case Break.STALL:
                await self._pause(None)
            case Break.RESET:
                raise Ended
            case Break.ERROR:
                await self._send_last(send, self.wire.error(), finished=False)
            case Break.MALFORMED:
                await self._send_last(send, _BROKEN_EVENT, finished=False)
            case _:
                await self._send_last(send, b"", finished=False)

    @property
    def _first_token_delay(self) -> float:
        return self.fault.argument if self.fault and self.fault.kind.does is Twist.SLOW else 0

    async def _start(self, send: Send, content_type: bytes) -> None:
        self.call.status = 200
        headers = [(b"content-type", content_type), (b"cache-control", b"no-cache"), *self.headers]
        await send({"type": "http.response.start", "status": 200, "headers": headers})

    async def _keep_pace(self, send: Send) -> None:
        speed = self.pace.tokens_per_second
        if speed:
            await self._flush(send)
            self._due = max(self._due + 1 / speed, monotonic() - 0.1)
            await self._pause(self._due - monotonic())
        elif len(self._batch) >= FULL_SPEED_BATCH:
            await self._flush(send)

    async def _flush(self, send: Send) -> None:
        if not self._batch:
            return
        self.call.begin_text()
        await send({"type": "http.response.body", "body": b"".join(self._batch), "more_body": True})
        self.call.chunks_sent += len(self._batch)
        self._batch.clear()
        await asyncio.sleep(0)
        await self._pause(0)

    async def _send_last(self, send: Send, body: bytes, *, finished: bool) -> None:
        await self._pause(0)
        # Noted before the bytes leave: whoever has read them may ask the log at once.
        self.call.finished = finished
        self.call.end()
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _wait_for_release(self, send: Send, sent: int) -> None:
        prompt = self.reply.asked.prompt
        while hold := next((one for one in self.holds if sent >= one.after_chunks and one.match in prompt), None):
            await self._flush(send)
            self.call.held = True
            await asyncio.wait({self._stop, hold.released}, return_when=asyncio.FIRST_COMPLETED)
            self.call.held = False
            await self._pause(0)

    async def _pause(self, seconds: float | None) -> None:
        """None: until somebody ends it. Raises ``Ended`` when nobody is there any more."""
        if seconds is None or seconds > 0:
            await asyncio.wait({self._stop}, timeout=seconds)
        if self._stop.done():
            raise Ended
