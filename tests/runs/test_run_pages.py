"""The page of one run in each of its states, the list of runs, and a run as a file."""

from collections.abc import AsyncIterator
from urllib.parse import parse_qs, quote, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.html import HtmlElement

from app.database import execute, fetchval
from app.errors import ContentRejected, ProviderTransient, TokenLimitExceeded
from app.quality.contract import Outcome, Verdict
from app.queue.steer import cancel, regenerate
from app.queue.work import Workplace, work_on_one
from app.runs.download import LONGEST_NAME, file_name
from app.runs.tables import Run, Status
from app.studio import Studio
from tests.browsing import Browser, one, page, scripts, text
from tests.listening import listening
from tests.runs.making import claimed, completed, copies, failed, finish, running, waiting_for_a_retry
from tests.world import PAGE, WRITE, World, again, balances, session_of, set_limit, submitted

RUNS = "/p/lamps/runs"
FLAGGED = Verdict("leftovers", "Leftovers", Outcome.FLAGGED, "A mark was left: <b>{{ name }}</b>.", ("{{ name }}",))
HOSTILE = (
    "# <script>alert(1)</script>\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![x](https://evil.example/x.png)"
    "\n\n{{ 7*7 }} {% include 'web/error.html' %} <!-- --> </textarea><script>alert(2)</script> 💡 مصباح"
)


@pytest.fixture
async def colin(world: World, web_server: str) -> AsyncIterator[Browser]:
    async with Browser(web_server, await session_of(world.colin)) as browser:
        yield browser


async def look(browser: Browser, run: Run, query: str = "") -> HtmlElement:
    answer = await browser.get(f"{RUNS}/{run.id}{query}")
    assert answer.status_code == 200, answer.text[-500:]
    tree = page(answer)
    assert scripts(tree) == []
    return tree


def actions(tree: HtmlElement) -> set[str]:
    """What can be done to the run, by the last part of each form's address."""
    return {form.get("action").rsplit("/", 1)[1] for form in tree.xpath("//main//form[@method='post']")}


