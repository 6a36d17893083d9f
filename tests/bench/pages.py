"""How long the web server takes for a page or a form, and how many questions it asks the database for it."""

import time
from collections.abc import Awaitable, Callable

import httpx

from app.database import execute_script, fetchval
from tests.bench import asking, runs
from tests.bench.figures import Minimum, Row
from tests.bench.installation import PROJECT, Installation

READINGS = 100
POSTS = 300
ESTIMATES = 100
LISTED = 60  # runs: the list of runs is longer than one page
POSTED = Minimum(50, of=99)
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}
FORM = {
    "kind": "page",
    "pageType": "category",
    "targetUrl": "https://shop.example/lamps/brass-desk-lamps",
    "keywords": "brass desk lamp\ndimmable",
    "facts": "Models: 42\nArm: 45 cm\nWarranty: 5 years",
    "language": "en",
}


async def reading(press: Installation) -> list[Row]:
    await press.staff(1)
    press.demo.reset()
    async with press.api() as api, press.signed_in() as browser:
        await runs.submit_all(api, (asking.text(f"reading, no. {number}", words=20) for number in range(LISTED)))
        run = await asking.submit(api, asking.page("reading"))
        await asking.until_completed(api, run)
        await runs.until_all_ended()
        await press.staff(0, scheduler=False)
        await execute_script("create extension if not exists pg_stat_statements")
        paths = {"Desk": "desk", "Generate": "generate", "Runs": "runs", "Run": f"runs/{run}"}
        rows = []
        for name, path in paths.items():
            rows += await _page_rows(name, browser, f"/p/{PROJECT}/{path}")
    return rows


async def posting(press: Installation) -> list[Row]:
    """Without a worker, so that only the web server is measured."""
    await press.staff(0, scheduler=False)
    async with press.signed_in() as browser:
        form = {**FORM, "_csrf_token": browser.cookies["csrftoken"]}

        async def generate() -> httpx.Response:
            return await browser.post(f"/p/{PROJECT}/generate", data=form)

        async def estimate() -> httpx.Response:
            return await browser.post(f"/p/{PROJECT}/generate/estimate", data=form, headers=PARTIAL)

        return [
            Row("Generate, pressed", await _timed(generate, POSTS, 303), minimum=POSTED),
            Row("the estimate while typing", await _timed(estimate, ESTIMATES, 200)),
        ]


async def _page_rows(name: str, browser: httpx.AsyncClient, path: str) -> list[Row]:
    async def read() -> httpx.Response:
        return await browser.get(path)

    await _timed(read, 3, 200)
    await execute_script("select pg_stat_statements_reset()")
    values = await _timed(read, READINGS, 200)
    return [Row(name, values), Row("  statements", [await _statements() / READINGS], "each")]


async def _statements() -> int:
    """Since the last reset, without what is said about connections, transactions and this question."""
    asked: int = await fetchval(
        """select coalesce(sum(calls), 0)::int from pg_stat_statements
        where query !~* '^(begin|commit|select pg_|close |unlisten |reset )|pg_stat'"""
    )
    return asked


async def _timed(ask: Callable[[], Awaitable[httpx.Response]], times: int, status: int) -> list[float]:
    values = []
    for _ in range(times):
        began = time.perf_counter()
        answer = await ask()
        values.append(1000 * (time.perf_counter() - began))
        if answer.status_code != status:
            raise RuntimeError(f"answered {answer.status_code}: {answer.text[:300]}")
    return values
