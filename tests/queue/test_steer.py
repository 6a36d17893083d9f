"""What people do to a run, at moments when it still holds money."""

from typing import Any

import pytest

from app.database import execute, fetchval
from app.errors import Conflict
from app.queue.claim import Claim, claim_next
from app.queue.steer import cancel, regenerate, retry
from app.queue.work import Workplace, work_on_one
from app.runs.checkpoints import begin_call
from app.runs.tables import Run, Status
from app.spending.ledger import differences
from app.studio import Studio
from tests.demo_provider import DemoProvider
from tests.world import PAGE, World, again, submitted


async def claimed_with_an_open_call() -> Claim:
    claim = await claim_next("worker that dies", 15, 1_000)
    assert claim is not None
    await begin_call(claim.fence, claim.run, "text", prompt_tokens=300, expected_output_tokens=100)
    return claim


async def held_as_runs_hold_it() -> bool:
    same: bool = await fetchval("select (select sum(reserved) from budget) = (select sum(reserved) from run)")
    return same and await differences() == []


async def completed(place: Workplace, world: World, fields: dict[str, Any] | None = None) -> Run:
    run = await submitted(place.studio, world, fields)
    await work_on_one(place, None, lambda _: None)
    return await again(run)


async def test_a_regeneration_that_was_canceled_under_a_dead_worker_is_begun_again(
    place: Workplace, world: World
) -> None:
    run = await completed(place, world)
    await regenerate(place.studio, run)
    await claimed_with_an_open_call()
    await cancel(place.studio, await again(run))
    assert (await again(run)).reserved > 0  # its open call is not booked yet
    await regenerate(place.studio, await again(run))
    assert await held_as_runs_hold_it()


async def test_a_run_that_lost_its_last_worker_is_tried_again_before_it_was_booked(
    studio: Studio, world: World
) -> None:
    run = await submitted(studio, world)
    await claimed_with_an_open_call()
    await execute("update run set status = 'failed', lease_token = null where id = $1", run.id)
    await retry(studio, await again(run))
    assert await held_as_runs_hold_it()


async def test_one_part_is_written_anew_after_a_canceled_regeneration(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    run = await completed(place, world, PAGE)
    await regenerate(place.studio, run)
    await cancel(place.studio, await again(run))
    calls = len(demo_provider.calls())
    await regenerate(place.studio, await again(run), component="faq")
    await work_on_one(place, None, lambda _: None)
    assert (await again(run)).status == Status.COMPLETED
    assert [call["component"] for call in demo_provider.calls()[calls:]] == ["faq"]
    with pytest.raises(Conflict):
        await regenerate(place.studio, await again(run), component="jingle")
    assert (await again(run)).status == Status.COMPLETED
