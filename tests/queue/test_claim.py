"""Who is next: lane, fairness, kind, score, age; and how many at a time."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from app.database import execute, fetchval
from app.queue.claim import Claim, claim_next, claim_this
from app.queue.submit import submit
from app.runs.tables import Status
from app.studio import Studio
from tests.world import WRITE, World, again, asked, submitted

NO_LIMIT = 1_000
REWRITE = {"action": "REWRITE", "text": "Lamps are good."}
DESCRIBE = {"action": "DESCRIBE", "instruction": "A lamp"}


async def claim(limit: int = NO_LIMIT) -> Claim | None:
    return await claim_next("worker", 15, limit)


async def everybody_in_order() -> list[UUID]:
    claimed = []
    while (taken := await claim()) is not None:
        claimed.append(taken.run.id)
    return claimed


async def test_lane_then_kind_then_score_then_age(studio: Studio, world: World) -> None:
    def heavy(skus: int) -> dict[str, Any]:
        return {"priority": "normal", "metadata": {"skuCount": skus}}

    low = await submitted(studio, world, priority="low")
    describe = await submitted(studio, world, DESCRIBE, priority="normal")
    older = await submitted(studio, world, **heavy(1))
    younger = await submitted(studio, world, **heavy(1))
    heavier = await submitted(studio, world, **heavy(5_000))
    rewrite = await submitted(studio, world, REWRITE, priority="normal")
    high = await submitted(studio, world, priority="high")
    bulk = await submitted(studio, world, REWRITE, priority="high")
    await execute("update run set is_interactive = false where id = $1", bulk.id)
    expected = [high, bulk, rewrite, heavier, older, younger, describe, low]
    assert await everybody_in_order() == [run.id for run in expected]


async def test_projects_take_turns(studio: Studio, world: World) -> None:
    ours = [await submitted(studio, world) for _ in range(3)]
    theirs = (await submit(studio, await asked(world.chairs, WRITE), member=world.otto)).run
    order = await everybody_in_order()
    assert theirs.id in order[:2]
    assert [run for run in order if run != theirs.id] == [run.id for run in ours]


async def test_a_claim_is_a_lease_with_an_attempt(studio: Studio, world: World) -> None:
    run = await submitted(studio, world)
    taken = await claim()
    assert taken is not None
    stored = await again(run)
    assert (stored.status, stored.attempts, stored.claims, stored.worker) == (Status.RUNNING, 1, 1, "worker")
    assert stored.lease_token == taken.fence.token
    assert await fetchval("select lease_until > now() + interval '10 seconds' from run where id = $1", run.id)
    assert await claim() is None


async def test_a_projects_limit_holds_however_many_ask_at_once(studio: Studio, world: World) -> None:
    runs = [await submitted(studio, world) for _ in range(20)]
    taken = await asyncio.gather(*(claim(limit=5) for _ in range(40)))
    assert sum(each is not None for each in taken) == 5
    assert len({each.run.id for each in taken if each}) == 5
    waiting = [run for run in runs if (await again(run)).status == Status.QUEUED]
    assert await claim_this(waiting[0].id, "worker", 15, 5) is None
    assert await claim_this(waiting[0].id, "worker", 15, 6) is not None


async def test_another_project_is_not_held_up_by_a_full_one(studio: Studio, world: World) -> None:
    for _ in range(3):
        await submitted(studio, world)
    assert await claim(limit=1) is not None
    assert await claim(limit=1) is None
    theirs = (await submit(studio, await asked(world.chairs, WRITE), member=world.otto)).run
    taken = await claim(limit=1)
    assert taken is not None
    assert taken.run.id == theirs.id


@pytest.mark.parametrize("later", ["available_at = now() + interval '1 minute'", "status = 'scheduled'"])
async def test_what_is_not_available_yet_is_passed_over(studio: Studio, world: World, later: str) -> None:
    run = await submitted(studio, world)
    await execute(f"update run set {later} where id = $1", run.id)
    assert await claim() is None
    assert await claim_this(run.id, "worker", 15, NO_LIMIT) is None


async def test_a_retry_whose_time_has_come_is_taken_by_its_name(studio: Studio, world: World) -> None:
    first, second = await submitted(studio, world), await submitted(studio, world)
    await execute("update run set available_at = now() - interval '1 second' where id = $1", second.id)
    taken = await claim_this(second.id, "worker", 15, NO_LIMIT)
    assert taken is not None
    assert taken.run.id == second.id
    assert (await again(first)).status == Status.QUEUED


async def test_a_run_that_somebody_has_locked_is_left_to_them(studio: Studio, world: World) -> None:
    locked, free = await submitted(studio, world), await submitted(studio, world)
    somebody = await asyncpg.connect(studio.settings.database_url)
    try:
        async with somebody.transaction():
            await somebody.execute("select 1 from run where id = $1 for update", locked.id)
            taken = await asyncio.wait_for(claim(), 5)
        assert taken is not None
        assert taken.run.id == free.id
    finally:
        await somebody.close()
