"""The Desk and the way to it."""

from collections.abc import AsyncIterator

import pytest

from app.accounts.members import grant
from app.accounts.tables import Role
from app.database import execute
from app.studio import Studio
from tests.browsing import Browser, one, page, text
from tests.listening import listening
from tests.runs.making import FLAGGED, completed, copies, failed, running
from tests.world import WRITE, World, session_of, submitted

DESK = "/p/lamps/desk"


@pytest.fixture
async def mara(world: World, web_server: str) -> AsyncIterator[Browser]:
    async with Browser(web_server, await session_of(world.mara)) as browser:
        yield browser


async def test_the_front_door_leads_to_ones_desk(mara: Browser, world: World) -> None:
    assert (await mara.get("/")).headers["location"] == DESK
    await execute("delete from membership where member = $1", world.mara)
    await grant(world.mara, world.chairs.id, Role.VIEWER)
    assert (await mara.get("/")).headers["location"] == "/p/chairs/desk"


async def test_a_fresh_desk_says_what_to_do(mara: Browser) -> None:
    tree = page(await mara.get(DESK))
    assert "An empty desk" in text(one(tree, "//main"))
    assert len(tree.xpath("//main//a[contains(@href, '/generate')]")) == 1


async def test_a_fresh_desk_becomes_a_full_one_when_the_first_run_is_asked_for(
    mara: Browser, studio: Studio, world: World
) -> None:
    stream_url = one(page(await mara.get(DESK)), "//*[@id='live']").get("hx-sse:connect")
    async with listening(mara.http, stream_url) as stream:
        assert "An empty desk" in (await stream.until("")).data
        await submitted(studio, world)
        heard = ""
        while "On the press" not in heard:
            heard = (await stream.until("")).data
        assert "An empty desk" not in heard
        assert "1 waiting" in heard


async def test_what_needs_somebody_what_runs_and_what_is_finished(mara: Browser, studio: Studio, world: World) -> None:
    await failed(studio, world, fields=WRITE | {"instruction": "Broken"})
    await completed(studio, world, fields=WRITE | {"instruction": "Doubtful"}, verdicts=(FLAGGED,))
    await completed(studio, world, fields=WRITE | {"instruction": "Fine"})
    await running(studio, world, WRITE | {"instruction": "Under way"})
    await submitted(studio, world)
    tree = page(await mara.get(DESK))
    needs, press, finished = (text(tree.get_element_by_id(name)) for name in ("needs", "press", "finished"))
    assert ["Broken" in needs, "The provider failed." in needs, "Doubtful" in needs, "Fine" in needs] == [True] * 3 + [
        False
    ]
    assert ["Under way" in press, "45 %" in press, "1 waiting behind it" in press] == [True] * 3
    assert ["Fine" in finished, "Broken" in finished] == [True, False]
    assert [text(count) for count in tree.xpath("//nav//*[contains(@class, 'count')]")] == ["2 to look at", "2"]


async def test_of_many_the_first_few_are_shown_and_all_are_counted(mara: Browser, studio: Studio, world: World) -> None:
    await copies(await failed(studio, world), 10)
    tree = page(await mara.get(DESK))
    assert len(tree.xpath("//*[@id='needs']//li")) == 8
    assert tree.xpath("//*[@id='needs']//a[contains(., 'All 11')]/@href") == ["/p/lamps/runs?status=failed"]


async def test_the_budget_is_always_in_sight(mara: Browser, studio: Studio, world: World) -> None:
    await submitted(studio, world)
    for path in (DESK, "/p/lamps/runs", "/p/lamps/generate"):
        meter = text(page(await mara.get(path)).get_element_by_id("meter"))
        assert "$0.00 of $200" in meter, path


async def test_other_projects_are_a_choice_and_show_nothing_here(mara: Browser, studio: Studio, world: World) -> None:
    await submitted(studio, world, WRITE | {"instruction": "Secret of the lamps"})
    await grant(world.mara, world.chairs.id, Role.OWNER)
    tree = page(await mara.get("/p/chairs/desk"))
    assert tree.xpath("//details[@data-menu]//a/@href") == ["/p/chairs/desk", DESK]
    assert "Secret" not in text(tree)


async def test_a_name_of_a_project_is_text(mara: Browser, world: World) -> None:
    await execute("update project set name = '<script>alert(1)</script>' where id = $1", world.lamps.id)
    tree = page(await mara.get(DESK))
    assert "<script>alert(1)</script>" in text(one(tree, "//header"))


async def test_demo_content_is_labelled(mara: Browser) -> None:
    label = text(one(page(await mara.get(DESK)), "//aside[contains(@class, 'demo')]"))
    assert "invented by the demo provider" in label
