"""What a run costs in time beside its provider: one alone, and as many as a worker can do."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx

from app.database import fetchval
from tests.bench import asking
from tests.bench.figures import Minimum, Row
from tests.bench.installation import PATIENCE, Installation

PAGES = 40
TEXTS = 40
BULK = 200
WARM_UP = 5
# Tokens per second of each call: as fast as it goes, and with time between the tokens as real providers have it.
SPEEDS = {"at once": 0, "400 tokens/s": 400}
ADDED = Minimum(150, of=95)

Parts = dict[str, float]


@dataclass(frozen=True, slots=True)
class Moments:
    """Seconds since the epoch, in the order in which they come."""

    asked: float
    started: float
    first_call: float
    last_answer: float
    completed: float
    told: float

    @property
    def parts(self) -> Parts:
        return {
            "asked → a worker has it": self.started - self.asked,
            "→ the provider has the first call": self.first_call - self.started,
            "the provider's last word → completed": self.completed - self.last_answer,
            "→ told to the client": self.told - self.completed,
        }


async def added_to_a_page(press: Installation) -> list[Row]:
    """One run after the other on an idle system: from sending the request to hearing that it is completed."""
    await press.staff(1)
    rows: list[Row] = []
    for label, speed in SPEEDS.items():
        press.demo.reset()
        press.demo.speed(speed)
        async with press.api() as api:
            names = [f"added-{speed}-{number}" for number in range(PAGES if not speed else PAGES // 2)]
            await _page_run(press, api, f"warm-{speed}")
            rows += _rows_of([await _page_run(press, api, name) for name in names], label)
    return rows


async def submit_to_start(press: Installation) -> list[Row]:
    await press.staff(1)
    press.demo.reset()
    values = []
    async with press.api() as api:
        for number in range(TEXTS + WARM_UP):
            asked = time.time()
            run = await asking.submit(api, asking.text(f"idle lamps, no. {number}"))
            await asking.until_completed(api, run)
            values.append(1000 * (await _of_run(run, "started_at") - asked))
    return [Row("on an idle system", values[WARM_UP:])]


async def throughput(press: Installation) -> list[Row]:
    """From the moment at which the provider, which kept all of them waiting, answers at once."""
    rows = []
    for workers in (1, 2):
        await press.staff(workers)
        press.demo.reset()
        press.demo.hold()
        async with press.api() as api:
            await submit_all(api, (asking.text(f"bulk {workers}, no. {n}", words=20) for n in range(BULK)))
        began = time.time()
        press.demo.release()
        await until_all_ended()
        ended: datetime = await fetchval("select max(completed_at) from run")
        rate = BULK / (ended.timestamp() - began)
        rows.append(Row(f"{workers} worker process{'es' if workers > 1 else ''}", [rate], "runs/s"))
    return rows


async def submit_all(api: httpx.AsyncClient, wanted: Iterable[dict[str, Any]]) -> list[UUID]:
    return [await asking.submit(api, fields) for fields in wanted]


async def until_all_ended() -> None:
    latest = time.monotonic() + 2 * PATIENCE
    while left := await fetchval("select count(*) from run where status in ('queued', 'running')"):
        if time.monotonic() > latest:
            raise TimeoutError(f"{left} runs did not end")
        await asyncio.sleep(0.1)


async def _page_run(press: Installation, api: httpx.AsyncClient, name: str) -> Moments:
    asked = time.time()
    run = await asking.submit(api, asking.page(name))
    told = await asking.until_completed(api, run)
    calls = await asyncio.to_thread(press.demo.calls, f"/{name}")
    return Moments(
        asked=asked,
        started=await _of_run(run, "started_at"),
        first_call=min(_epoch(call["started_at"]) for call in calls),
        last_answer=max(_epoch(call["ended_at"]) for call in calls),
        completed=await _of_run(run, "completed_at"),
        told=told,
    )


def _rows_of(runs: list[Moments], label: str) -> list[Row]:
    parts: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        for name, seconds in run.parts.items():
            parts[name].append(seconds * 1000)
    added = [sum(values) for values in zip(*parts.values(), strict=True)]
    provider = [(run.last_answer - run.first_call) * 1000 for run in runs]
    return [
        Row(f"added, provider writes {label}", added, minimum=ADDED),
        *(Row(f"  {name}", values) for name, values in parts.items()),
        Row("  (the provider's own time)", provider),
    ]


async def _of_run(run: UUID, column: str) -> float:
    moment: datetime = await fetchval(f"select {column} from run where id = $1", run)
    return moment.timestamp()


def _epoch(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