def shown(tree: HtmlElement, name: str) -> str:
    element = tree.get_element_by_id(name)
    return "" if element.get("hidden") is not None else text(element)


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
        assert "The provider failed. It failed in passing and tries again at" in shown(tree, "waiting")
        assert actions(tree) == {"cancellation"}

    async def test_that_is_being_written(self, colin: Browser, studio: Studio, world: World) -> None:
        from app.live.events import Event, run_topic

        claim = await running(studio, world)
        await studio.live.send(run_topic(claim.run.id), Event("text:text", 0, "The **first** <b>words</b>"))
        tree = await look(colin, claim.run)
        assert "Writing" in shown(tree, "head")
        assert "The first <b>words</b>" in shown(tree, "output")
        assert "1 of 2" in shown(tree, "stages")
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
        assert f"/p/lamps/generate?from={run.id}" in tree.xpath("//*[@id='error']//a/@href")

    async def test_that_was_canceled(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await submitted(studio, world)
        await cancel(studio, run)
        tree = await look(colin, run)
        assert "Canceled" in shown(tree, "head")
        assert actions(tree) == set()

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


class TestDownloads:
    @pytest.mark.parametrize(
        ("ending", "kind", "has"),
        [
            ("md", "text/markdown", "## A lamp\n\nIt **shines**."),
            ("html", "text/html", "<h2>A lamp</h2>\n<p>It <strong>shines</strong>.</p>"),
            ("txt", "text/plain", "A lamp\n\nIt shines."),
        ],
    )
    async def test_in_each_format(
        self, colin: Browser, studio: Studio, world: World, ending: str, kind: str, has: str
    ) -> None:
        run = await completed(studio, world)
        answer = await colin.get(f"{RUNS}/{run.id}/download/{ending}")
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"
        assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''A%20short%20guide")
        assert has in answer.text

    @pytest.mark.parametrize("ending", ["pdf", "exe", "%00", "", "md.exe", "MD"])
    async def test_not_in_others(self, colin: Browser, studio: Studio, world: World, ending: str) -> None:
        run = await completed(studio, world)
        assert (await colin.get(f"{RUNS}/{run.id}/download/{ending}")).status_code in (404, 405)

    async def test_not_before_there_is_a_text(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await submitted(studio, world)
        assert (await colin.get(f"{RUNS}/{run.id}/download/md")).status_code == 404

    async def test_of_a_hostile_text_in_another_language(self, colin: Browser, studio: Studio, world: World) -> None:
        title = '"; filename="evil.exe" <script>alert(1)</script>'
        run = await completed(studio, world, HOSTILE, fields=WRITE | {"instruction": title}, language="zh")
        answer = await colin.get(f"{RUNS}/{run.id}/download/html")
        tree = page(answer)
        assert scripts(tree) == []
        assert tree.get("lang") == "zh"
        assert tree.findtext("head/title") == title
        name = unquote(answer.headers["content-disposition"].removeprefix("attachment; filename*=UTF-8''"))
        assert not set(name) & set('"<>/\\;:')


@given(st.text(), st.sampled_from(["md", "html", "txt"]))
def test_a_file_name_is_never_more_than_a_name(title: str, ending: str) -> None:
    name = file_name(title, ending)
    assert name.endswith(f".{ending}")
    assert not name.startswith((".", " ", "-"))
    assert not set(name) & set("/\\:*?\"<>|\0\n\r\t;'`$")
    assert len(name.encode()) <= LONGEST_NAME + 5
    assert name.isprintable()
    assert quote(name)


@pytest.mark.parametrize("title", ["..", "../../etc/passwd", "", " . ", "\u202egpj.exe", "CON\x00", "-rf"])
def test_a_hostile_title_leaves_a_harmless_file_name(title: str) -> None:
    name = file_name(title, "md")
    assert "/" not in name
    assert not name.startswith((".", "-"))
    assert name.isprintable()


def titles(tree: HtmlElement) -> list[str]:
    return [text(link) for link in tree.xpath("//*[@id='list']//a[@class='title']")]


class TestTheList:
    async def test_without_runs_says_what_to_do(self, colin: Browser) -> None:
        tree = page(await colin.get(RUNS))
        assert "No runs yet" in shown(tree, "list")
        assert tree.xpath("//*[@id='filters']") == []

    async def test_has_the_newest_first_with_their_state(self, colin: Browser, studio: Studio, world: World) -> None:
        await completed(studio, world, fields=WRITE | {"instruction": "First"})
        await failed(studio, world, fields=WRITE | {"instruction": "Second"})
        await submitted(studio, world, WRITE | {"instruction": "Third"})
        tree = page(await colin.get(RUNS))
        assert titles(tree) == ["Third", "Second", "First"]
        rows = [text(row) for row in tree.xpath("//*[@id='list']//tbody/tr")]
        assert ["Queued" in rows[0], "The provider failed." in rows[1], "Ready" in rows[2]] == [True] * 3
        assert all("mara@example.com" in row for row in rows)

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("status=failed", {"Failed"}),
            ("status=flagged", {"Flagged"}),
            ("status=completed", {"Ready", "Flagged"}),
            ("status=active", {"Waiting", "Page"}),
            ("kind=page", {"Page"}),
            ("kind=text&status=active", {"Waiting"}),
            ("q=wait", {"Waiting"}),
            ("q=READY", {"Ready"}),
            ("status=nonsense", set()),
            ("kind=' or 1=1 --", set()),
            ("member=nobody", set()),
            ("q=nothing+like+it", set()),
        ],
    )
    async def test_can_be_narrowed(
        self, colin: Browser, studio: Studio, world: World, query: str, expected: set[str]
    ) -> None:
        await failed(studio, world, fields=WRITE | {"instruction": "Failed"})
        await completed(studio, world, fields=WRITE | {"instruction": "Ready"})
        await completed(studio, world, fields=WRITE | {"instruction": "Flagged"}, verdicts=(FLAGGED,))
        await submitted(studio, world, WRITE | {"instruction": "Waiting"})
        await submitted(studio, world, PAGE | {"targetUrl": "https://shop.example/page"})
        tree = page(await colin.get(f"{RUNS}?{query}"))
        assert set(titles(tree)) == expected
        assert ("Nothing matches" in shown(tree, "list")) is not bool(expected)
        for name, values in parse_qs(query).items():
            chosen = one(tree, f"//*[@id='filters']//*[@name='{name}']")
            assert chosen.value in (values[0], "", None) or chosen.tag == "select"

    async def test_of_a_member_has_their_runs(self, colin: Browser, studio: Studio, world: World) -> None:
        await submitted(studio, world)
        assert len(titles(page(await colin.get(f"{RUNS}?member={world.mara}")))) == 1
        assert titles(page(await colin.get(f"{RUNS}?member={world.colin}"))) == []

    @pytest.mark.parametrize(
        "title",
        [
            "Desk-lamps by O'Brien",
            "Version 2.5 of shop.example/lamps",
            "Straße und Öl",
            "مصباح مكتب",
            "a & b | c ! d",
            "50 % off",
        ],
    )
    async def test_is_searched_by_any_word_of_a_title(
        self, colin: Browser, studio: Studio, world: World, title: str
    ) -> None:
        await submitted(studio, world)
        await submitted(studio, world, WRITE | {"instruction": title})
        words = [word for word in title.split() if any(letter.isalnum() for letter in word)]
        for search in (title, *words):
            tree = page(await colin.get(RUNS, params={"q": search}))
            assert title in titles(tree), search
            assert one(tree, "//input[@name='q']").value == search

    @pytest.mark.parametrize(
        "search", ["'", "!!!", "💡", "a:*", "<->", "& |", "x" * 5000, "\\'", "') or 1=1", "'; select 1", "½²"]
    )
    async def test_a_search_for_odd_things_finds_nothing_and_breaks_nothing(
        self, colin: Browser, studio: Studio, world: World, search: str
    ) -> None:
        await submitted(studio, world, WRITE | {"instruction": "Lamp"})
        answer = await colin.get(RUNS, params={"q": search})
        assert answer.status_code == 200
        assert titles(page(answer)) == []
        assert scripts(page(answer)) == []

    async def test_goes_on_by_key_without_gap_or_repeat(self, colin: Browser, studio: Studio, world: World) -> None:
        run = await completed(studio, world, fields=WRITE | {"instruction": "Copy 000"})
        await copies(run, 119)
        seen: list[str] = []
        path: str | None = f"{RUNS}?status=completed"
        while path:
            tree = page(await colin.get(path))
            seen += titles(tree)
            following = tree.xpath("//a[@rel='next']/@href")
            if following and len(seen) == 50:
                await submitted(studio, world)  # what comes meanwhile moves nothing
            path = following[0] if following else None
            assert path is None or parse_qs(urlsplit(path).query)["status"] == ["completed"]
        assert len(seen) == len(set(seen)) == 120
        assert tree.xpath("//a[contains(., 'Newest')]/@href") == [f"{RUNS}?status=completed"]

    @pytest.mark.parametrize("query", ["status=%00", "kind=%00", "member=%00", "q=%00", "status=failed&status=%00"])
    async def test_a_filter_of_nothing_but_nul_is_none(self, colin: Browser, query: str) -> None:
        assert (await colin.get(f"{RUNS}?{query}")).status_code == 200

    @pytest.mark.parametrize("before", ["1", "%00", "x" * 300])
    async def test_from_a_key_that_is_none_begins_at_the_beginning(
        self, colin: Browser, studio: Studio, world: World, before: str
    ) -> None:
        await submitted(studio, world)
        assert len(titles(page(await colin.get(f"{RUNS}?before={before}")))) == 1


