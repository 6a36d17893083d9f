"""The page of one run in each of its states, and what can be done there."""

import re

import pytest
from lxml.html import HtmlElement

from app.database import execute, fetchval
from app.errors import ContentRejected, ProviderTransient, TokenLimitExceeded
from app.live.events import Event, run_topic
from app.queue.steer import cancel, regenerate
from app.queue.work import Workplace, work_on_one
from app.runs.progress import StageRecord, dump, untouched
from app.runs.tables import Run, StageStatus, Status
from app.studio import Studio
from tests.browsing import Browser, one, page, scripts, shown, text
from tests.runs.making import FLAGGED, HOSTILE, RUNS, claimed, completed, failed, finish, running, waiting_for_a_retry
from tests.world import PAGE, WRITE, World, again, balances, set_limit, submitted


async def look(browser: Browser, run: Run, query: str = "") -> HtmlElement:
    answer = await browser.get(f"{RUNS}/{run.id}{query}")
    assert answer.status_code == 200, answer.text[-500:]
    tree = page(answer)
    assert scripts(tree) == []
    return tree


def actions(tree: HtmlElement) -> set[str]:
    """What can be done to the run, by the last part of each form's address."""
    return {form.get("action").rsplit("/", 1)[1] for form in tree.xpath("//main//form[@method='post']")}


