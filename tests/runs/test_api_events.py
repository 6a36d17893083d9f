"""A run's life as clients of the API hear it."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from itertools import pairwise
from time import monotonic
from typing import Any

import httpx
import pytest

from app.accounts.tokens import revoke_token
from app.errors import TokenLimitExceeded
from app.live.events import Event, run_topic
from app.live.writer import LiveText
from app.queue.steer import cancel, regenerate
from app.queue.work import Workplace, work_on_one
from app.runs.tables import Run
from app.studio import Studio
from tests.browsing import Browser
from tests.demo_provider import DemoProvider
from tests.listening import Heard, listening
from tests.runs.making import claimed, completed, failed, finish, running
from tests.world import PAGE, World, again, bearer, submitted


@pytest.fixture
async def vera(world: World, web_server: str) -> AsyncIterator[httpx.AsyncClient]:
    async with Browser(web_server, headers=await bearer(world.vera, world.lamps)) as program:
        yield program.http


def events_of(run: Run) -> str:
    return f"/api/v1/generations/{run.id}/events"


def told(heard: Heard | None, name: str, run: Run) -> dict[str, Any]:
    assert heard is not None
    assert heard.name == name
    body = heard.json()
    assert (body.pop("type"), body.pop("jobId")) == (name, str(run.id))
    return body


async def test_a_finished_run_tells_its_end_and_the_stream_ends(
    vera: httpx.AsyncClient, studio: Studio, world: World
) -> None:
    run = await completed(studio, world, "# Lamps")
    async with listening(vera, events_of(run)) as stream:
        assert stream.answer.headers["content-type"].startswith("text/event-stream")
        assert stream.answer.headers["cache-control"] == "no-store"
        [end] = await stream.rest()
    assert told(end, "completed", run)["result"] == {
        "markdown": "# Lamps",
        "tokens": 0,
        "usage": {"input": 0, "output": 0, "cached": 0},
        "wordCount": 2,
        "modelUsed": run.model,
        "episodeId": None,
        "episodeNumber": None,
        "savedToEpisode": False,
        "variants": [],
    }


async def test_whoever_comes_back_to_a_finished_run_hears_its_end_again(
    vera: httpx.AsyncClient, studio: Studio, world: World
) -> None:
    """A browser's EventSource comes back after every end, with the id of the last event."""
    run = await completed(studio, world)
    await studio.live.changed(run_topic(run.id))
    async with listening(vera, events_of(run)) as stream:
        [first] = await stream.rest()
    assert first.id
    async with listening(vera, events_of(run), after=first.id) as stream:
        assert await stream.rest() == [first]


async def test_a_failed_run_says_what_and_whether_to_try_again(
    vera: httpx.AsyncClient, studio: Studio, world: World
) -> None:
    run = await failed(studio, world, TokenLimitExceeded("It is too long."))
    async with listening(vera, events_of(run)) as stream:
        [end] = await stream.rest()
    error = {"code": "TOKEN_LIMIT_EXCEEDED", "message": "It is too long.", "retryable": False}
    assert told(end, "failed", run) == {"error": error}


async def test_a_run_that_is_canceled_meanwhile_ends_as_failed(
    vera: httpx.AsyncClient, studio: Studio, world: World
) -> None:
    run = await submitted(studio, world)
    async with listening(vera, events_of(run)) as stream:
        told(await stream.next(), "progress", run)
        await cancel(studio, run)
        [end] = await stream.rest()
    error = {"code": "JOB_CANCELED", "message": "This run was canceled.", "retryable": False}
    assert told(end, "failed", run) == {"error": error}


