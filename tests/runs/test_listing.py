"""The list of runs as a question to the database: how much it reads for its answer."""

import pytest

from app.database import execute_script, fetchval, transaction
from app.projects.tables import Project
from app.runs.listing import LOOK_THROUGH, Filters, list_runs
from app.runs.tables import Run
from app.studio import Studio
from tests.runs.making import copies
from tests.world import WRITE, World, submitted

FEW, MANY = 5, 5 * LOOK_THROUGH


async def titles(project: Project, filters: Filters, limit: int = FEW) -> list[str]:
    return [listed.run.title for listed in (await list_runs(project.id, filters, limit)).runs]


async def runs_read(project: Project, filters: Filters) -> int:
    """How many rows of the table PostgreSQL has looked at, by its own count.

    Forbidden to sort it walks along ``id``, as it does by itself in a large table where it takes a word for common.
    """
    count = "select seq_tup_read + coalesce(idx_tup_fetch, 0) from pg_stat_xact_user_tables where relname = 'run'"
    async with transaction():
        await execute_script("set local enable_sort = off")
        before = await fetchval(count)
        await list_runs(project.id, filters, FEW)
        return int(await fetchval(count) - before)


@pytest.fixture
async def history(studio: Studio, world: World) -> Project:
    """One oldest run, and thousands of others after it."""
    oldest = await submitted(studio, world, WRITE | {"instruction": "Brass lanterns"})
    await copies(oldest, MANY, "Lamp")
    await execute_script(
        "update run set title = title || ' ' || left(id::text, 8) where title like 'Lamp%'; analyze run"
    )
    return world.lamps


async def test_a_search_in_a_long_history_looks_at_little_of_it(history: Project) -> None:
    assert await titles(history, Filters(words="brass lant")) == ["Brass lanterns"]
    assert await titles(history, Filters(words="brass", status="completed")) == []
    for words in ("brass", "nothing", "nothing lamp", "!!!", "lamp"):
        assert await runs_read(history, Filters(words=words)) <= LOOK_THROUGH + 2 * FEW, words


async def test_pages_of_a_search_follow_each_other_through_all_of_it(history: Project, world: World) -> None:
    page = await list_runs(history.id, Filters(words="lamp"), 150)
    found = [listed.run.id for listed in page.runs]
    while page.next:
        page = await list_runs(history.id, Filters(words="lamp", before=page.next), 150)
        found += [listed.run.id for listed in page.runs]
    assert len(set(found)) == MANY
    assert found == sorted(found, reverse=True)


async def test_a_search_stays_within_its_project(studio: Studio, world: World) -> None:
    await submitted(studio, world, WRITE | {"instruction": "Brass lamp"})
    assert await titles(world.chairs, Filters(words="brass")) == []
    for part in (str(world.lamps.id), str(world.lamps.id)[:8], str(world.lamps.id)[:2]):
        assert await titles(world.lamps, Filters(words=part)) == []


async def test_what_a_run_was_asked_for_in_full_is_not_read_for_a_list(studio: Studio, world: World) -> None:
    run = await submitted(studio, world)
    (listed,) = (await list_runs(world.lamps.id, Filters(), FEW)).runs
    assert (listed.run.id, listed.run.title, listed.run.created_at) == (run.id, run.title, run.created_at)
    assert listed.run.inputs == Run.inputs.default