class TestARun:
    async def test_that_waits(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await submitted(studio, world)
        tree = await look(colin, run)
        assert "Queued" in shown(tree, "head")
        assert "It is next." in shown(tree, "waiting")
        assert "Number 1 in the queue" in shown(tree, "waiting")
        assert actions(tree) == {"cancellation"}
        assert "Somebody is waiting for it" in shown(tree, "lane")
        assert one(tree, "//*[@id='live']").get("hx-sse:connect") == f"{RUNS}/{run.id}/stream"

    async def test_that_is_scheduled(self, colin: Browser, studio: Studio, world: World) -> None:
        tree = await look(colin, await submitted(studio, world, scheduledFor="2999-01-01T09:00:00Z"))
        assert "Scheduled" in shown(tree, "head")
        assert "It starts at 01 Jan 2999, 09:00 UTC." in shown(tree, "waiting")

    async def test_that_tries_again_later(self, colin: Browser, studio: Studio, world: World) -> None:
        tree = await look(colin, await waiting_for_a_retry(studio, world))
        assert re.fullmatch(
            r"The provider did not finish, so it tries again at \d\d:\d\d:\d\d UTC\.", shown(tree, "waiting")
        )
        assert actions(tree) == {"cancellation"}
        assert tree.xpath("//a[contains(., 'un again')]") == []

    async def test_that_tries_again_shows_no_stage_as_failed(
        self, colin: Browser, studio: Studio, world: World
    ) -> None:
        run = await waiting_for_a_retry(studio, world)
        stages = tuple(
            StageRecord(name=stage.name, status=StageStatus.FAILED, total=6) if number == 2 else stage
            for number, stage in enumerate(untouched())
        )
        await execute("update run set stages = $2 where id = $1", run.id, dump(stages))
        tree = await look(colin, run)
        assert tree.xpath("//*[@id='stages']//li[contains(@class, 'failed')]") == []
        assert "Write components tries again" in shown(tree, "stages")

    async def test_that_is_being_written(self, colin: Browser, studio: Studio, world: World) -> None:
        claim = await running(studio, world)
        await studio.live.send(run_topic(claim.run.id), Event("text:text", 0, "The **first** <b>words</b>"))
        tree = await look(colin, claim.run)
        assert "Writing" in shown(tree, "head")
        assert "The first <b>words</b>" in shown(tree, "output")
        assert re.search(r"1 of 2 · \d", shown(tree, "stages"))
        assert one(tree, "//*[@id='stages']/ol").get("aria-label") == "Progress: 45 %"
        assert actions(tree) == {"cancellation"}

    async def test_that_is_finished(self, colin: Browser, place: Workplace, world: World) -> None:
        run = await submitted(place.studio, world, PAGE)
        await work_on_one(place, None, lambda _: None)
        await execute("update run set needs_review = false")
        tree = await look(colin, run)
        assert "Ready" in shown(tree, "head")
        assert actions(tree) == {"regeneration"}
        assert "6 calls to the provider" in shown(tree, "receipt")
        assert "Spent" in shown(tree, "receipt")
        assert "tokens used" in shown(tree, "context")
        assert "checks" in shown(tree, "checks") or "passed" in shown(tree, "checks")
        assert len(tree.xpath("//*[@id='stages']//li[@class='completed']")) == 7
        assert tree.xpath("//a[contains(., 'Run again')]/@href") == [f"/p/lamps/generate?from={run.id}"]
        for link in tree.xpath("//a[@download]/@href"):
            assert (await colin.get(link)).status_code == 200

    async def test_that_a_check_has_flagged(self, colin: Browser, studio: Studio, world: World) -> None:
        tree = await look(colin, await completed(studio, world, verdicts=(FLAGGED,)))
        assert "Flagged" in shown(tree, "head")
        assert "1 to look at, 0 passed" in shown(tree, "checks")
        assert "A mark was left: <b>{{ name }}</b>." in shown(tree, "checks")

    @pytest.mark.parametrize(
        ("error", "next_step"),
        [
            (ProviderTransient("<script>alert(1)</script> failed."), "Try again."),
            (TokenLimitExceeded("It is too long."), "ask for less text"),
            (ContentRejected("It was declined."), "Change the wording"),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
    )
    async def test_that_has_failed(
        self, colin: Browser, studio: Studio, world: World, error: ProviderTransient, next_step: str
    ) -> None:
        run = await failed(studio, world, error)
        tree = await look(colin, run)
        assert "Failed" in shown(tree, "head")
        told = shown(tree, "error")
        assert "It failed at “Write components”" in told
        assert error.message in told
        assert next_step in told
        assert error.code in told
        assert actions(tree) == {"retry"}
        assert tree.xpath(f"//a[@href='/p/lamps/generate?from={run.id}']") == tree.xpath("//*[@id='error']//a")
        signal = "Retry" if error.retryable else "Change and run again"
        assert [text(button) for button in tree.xpath("//main//*[contains(@class, 'go')]")] == [signal]
        assert [text(form) for form in tree.xpath("//main//form[@method='post']")] == ["Retry"]

    async def test_that_went_up_a_lane_says_why(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await submitted(studio, world, priority="low")
        assert "Why low" in shown(await look(colin, run), "lane")
        await execute("update run set lane = 1, promotions = 1 where id = $1", run.id)
        told = shown(await look(colin, run), "lane")
        assert "Why normal" in told
        assert "It has waited long: one lane up" in told

    async def test_that_was_canceled(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await submitted(studio, world)
        await cancel(studio, run)
        tree = await look(colin, run)
        assert "Canceled" in shown(tree, "head")
        assert actions(tree) == set()
        assert len(tree.xpath(f"//*[@id='head']//a[@href='/p/lamps/generate?from={run.id}']")) == 1
        assert shown(tree, "component-text") == "Text · not written"

    async def test_that_was_canceled_while_it_was_being_written(
        self, colin: Browser, studio: Studio, world: World
    ) -> None:
        claim = await running(studio, world)
        await studio.live.send(run_topic(claim.run.id), Event("text:text", 0, "Half a sen"))
        await cancel(studio, claim.run)
        tree = await look(colin, claim.run)
        assert "stopped at 1 of 2" in shown(tree, "stages")
        assert shown(tree, "component-text") == "Text · stopped Half a sen"
        assert tree.xpath("//*[contains(@class, 'failed') or contains(@class, 'writing')]") == []

    async def test_whose_text_is_hostile(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await completed(studio, world, HOSTILE, fields=WRITE | {"instruction": HOSTILE})
        tree = await look(colin, run)
        assert tree.xpath("//main//img") == []
        assert "{{ 7*7 }} {% include 'web/error.html' %}" in shown(tree, "output")
        assert one(tree, "//textarea[@id='result-source']").text.strip() == HOSTILE
        for path in (RUNS, "/p/lamps/desk"):
            assert scripts(page(await colin.get(path))) == []

    async def test_with_two_revisions_shows_each(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await completed(studio, world, "The first text")
        await regenerate(studio, run)
        assert "The first text" in shown(await look(colin, run, "?revision=1"), "output")
        assert "The first text" not in shown(await look(colin, run), "output")
        await finish(await claimed(await again(run)), "The second text")
        first, newest = await look(colin, run, "?revision=1"), await look(colin, run)
        assert "The first text" in shown(first, "output")
        assert "The second text" in shown(newest, "output")
        assert first.xpath("//*[@id='live']") == []
        assert [text(item)[:2] for item in newest.xpath("//*[@id='revisions']//li")] == ["2.", "1."]
        download = first.xpath("//a[@download]/@href")[0]
        assert (await colin.get(download)).text == "The first text"

    @pytest.mark.parametrize("revision", ["7", "0", "-1", "99999999999999"])
    async def test_has_no_revision_that_was_never_written(
        self, colin: Browser, studio: Studio, world: World, revision: str
    ) -> None:
        run = await completed(studio, world)
        for path in (f"{RUNS}/{run.id}", f"{RUNS}/{run.id}/download/md"):
            assert (await colin.get(f"{path}?revision={revision}")).status_code == 404

    @pytest.mark.parametrize("name", ["1", "%00", "💡", "..%2f", "x" * 3000, "0199a1b2-0000-7000-8000-000000000000"])
    async def test_that_is_not_there(self, colin: Browser, name: str) -> None:
        for path in (f"{RUNS}/{name}", f"{RUNS}/{name}/stream", f"{RUNS}/{name}/download/md"):
            assert (await colin.get(path)).status_code == 404

    @pytest.mark.parametrize("slug", ["%00", "💡", "x" * 3000, "LAMPS", "lamps%20", "'"])
    async def test_in_a_project_that_is_not_there(self, colin: Browser, slug: str) -> None:
        assert (await colin.get(f"/p/{slug}/runs")).status_code == 404


class TestActions:
    async def test_canceling_gives_the_money_back_and_says_so(
        self, colin: Browser, studio: Studio, world: World
    ) -> None:
        run = await submitted(studio, world)
        answer = await colin.send(f"{RUNS}/{run.id}/cancellation")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{RUNS}/{run.id}")
        assert "went back to the budget." in shown(await look(colin, run), "flash")
        assert shown(await look(colin, run), "flash") == ""
        assert (await again(run)).status == Status.CANCELED
        assert await balances(world.lamps) == ("0", "0")
        await colin.send(f"{RUNS}/{run.id}/cancellation")
        assert "It had ended already." in shown(await look(colin, run), "flash")

    async def test_retrying_queues_it_again(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await failed(studio, world)
        answer = await colin.send(f"{RUNS}/{run.id}/retry", htmx=True)
        assert (answer.status_code, answer.headers["hx-redirect"]) == (200, f"{RUNS}/{run.id}")
        assert ((await again(run)).status, (await again(run)).attempts) == (Status.QUEUED, 0)

    async def test_regenerating_keeps_the_text_that_was_there(
        self, colin: Browser, studio: Studio, world: World
    ) -> None:
        run = await completed(studio, world)
        assert (await colin.send(f"{RUNS}/{run.id}/regeneration")).status_code == 303
        assert ((await again(run)).status, (await again(run)).round) == (Status.QUEUED, 2)
        assert await fetchval("select count(*) from revision") == 1

    @pytest.mark.parametrize("htmx", [False, True])
    async def test_what_does_not_fit_its_state_is_a_conflict_in_words(
        self, colin: Browser, studio: Studio, world: World, htmx: bool
    ) -> None:
        run = await submitted(studio, world)
        for action in ("retry", "regeneration"):
            answer = await colin.send(f"{RUNS}/{run.id}/{action}", htmx=htmx)
            assert answer.status_code == 409
            assert "This run has moved on meanwhile." in answer.text
        assert (await again(run)).status == Status.QUEUED

    async def test_what_does_not_fit_the_budget_is_refused_in_words(
        self, colin: Browser, studio: Studio, world: World
    ) -> None:
        run = await failed(studio, world)
        await set_limit(world.lamps, "0.00001")
        answer = await colin.send(f"{RUNS}/{run.id}/retry")
        assert answer.status_code == 402
        assert "left this month" in answer.text
        assert (await again(run)).status == Status.FAILED

    @pytest.mark.parametrize("action", ["cancellation", "retry", "regeneration"])
    async def test_nothing_is_done_by_looking(self, colin: Browser, studio: Studio, world: World, action: str) -> None:
        run = await completed(studio, world)
        assert (await colin.get(f"{RUNS}/{run.id}/{action}")).status_code == 405
        assert (await again(run)).to_dict() == run.to_dict()
