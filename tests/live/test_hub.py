"""The hub: what was announced is heard once, in its order, through outages too."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import redis.asyncio

from app.live.events import STATE, Event
from app.live.hub import NOWHERE, Hub, Watch
from app.live.publish import LONGEST_STREAM, Publisher, order, stream_key
from app.live.writer import LiveText
from tests.live.conftest import OwnValkey

RUN = "run:1"
PATIENCE = 10.0


async def eventually(is_true: Callable[[], object]) -> None:
    async def look() -> bool:
        return bool(is_true())

    await until(look)


async def until(is_true: Callable[[], Awaitable[object]]) -> None:
    """Asks again and again: what is waited for happens in another process, and tells nobody."""
    async with asyncio.timeout(PATIENCE):
        while True:
            if await is_true():
                return
            await asyncio.sleep(0.01)


async def heard(watch: Watch, topic: str, aspect: str) -> None:
    """Until this news has come; other news is passed over."""
    async with asyncio.timeout(PATIENCE):
        while (topic, aspect) not in await watch.news(PATIENCE):
            continue


async def test_what_was_said_before_is_there_and_what_comes_next_is_news(hub: Hub, publisher: Publisher) -> None:
    await publisher.send(RUN, Event("text:text", 0, "One"))
    async with hub.watch([RUN]) as watch:
        assert hub.transcript(RUN).text("text") == "One"
        assert await watch.news(0.01) == set()
        await publisher.send(RUN, Event("text:text", 3, " two"))
        await heard(watch, RUN, "text:text")
        assert hub.transcript(RUN).text("text") == "One two"


async def test_nothing_falls_between_reading_and_hearing(hub: Hub, publisher: Publisher) -> None:
    """Whoever begins to watch in the middle of a text has all of it in the end."""

    async def write() -> None:
        for number in range(200):
            await publisher.send(RUN, Event("text:text", number, chr(97 + number % 26)))

    writing = asyncio.ensure_future(write())
    for _ in range(10):
        async with hub.watch([RUN]):
            await asyncio.sleep(0.005)
    async with hub.watch([RUN]):
        await writing
        await eventually(lambda: len(hub.transcript(RUN).text("text")) == 200)
        assert hub.transcript(RUN).text("text") == "".join(chr(97 + number % 26) for number in range(200))


async def test_news_of_the_same_kind_piles_up_to_one(hub: Hub, publisher: Publisher) -> None:
    async with hub.watch([RUN, "project:1"]) as watch:
        for _ in range(50):
            await publisher.changed(RUN, "project:1")
        position = await publisher.send(RUN, STATE)
        assert position is not None
        await eventually(lambda: hub.position([RUN]) == position.position)
        assert await watch.news(0) == {(RUN, "state"), ("project:1", "state")}
        assert await watch.news(0.01) == set()


async def test_a_position_is_where_the_stream_is(hub: Hub, publisher: Publisher) -> None:
    async with hub.watch([RUN, "project:1"]):
        assert hub.position([RUN]) == NOWHERE
        sent = await publisher.send(RUN, STATE)
        assert sent is not None
        await eventually(lambda: hub.position([RUN]) != NOWHERE)
        assert hub.position([RUN]) == sent.position
        assert hub.position(["project:1", RUN]) == f"{NOWHERE}~{sent.position}"


async def test_a_topic_is_forgotten_with_its_last_watcher(
    hub: Hub, publisher: Publisher, clean_redis: "redis.asyncio.Redis"
) -> None:
    async with hub.watch([RUN]):
        async with hub.watch([RUN]):
            assert hub.streams == 2
        await publisher.changed(RUN)
        await eventually(lambda: hub.position([RUN]) != NOWHERE)
    assert hub.streams == 0

    async def is_left() -> bool:
        key = stream_key(RUN).encode()
        return not dict(await clean_redis.pubsub_numsub(key)).get(key)

    await until(is_left)


async def test_a_frame_is_made_once_for_all_until_something_changes(hub: Hub, publisher: Publisher) -> None:
    made: list[int] = []

    async def make() -> tuple[str, ...]:
        made.append(1)
        await asyncio.sleep(0.01)
        return (str(len(made)),)

    async with hub.watch([RUN]):
        frames = await asyncio.gather(*(hub.frame("key", (RUN,), make) for _ in range(20)))
        assert (set(frames), len(made)) == ({("1",)}, 1)
        await publisher.changed(RUN)
        await eventually(lambda: hub.position([RUN]) != NOWHERE)
        assert await hub.frame("key", (RUN,), make) == ("2",)


async def test_a_frame_that_failed_is_made_again(hub: Hub) -> None:
    async def fail() -> tuple[str, ...]:
        raise RuntimeError("the database is away")

    async def make() -> tuple[str, ...]:
        return ("made",)

    async with hub.watch([RUN]):
        with pytest.raises(RuntimeError):
            await hub.frame("key", (RUN,), fail)
        assert await hub.frame("key", (RUN,), make) == ("made",)


async def test_the_end_of_the_process_is_news_to_everybody(hub: Hub) -> None:
    async with hub.watch([RUN]) as watch:
        hub.end()
        assert await watch.news(1) == {(RUN, "ending")}
        assert hub.is_ending.is_set()


class TestOutages:
    async def restart(self, valkey: OwnValkey) -> None:
        await asyncio.to_thread(valkey.stop)
        await asyncio.to_thread(valkey.start)

    async def test_after_a_restart_everything_counts_as_changed_and_is_heard_again(
        self, own_valkey: OwnValkey, own_client: "redis.asyncio.Redis"
    ) -> None:
        publisher = Publisher(own_client)
        async with Hub(own_client).running() as hub, hub.watch([RUN]) as watch:
            await publisher.send(RUN, Event("text:text", 0, "One"))
            await heard(watch, RUN, "text:text")
            await self.restart(own_valkey)
            await heard(watch, RUN, "state")
            await sent(lambda: publisher.send(RUN, Event("text:text", 3, " two")))
            await heard(watch, RUN, "text:text")
            assert hub.transcript(RUN).text("text") == "One two"

    async def test_who_begins_to_watch_during_an_outage_catches_up(
        self, own_valkey: OwnValkey, own_client: "redis.asyncio.Redis"
    ) -> None:
        publisher = Publisher(own_client)
        async with Hub(own_client).running() as hub:
            async with hub.watch(["run:before"]):
                await asyncio.to_thread(own_valkey.stop)
            async with asyncio.timeout(PATIENCE), hub.watch([RUN]) as watch:
                assert await publisher.send(RUN, STATE) is None
                await asyncio.to_thread(own_valkey.start)
                await sent(lambda: publisher.send(RUN, Event("text:text", 0, "One")))
                await eventually(lambda: hub.transcript(RUN).text("text") == "One")
                assert await watch.news(1)

    async def test_a_text_survives_that_redis_forgets_everything(self, own_client: "redis.asyncio.Redis") -> None:
        """Also where another event is the first in the new stream, and for whoever begins to watch only then."""
        publisher = Publisher(own_client)
        texts = [LiveText(publisher, RUN, name) for name in ("intro", "faq")]
        for text in texts:
            text.add("before the flush, ")
            await text.close()
        await asyncio.sleep(0.005)  # positions count milliseconds
        await own_client.flushall()
        await publisher.changed(RUN)
        for text in texts:
            text.add("after it")
            await text.close()
        async with Hub(own_client).running() as hub, hub.watch([RUN]):
            await eventually(lambda: hub.transcript(RUN).text("faq"))
            assert hub.transcript(RUN).text("intro") == hub.transcript(RUN).text("faq") == texts[0].text

    async def test_what_redis_did_not_take_goes_out_with_what_comes_next(
        self, own_valkey: OwnValkey, own_client: "redis.asyncio.Redis"
    ) -> None:
        text = LiveText(Publisher(own_client), RUN, "text")
        text.add("One")
        await text.close()
        await asyncio.to_thread(own_valkey.stop)
        text.add(" two")
        await text.close()
        await asyncio.to_thread(own_valkey.start)
        text.add(" three")
        await text.close()
        async with Hub(own_client).running() as hub, hub.watch([RUN]):
            await eventually(lambda: hub.transcript(RUN).text("text") == "One two three")


@pytest.mark.parametrize("turns", range(8))
async def test_it_ends_in_whatever_moment_of_its_beginning(own_client: "redis.asyncio.Redis", turns: int) -> None:
    async with asyncio.timeout(2), Hub(own_client).running():
        for _ in range(turns):
            await asyncio.sleep(0)


async def sent(send: Callable[[], Awaitable[object]]) -> None:
    """Again until Redis has taken it."""

    async def is_taken() -> bool:
        return await send() is not None

    await until(is_taken)


class TestPublishing:
    async def test_a_stream_is_bounded_and_goes_away_by_itself(
        self, publisher: Publisher, clean_redis: "redis.asyncio.Redis"
    ) -> None:
        for _ in range(3):
            await publisher.changed("project:1", RUN)
        assert await clean_redis.xlen(stream_key("project:1")) == 1
        assert await clean_redis.xlen(stream_key(RUN)) == 3 < LONGEST_STREAM
        for topic in ("project:1", RUN):
            assert 0 < await clean_redis.ttl(stream_key(topic)) <= 3600

    async def test_the_answer_says_where_it_stands_and_what_is_oldest(self, publisher: Publisher) -> None:
        first, second = await publisher.send(RUN, STATE), await publisher.send(RUN, STATE)
        assert first is not None
        assert second is not None
        assert first.oldest == second.oldest == first.position
        assert order(first.position) < order(second.position)

    async def test_a_text_of_many_deltas_is_few_events_and_loses_nothing(
        self, publisher: Publisher, clean_redis: "redis.asyncio.Redis", hub: Hub
    ) -> None:
        text = LiveText(publisher, RUN, "text")
        async with hub.watch([RUN]) as watch:
            text.add("First")
            await heard(watch, RUN, "text:text")
            for number in range(500):
                text.add(f" 💡{number}\n")
            await text.close()
            assert await clean_redis.xlen(stream_key(RUN)) <= 4
            await eventually(lambda: hub.transcript(RUN).text("text") == text.text)
