"""The list of runs: filters, search, pages by key, and its live stream."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from lxml.html import HtmlElement

from app.database import execute
from app.queue.steer import cancel
from app.runs.tables import Status
from app.studio import Studio
from tests.browsing import Browser, one, page, scripts, shown, text
from tests.listening import listening
from tests.runs.making import FLAGGED, RUNS, completed, copies, failed, waiting_for_a_retry
from tests.world import PAGE, WRITE, World, again, session_of, submitted


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

    async def test_says_of_each_what_happened(self, colin: Browser, studio: Studio, world: World) -> None:
        await submitted(studio, world, scheduledFor="2999-12-24T09:00:00Z")
        await waiting_for_a_retry(studio, world)
        await completed(studio, world)
        await cancel(studio, await submitted(studio, world))
        await submitted(studio, world)
        told = [text(cell) for cell in page(await colin.get(RUNS)).xpath("//td[@class='what']")]
        assert re.fullmatch(r"Tries again at \d\d:\d\d:\d\d UTC", told.pop(3))
        assert told == [
            "Starts in line", "Stopped before it began", "All checks passed", "Starts 24 Dec 2999, 09:00 UTC",
        ]  # fmt: skip

    async def test_of_one_member_does_not_name_them(self, colin: Browser, studio: Studio, world: World) -> None:
        await submitted(studio, world)
        await execute("delete from membership where project = $1 and member <> $2", world.lamps.id, world.colin)
        tree = page(await colin.get(RUNS))
        assert "@example.com" not in shown(tree, "list")
        assert tree.xpath("//select[@name='member']") == []

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
        await submitted(studio, world, PAGE | {"targetUrl": "https://shop.example/page", "keywords": []})
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

    @pytest.mark.parametrize("place", ["desk/stream", "generate/stream", "runs/stream", "runs/stream?status=completed"])
    async def test_a_page_hears_of_a_run(self, colin: Browser, studio: Studio, world: World, place: str) -> None:
        path = f"/p/lamps/{place}"
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