class TestStreams:
    """One stream a page: what changed, ready to be swapped in."""

    @pytest.mark.parametrize("place_", ["desk", "runs", "runs?status=completed"])
    async def test_a_page_hears_of_a_run(self, colin: Browser, studio: Studio, world: World, place_: str) -> None:
        path = f"/p/lamps/{place_.replace('runs', 'runs/stream') if 'runs' in place_ else 'desk/stream'}"
        run = await completed(studio, world, fields=WRITE | {"instruction": "Heard of"})
        async with listening(colin.http, path) as stream:
            first = await stream.next()
            assert first is not None
            assert "Heard of" in first.data
            assert "<hx-partial" in first.data
            await completed(studio, world, fields=WRITE | {"instruction": "Heard next <b>"})
            await studio.live.changed(f"project:{world.lamps.id}")
            while "Heard next &lt;b&gt;" not in (await stream.until("")).data:
                continue
        assert (await again(run)).status == Status.COMPLETED

    async def test_signing_out_ends_it(self, studio: Studio, world: World, strict_web_server: str) -> None:
        cookies = await session_of(world.colin)
        async with (
            Browser(strict_web_server, cookies) as colin,
            listening(colin.http, "/p/lamps/desk/stream") as stream,
        ):
            await stream.until("heartbeat")
            await execute("delete from session")
            assert {heard.name for heard in await stream.rest()} <= {"heartbeat", ""}
