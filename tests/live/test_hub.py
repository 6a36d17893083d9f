"""The hub: what was announced is heard once, in its order, through outages too."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import monotonic
from urllib.parse import urlsplit

import pytest
import redis.asyncio

from app.live.events import STATE, Event
from app.live.hub import MOST_FRAMES, NOWHERE, Hub, Topic, Watch
from app.live.publish import LONGEST_STREAM, Publisher, order, stream_key
from app.live.writer import LiveText
from app.settings import Settings
from app.studio import Studio
from app.wake import Wake
from tests.live.conftest import OwnValkey

RUN, PROJECT = "run:1", "project:1"
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
            pass  # the first to leave is not the last
        await publisher.changed(RUN)
        await eventually(lambda: hub.position([RUN]) != NOWHERE)

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

    async def test_a_line_that_fell_silent_is_noticed_and_everything_is_read_anew(
        self, own_valkey: OwnValkey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The network in between goes deaf, as a firewall does that forgets a connection; both ends keep it open."""
        monkeypatch.setattr("app.live.hub.SILENCE_SECONDS", 0.1)
        async with (
            deaf_line(own_valkey) as (line, through_it, directly),
            Hub(through_it).running() as hub,
            hub.watch([RUN]) as watch,
        ):
            await Publisher(directly).send(RUN, Event("text:text", 0, "One"))
            await heard(watch, RUN, "text:text")
            line.go_deaf()
            await Publisher(directly).send(RUN, Event("text:text", 3, " two"))
            async with asyncio.timeout(3):  # less than redis-py waits for an answer over a dead connection
                await heard(watch, RUN, "state")
            assert hub.transcript(RUN).text("text") == "One two"
            await Publisher(directly).send(RUN, Event("text:text", 7, " three"))
            await heard(watch, RUN, "text:text")

    async def test_silence_alone_is_no_outage(
        self, own_client: "redis.asyncio.Redis", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("app.live.hub.SILENCE_SECONDS", 0.05)
        monkeypatch.setattr("app.live.hub.RETRY_SECONDS", 0.01)
        async with Hub(own_client).running() as hub, hub.watch([RUN]) as watch:
            await sent(lambda: Publisher(own_client).send(RUN, STATE))
            await heard(watch, RUN, "state")
            assert await watch.news(0.4) == set()
            await Publisher(own_client).changed(RUN)
            await heard(watch, RUN, "state")

    async def test_a_redis_that_hangs_costs_half_a_second(self, own_valkey: OwnValkey) -> None:
        """Over a line that is there and over a new one, for the news and the wake-up together."""
        client, wake = redis.asyncio.Redis.from_url(own_valkey.url), Wake(own_valkey.url)
        studio = Studio(Settings(), Publisher(client), wake)
        await studio.nudge(RUN, wake=1)
        assert await wake.wake_ups_under_way() == 1
        with own_valkey.hanging():
            for _ in range(3):
                begun = monotonic()
                await asyncio.gather(*(studio.nudge(RUN, "project:1", wake=1) for _ in range(8)))
                assert monotonic() - begun < 0.9
        await sent(lambda: studio.live.send(RUN, STATE))
        await studio.nudge(RUN, wake=300)

        async def are_there() -> bool:
            return await wake.wake_ups_under_way() > 300

        await until(are_there)
        wake.close()
        await client.aclose()


async def test_what_comes_while_a_stream_is_read_twice_waits_for_both_readings() -> None:
    topic = Topic(RUN)
    topic.readings = 2
    topic.take("5-0", Event("text:text", 3, " two"))
    topic.was_caught_up()
    topic.hear("4-0", Event("text:text", 0, "One"))
    topic.was_caught_up()
    assert topic.transcript.text("text") == "One two"
    topic.take("6-0", Event("text:text", 7, " three"))
    assert topic.transcript.text("text") == "One two three"


async def test_what_comes_before_a_stream_was_read_waits_for_that() -> None:
    """Over the subscription of whoever watched before and has just left."""
    topic = Topic(RUN)
    topic.take("5-0", Event("text:text", 3, " two"))
    topic.readings = 1
    topic.hear("4-0", Event("text:text", 0, "One"))
    topic.was_caught_up()
    assert topic.transcript.text("text") == "One two"


async def test_a_second_confirmation_in_the_middle_of_reading_loses_nothing(
    hub: Hub, publisher: Publisher, clean_redis: "redis.asyncio.Redis"
) -> None:
    """Two watchers that come and go confirm a subscription twice."""
    async with hub.watch([RUN]) as watch:
        confirmation = {"type": "subscribe", "channel": stream_key(RUN).encode(), "data": 1}
        news = {"type": "message", "channel": stream_key(RUN).encode()}
        hub._take(confirmation)
        hub._take(news | {"data": b'9999999999999-0 ["text:text",0,"One"]'})
        hub._take(confirmation)
        await heard(watch, RUN, "text:text")
        assert hub.transcript(RUN).text("text") == "One"


async def test_frames_of_many_searches_do_not_pile_up(hub: Hub) -> None:
    made: list[str] = []

    async def watched(key: str) -> None:
        async def make() -> tuple[str, ...]:
            made.append(key)
            return (key,)

        assert await hub.frame(key, (RUN,), make) == (key,)

    async with hub.watch([RUN]):
        for number in range(MOST_FRAMES + 1):
            await watched(f"search {number}")
        assert len(hub._frames) == MOST_FRAMES
        made.clear()
        await watched(f"search {MOST_FRAMES}")
        await watched("search 0")
        assert made == ["search 0"]


@pytest.mark.parametrize("turns", range(8))
async def test_it_ends_in_whatever_moment_of_its_beginning(own_client: "redis.asyncio.Redis", turns: int) -> None:
    async with asyncio.timeout(2), Hub(own_client).running():
        for _ in range(turns):
            await asyncio.sleep(0)


@dataclass(slots=True)
class Line:
    """Carries bytes between clients and a Valkey. Once deaf, those connections that it has carry nothing more; new
    ones do."""

    is_deaf: dict[int, bool] = field(default_factory=dict)

    def go_deaf(self) -> None:
        self.is_deaf = dict.fromkeys(self.is_deaf, True)

    async def carry(self, number: int, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            if not self.is_deaf[number]:
                target.write(data)
        target.close()


@asynccontextmanager
async def deaf_line(
    valkey: OwnValkey,
) -> AsyncIterator[tuple[Line, "redis.asyncio.Redis", "redis.asyncio.Redis"]]:
    """A line that can go deaf, a client through it, and one around it."""
    line = Line()
    directly = redis.asyncio.Redis.from_url(valkey.url)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(line.is_deaf)
        line.is_deaf[number] = False
        there, back = await asyncio.open_unix_connection(urlsplit(valkey.url).path)
        await asyncio.gather(line.carry(number, reader, back), line.carry(number, there, writer))

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    through_it = redis.asyncio.Redis(host="127.0.0.1", port=port)
    try:
        yield line, through_it, directly
    finally:
        await through_it.aclose()
        await directly.aclose()
        server.close()


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


async def test_a_topic_is_not_forgotten_while_somebody_is_on_the_way_to_it(hub: Hub, publisher: Publisher) -> None:
    """One stream leaves a topic while another, which is to watch it too, still waits for its first one."""
    leaving = hub.watch([PROJECT])
    await leaving.__aenter__()

    async def come() -> set[tuple[str, str]]:
        async with hub.watch([RUN, PROJECT]) as watch:
            hub.position([RUN, PROJECT])
            await publisher.changed(PROJECT)
            return await watch.news(PATIENCE)

    coming = asyncio.create_task(come())
    await asyncio.sleep(0)
    await leaving.__aexit__(None, None, None)
    assert await coming == {(PROJECT, "state")}