async def test_a_run_is_heard_from_the_queue_to_its_end(
    vera: httpx.AsyncClient, place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.hold(after_chunks=8)
    run = await submitted(place.studio, world, PAGE)
    async with listening(vera, events_of(run)) as stream:
        first = told(await stream.next(), "progress", run)
        assert first == {"value": 0, "currentStep": None, "estimatedTime": None}
        work = asyncio.ensure_future(work_on_one(place, None, lambda _: None))
        preview = told(await stream.until("preview"), "preview", run)
        assert set(preview) == {"markdown", "isPartial", "wordCount", "estimatedTokens"}
        assert preview["isPartial"] is True
        assert preview["wordCount"] > 0
        demo_provider.release()
        heard = await stream.rest()
        await work
    values = [event.json()["value"] for event in heard if event.name == "progress"]
    assert values == sorted(values)
    assert {event.name for event in heard[:-1]} <= {"progress", "preview"}
    end = told(heard[-1], "completed", run)["result"]
    assert (end["tokens"], end["usage"]["output"] > 0) == (end["usage"]["input"] + end["usage"]["output"], True)


async def test_previews_carry_the_whole_text_and_come_at_most_twice_a_second(
    vera: httpx.AsyncClient, studio: Studio, world: World
) -> None:
    claim = await running(studio, world)
    live = LiveText(studio.live, run_topic(claim.run.id), "text")
    async with listening(vera, events_of(claim.run)) as stream:
        await stream.until("progress")

        async def write() -> None:
            for number in range(24):
                live.add(f"word{number} ")
                await asyncio.sleep(0.05)
            await live.close()

        writing = asyncio.ensure_future(write())
        came: list[float] = []
        text = ""
        while text != live.text or not writing.done():
            text = (await stream.until("preview")).json()["markdown"]
            came.append(monotonic())
            assert live.text.startswith(text)
    between = [later - earlier for earlier, later in pairwise(came)]
    assert len(came) >= 3
    assert min(between) > 0.4


async def test_who_comes_back_hears_only_what_is_new(vera: httpx.AsyncClient, studio: Studio, world: World) -> None:
    claim = await running(studio, world)
    run, topic = claim.run, run_topic(claim.run.id)
    await studio.live.changed(topic)
    await studio.live.send(topic, Event("text:text", 0, "One lamp"))
    async with listening(vera, events_of(run)) as stream:
        told(await stream.next(), "progress", run)
        last = await stream.next()
        assert told(last, "preview", run)["markdown"] == "One lamp"
    assert last is not None
    async with listening(vera, events_of(run), after=last.id) as stream:
        await stream.begun()
        await studio.live.send(topic, Event("text:text", 8, " and another"))
        news = await stream.next()
        assert told(news, "preview", run)["markdown"] == "One lamp and another"
    async with listening(vera, events_of(run), after=last.id) as stream:
        told(await stream.next(), "progress", run)
        assert await stream.next() == news


async def test_nothing_new_is_nothing_sent(vera: httpx.AsyncClient, studio: Studio, world: World) -> None:
    claim = await running(studio, world)
    await studio.live.changed(run_topic(claim.run.id))
    async with listening(vera, events_of(claim.run)) as stream:
        last = await stream.next()
    assert last is not None
    async with listening(vera, events_of(claim.run), after=last.id) as stream:
        assert await stream.silence(0.5)


async def test_a_silent_stream_is_kept_alive(world: World, studio: Studio, strict_web_server: str) -> None:
    run = await submitted(studio, world)
    headers = await bearer(world.vera, world.lamps)
    async with Browser(strict_web_server) as vera, listening(vera.http, events_of(run), headers=headers) as stream:
        await stream.until("progress")
        beat = told(await stream.next(), "heartbeat", run)
    assert datetime.fromisoformat(beat["timestamp"]).tzinfo is not None


async def test_a_stream_ends_when_its_token_is_revoked(world: World, studio: Studio, strict_web_server: str) -> None:
    run = await submitted(studio, world)
    headers = await bearer(world.vera, world.lamps)
    async with Browser(strict_web_server) as vera, listening(vera.http, events_of(run), headers=headers) as stream:
        await stream.until("heartbeat")
        assert await revoke_token(headers["Authorization"].split()[1])
        assert {heard.name for heard in await stream.rest()} <= {"heartbeat"}


async def test_the_address_that_a_submit_gives_needs_no_header(world: World, studio: Studio, web_server: str) -> None:
    async with Browser(web_server, headers=await bearer(world.colin, world.lamps)) as colin:
        asked = (await colin.http.post("/api/v1/generations", json=PAGE)).json()
    async with Browser(web_server) as nobody, listening(nobody.http, asked["sseUrl"]) as stream:
        heard = await stream.next()
    assert heard is not None
    assert heard.json()["jobId"] == asked["jobId"]


async def test_a_regenerated_run_is_previewed_without_its_earlier_text(
    vera: httpx.AsyncClient, studio: Studio, world: World
) -> None:
    claim = await claimed(await submitted(studio, world))
    topic = run_topic(claim.run.id)
    await studio.live.send(topic, Event("text:text", 0, "The first text"))
    run = await finish(claim)
    await regenerate(studio, run)
    async with listening(vera, events_of(run)) as stream:
        told(await stream.next(), "progress", run)
        again_claimed = await claimed(await again(run))
        await studio.live.send(topic, Event("text:text", 0, "The second"))
        assert told(await stream.until("preview"), "preview", run)["markdown"] == "The second"
        await finish(again_claimed, "The second text")
        await studio.live.changed(topic)
        assert (await stream.until("completed")).json()["result"]["markdown"] == "The second text"
