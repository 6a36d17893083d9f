"""One ear a process: every page and API stream of this process hears the news through the same Redis connection.

A topic is subscribed to while somebody watches it. Subscribe first, then read its stream, then compare ids: so nothing
falls between. The read loop survives every outage; afterwards each topic is read anew and counts as changed. A line
that went silent is asked, because one whose other end is gone without a word would stay silent for ever.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any

import msgspec
import redis.asyncio
import structlog
from redis.exceptions import RedisError

from app.live.events import STATE, Event
from app.live.publish import order, stream_key
from app.live.transcript import Transcript

RETRY_SECONDS = 0.5
SILENCE_SECONDS = 5.0  # until Redis is asked whether it is there, and then until its answer is given up
MOST_FRAMES = 1_000  # everybody who types another search into a list makes another one
CANCEL_SECONDS = 0.1
NOWHERE = "0-0"

log = structlog.get_logger()
_decoder = msgspec.json.Decoder(Event)

Frame = tuple[tuple[str, ...], "asyncio.Future[tuple[str, ...]]"]


class Topic:
    def __init__(self, name: str) -> None:
        self.name = name
        self.position = NOWHERE
        self.transcript = Transcript()
        self.watches: set[Watch] = set()
        self.was_read = asyncio.Event()
        self.ready: asyncio.Task[None] | None = None
        self.readings = 0
        self.early: list[tuple[str, Event]] = []
        """What came before the stream was read, or meanwhile. It is heard after what stands there: a later event first
        would make all earlier ones look as if they had been heard. Several readings may be under way at once, and the
        subscription of somebody who just left may bring news before the first."""

    def take(self, position: str, event: Event) -> None:
        if self.readings or not self.was_read.is_set():
            self.early.append((position, event))
        else:
            self.hear(position, event)

    def was_caught_up(self) -> None:
        self.readings -= 1
        if self.readings:
            return
        self.was_read.set()
        early, self.early = self.early, []
        for position, event in early:
            self.hear(position, event)

    def hear(self, position: str, event: Event) -> None:
        if order(position) <= order(self.position):
            return
        self.position = position
        self.transcript.hear(event)
        self.tell(event.aspect)

    def tell(self, aspect: str) -> None:
        for watch in self.watches:
            watch.tell(self.name, aspect)


class Watch:
    """What one stream has not looked at yet. It never grows beyond one entry a topic and aspect."""

    def __init__(self) -> None:
        self._news: set[tuple[str, str]] = set()
        self._rang = asyncio.Event()

    def tell(self, topic: str, aspect: str) -> None:
        self._news.add((topic, aspect))
        self._rang.set()

    def forget(self) -> None:
        self._rang.clear()
        self._news.clear()

    async def news(self, patience: float) -> set[tuple[str, str]]:
        """What changed since the last call: pairs of topic and aspect; empty after ``patience`` seconds of silence."""
        try:
            async with asyncio.timeout(patience):
                await self._rang.wait()
        except TimeoutError:
            return set()
        self._rang.clear()
        news, self._news = self._news, set()
        return news


class Hub:
    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client
        self._pubsub: Any = None
        self._topics: dict[str, Topic] = {}
        self._frames: dict[str, Frame] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._ending = asyncio.Event()

    @property
    def is_ending(self) -> asyncio.Event:
        """Set when the process is asked to stop: every stream ends then, and its reader connects elsewhere."""
        return self._ending

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Hub"]:
        task = asyncio.create_task(self._listen(), name="live hub")
        try:
            yield self
        finally:
            self.end()
            while not task.done():  # once is not enough: redis-py loses a cancellation while it connects
                task.cancel()
                await asyncio.wait({task}, timeout=CANCEL_SECONDS)

    def end(self) -> None:
        self._ending.set()
        for topic in self._topics.values():
            topic.tell("ending")

    @asynccontextmanager
    async def watch(self, names: Iterable[str]) -> AsyncIterator[Watch]:
        watch = Watch()
        topics = [self._topics.setdefault(name, Topic(name)) for name in dict.fromkeys(names)]
        try:
            for topic in topics:  # all of them before the first wait: nobody forgets a topic that has a watcher
                topic.watches.add(watch)
                if topic.ready is None:
                    topic.ready = asyncio.create_task(self._subscribe(topic))
            for topic in topics:
                assert topic.ready is not None
                await asyncio.shield(topic.ready)
            watch.forget()  # whoever begins to watch reads the present next: what led to it is no news
            yield watch
        finally:
            for topic in topics:
                topic.watches.discard(watch)
                if not topic.watches:
                    self._forget(topic)

    def position(self, names: Iterable[str]) -> str:
        """Where this process is in these topics' streams: what a client sends back as ``Last-Event-ID``."""
        return "~".join(self._topics[name].position for name in dict.fromkeys(names))

    def transcript(self, name: str) -> Transcript:
        return self._topics[name].transcript

    async def frame(
        self, key: str, topics: tuple[str, ...], make: Callable[[], Awaitable[tuple[str, ...]]]
    ) -> tuple[str, ...]:
        """``make``'s answer, made once for everybody who asks for the same key while nothing has changed."""
        version = tuple(self._topics[name].position for name in topics)
        known = self._frames.get(key)
        if known is None or known[0] != version or (known[1].done() and known[1].exception()):
            known = (version, asyncio.ensure_future(make()))
            self._keep(key, known)
        return await asyncio.shield(known[1])

    def _keep(self, key: str, frame: Frame) -> None:
        self._frames.pop(key, None)
        self._frames[key] = frame
        if len(self._frames) > MOST_FRAMES:
            del self._frames[next(iter(self._frames))]  # the one that was made first

    async def _subscribe(self, topic: Topic) -> None:
        """Ready once the topic was read, or at once while Redis is away: the reconnect catches up."""
        if self._pubsub is None:
            return
        try:
            await self._pubsub.subscribe(stream_key(topic.name))
            await asyncio.wait_for(topic.was_read.wait(), 2)
        except (RedisError, OSError, TimeoutError) as error:
            log.warning("live_topic_not_read", topic=topic.name, error=str(error))

    async def _catch_up(self, topic: Topic) -> None:
        """After each confirmed subscription, the first and those after an outage."""
        try:
            for position, fields in await self._client.xrange(stream_key(topic.name)) or ():
                if fields:
                    topic.hear(_text(position), _decoder.decode(fields[b"e"]))
        except (RedisError, OSError) as error:
            log.warning("live_topic_not_read", topic=topic.name, error=str(error))
        topic.was_caught_up()
        self._frames.clear()
        topic.tell(STATE.aspect)

    def _forget(self, topic: Topic) -> None:
        self._topics.pop(topic.name, None)
        for key in [key for key in self._frames if topic.name in key]:
            del self._frames[key]
        if self._pubsub is not None:
            task = asyncio.create_task(self._unsubscribe(topic.name))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _unsubscribe(self, name: str) -> None:
        if name in self._topics or self._pubsub is None:
            return  # somebody came back meanwhile, or the connection is gone and its subscriptions with it
        with suppress(RedisError, OSError):
            await self._pubsub.unsubscribe(stream_key(name))
            if name in self._topics:  # somebody came back while this was on its way, and may have been overtaken by it
                await self._pubsub.subscribe(stream_key(name))

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("live_connection_lost", error=str(error))
                await self._drop_idle_connections()
            except Exception:  # the boundary of the process's only ear: whatever it was, it listens again
                log.exception("live_hub_failed")
            await asyncio.sleep(RETRY_SECONDS)

    async def _listen_once(self) -> None:
        async with self._client.pubsub() as pubsub:
            subscribed: set[str] = set()
            while missing := {"hub", *self._topics} - subscribed:
                await pubsub.subscribe(*(stream_key(name) for name in missing))
                subscribed |= missing
            self._pubsub = pubsub
            try:
                await self._hear(pubsub)
            finally:
                self._pubsub = None

    async def _hear(self, pubsub: Any) -> None:
        """Until the connection is lost. Raises ``TimeoutError`` where a question is not answered either."""
        was_asked = False
        while True:
            message = await pubsub.get_message(timeout=SILENCE_SECONDS)
            if message is not None:
                was_asked = False
                self._take(message)
            elif was_asked:
                raise TimeoutError(f"not a word for {2 * SILENCE_SECONDS:.0f} seconds")
            else:
                await pubsub.ping()
                was_asked = True

    async def _drop_idle_connections(self) -> None:
        """They may be as dead as the lost one, and the topics are about to be read through them."""
        with suppress(RedisError, OSError):
            await self._client.connection_pool.disconnect(inuse_connections=False)

    def _take(self, message: dict[str, Any]) -> None:
        """A pong comes from no channel, and a late word from one that nobody watches any more."""
        topic = self._topics.get(_text(message["channel"]).removeprefix("live:"))
        if topic is None:
            return
        if message["type"] == "subscribe":
            topic.readings += 1
            task = asyncio.create_task(self._catch_up(topic))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif message["type"] == "message":
            position, _, event = message["data"].partition(b" ")
            topic.take(_text(position), _decoder.decode(event))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
