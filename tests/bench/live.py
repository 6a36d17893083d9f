"""What people see happen: from the moment something is announced to the moment a real browser shows it."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from playwright.async_api import Page, async_playwright

from app.database import execute
from app.live.events import STATE, Event, run_topic
from app.live.publish import Publisher
from tests.bench import asking
from tests.bench.figures import Minimum, Row
from tests.bench.installation import PATIENCE, PROJECT, Installation
from tests.browser import installed_chromium

EVENTS = 200
PAUSES = (0.02, 0.09)  # seconds between two events: faster and slower than a worker sends them
WORDS = "warm light made to last "
FIRST_TOKENS = 20
USUAL_SPEED = 60  # tokens per second
TEXT = "text:text"
BROWSER_FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
WATCHER = Path(__file__).with_name("watcher.js").read_text()

Seen = dict[str, Any]


async def publish_to_dom(press: Installation) -> list[Row]:
    """Events of a run whose provider keeps silent, so that all there is to see comes from here."""
    await press.staff(1)
    press.demo.reset()
    press.demo.hold()
    async with press.api() as api, _browser_page(press) as page:
        run = await asking.submit(api, asking.text("lamps that wait"))
        await asyncio.to_thread(press.demo.wait_for, lambda calls: calls and calls[-1]["held"])
        texts = await _text_events(press, page, run)
        states = await _state_events(press, page, run)
        await api.delete(f"/generations/{run}")
    press.demo.release()
    limit = Minimum(100, of=99)
    return [Row("a few words more", texts, minimum=limit), Row("the run's state", states, minimum=limit)]


async def first_token(press: Installation) -> list[Row]:
    """A browser sits on the page of a run whose provider then begins to answer at its usual speed."""
    await press.staff(1)
    press.demo.reset()
    values: dict[str, list[float]] = {"text": [], "page": []}
    async with press.api() as api, _browser_page(press) as page:
        for number in range(FIRST_TOKENS):
            kind = "page" if number % 4 == 3 else "text"
            values[kind].append(await _first_token_of(press, page, await _held_run(press, api, kind, number)))
    limit = Minimum(300, of=100)
    return [Row("of a text", values["text"], minimum=limit), Row("of a page", values["page"], minimum=limit)]


async def _held_run(press: Installation, api: Any, kind: str, number: int) -> UUID:
    press.demo.reset()
    press.demo.hold()
    fields = asking.page(f"first-{number}") if kind == "page" else asking.text(f"first words, no. {number}")
    run = await asking.submit(api, fields)
    calls = 6 if kind == "page" else 1
    await asyncio.to_thread(press.demo.wait_for, lambda log: sum(call["held"] for call in log) == calls)
    return run


async def _first_token_of(press: Installation, page: Page, run: UUID) -> float:
    await _open(press, page, run)
    press.demo.speed(USUAL_SPEED)
    await asyncio.to_thread(press.demo.release)
    seen = await _until(page, lambda seen: seen["firsts"])
    sent = min(_epoch(call["first_chunk_at"]) for call in press.demo.calls() if call["first_chunk_at"])
    press.demo.speed(0)
    first: float = min(seen["firsts"].values())
    return first - sent * 1000


async def _text_events(press: Installation, page: Page, run: UUID) -> list[float]:
    offset = 0

    async def send(publisher: Publisher, number: int) -> None:
        nonlocal offset
        words = f"{WORDS}mark{number} "
        await publisher.send(run_topic(run), Event(TEXT, offset, words))
        offset += len(words)

    return await _measured(press, page, run, "text", send)


async def _state_events(press: Installation, page: Page, run: UUID) -> list[float]:
    """Includes the write that is announced: the page shows what is in the database."""

    async def send(publisher: Publisher, number: int) -> None:
        await execute("update run set title = $2 where id = $1", run, f"Title mark{number}")
        await publisher.send(run_topic(run), STATE)

    return await _measured(press, page, run, "title", send)


async def _measured(
    press: Installation, page: Page, run: UUID, place: str, send: Callable[[Publisher, int], Awaitable[None]]
) -> list[float]:
    """Milliseconds from just before each sending to the change of that place of the page."""
    await _open(press, page, run)
    publisher, sent = Publisher(press.redis), []
    for number in range(EVENTS):
        sent.append(time.time() * 1000)
        await send(publisher, number)
        await asyncio.sleep(random.uniform(*PAUSES))
    seen = await _until(page, lambda seen: len(seen[place]) == EVENTS)
    return [shown - at for shown, at in zip(seen[place], sent, strict=True)]


async def _open(press: Installation, page: Page, run: UUID) -> None:
    await page.goto(f"{press.press.url}/p/{PROJECT}/runs/{run}")
    await _until(page, lambda seen: seen["connected"])


async def _until(page: Page, condition: Callable[[Seen], object]) -> Seen:
    latest = time.monotonic() + PATIENCE
    while not condition(seen := await page.evaluate("window.benchSeen")):
        if time.monotonic() > latest:
            raise TimeoutError(f"the page never showed it: {seen}")
        await asyncio.sleep(0.05)
    return dict(seen)


@asynccontextmanager
async def _browser_page(press: Installation) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=installed_chromium(), args=list(BROWSER_FLAGS))
        context = await browser.new_context()
        await context.add_init_script(WATCHER)
        page = await context.new_page()
        await page.goto(press.sign_in_link())
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/desk")
        yield page
        await browser.close()


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
