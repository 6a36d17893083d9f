"""A worker's runs: their leases are renewed whatever happens, and they are stopped when somebody else has them."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from app.database import execute, fetchval
from app.queue.claim import Claim, claim_next
from app.queue.steer import cancel
from app.queue.under_way import StopReason, UnderWay
from app.queue.work import Workplace, work_on_one
from app.runs.tables import Status
from app.studio import Studio
from tests.world import PAGE, World, again, submitted

PATIENCE = 10.0


@pytest.fixture
async def under_way(studio: Studio) -> AsyncIterator[UnderWay]:
    made = UnderWay(lease_seconds=15)
    async with made.kept_alive():
        yield made


class Held:
    """A task that holds a run until it is stopped."""

    def __init__(self, under_way: UnderWay, claim: Claim) -> None:
        self.reason: StopReason | None = None
        self.task = asyncio.create_task(self._hold(under_way, claim))

    async def _hold(self, under_way: UnderWay, claim: Claim) -> None:
        with under_way.hold(claim.fence):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self.reason = under_way.reason(claim.fence)


async def claimed() -> Claim:
    claim = await claim_next("worker", 15, 1_000)
    assert claim is not None
    return claim


async def lease_was_renewed(run: UUID) -> None:
    await execute("update run set lease_until = now() - interval '1 second' where id = $1", run)
    async with asyncio.timeout(PATIENCE):
        while not await fetchval("select lease_until > now() from run where id = $1", run):
            await asyncio.sleep(0.05)


async def test_a_canceled_run_is_stopped_at_once(studio: Studio, world: World, under_way: UnderWay) -> None:
    run = await submitted(studio, world)
    held = Held(under_way, await claimed())
    await lease_was_renewed(run.id)  # by now it listens
    await cancel(studio, await again(run))
    await asyncio.wait_for(held.task, 1)
    assert held.reason is StopReason.LOST


async def test_a_locked_row_holds_up_no_other_lease_and_is_not_lost(
    studio: Studio, world: World, under_way: UnderWay
) -> None:
    locked, free = await submitted(studio, world), await submitted(studio, world)
    first, second = Held(under_way, await claimed()), Held(under_way, await claimed())
    somebody = await asyncpg.connect(studio.settings.database_url)
    try:
        async with somebody.transaction():
            await somebody.execute("select 1 from run where id = $1 for update", locked.id)
            await lease_was_renewed(free.id)
            assert not first.task.done()
    finally:
        await somebody.close()
    await lease_was_renewed(locked.id)
    await under_way.drain(0.01)
    assert {first.reason, second.reason} == {StopReason.SHUTDOWN}


async def test_a_cut_connection_is_made_anew(studio: Studio, world: World, under_way: UnderWay) -> None:
    run = await submitted(studio, world)
    held = Held(under_way, await claimed())
    await lease_was_renewed(run.id)
    await execute(
        """select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and query like '%skip locked%' and pid <> pg_backend_pid()"""
    )
    await lease_was_renewed(run.id)
    await cancel(studio, await again(run))
    await asyncio.wait_for(held.task, PATIENCE)
    assert held.reason is StopReason.LOST


async def test_a_run_that_is_claimed_while_the_worker_stops_goes_back(place: Workplace, world: World) -> None:
    """The worker is asked to stop between the claim's question and its answer."""
    run = await submitted(place.studio, world)
    gate = await asyncpg.connect(place.studio.settings.database_url)
    try:
        async with gate.transaction():
            await gate.execute("select pg_advisory_xact_lock(7405117)")  # the claim waits for its turn
            task = asyncio.ensure_future(work_on_one(replace(place), None, lambda _: None))
            async with asyncio.timeout(PATIENCE):
                while not await gate.fetchval("select count(*) from pg_locks where not granted"):
                    await asyncio.sleep(0.01)
            await place.under_way.drain(0.01)
        await asyncio.wait_for(task, PATIENCE)
    finally:
        await gate.close()
    back = await again(run)
    assert (back.status, back.attempts) == (Status.QUEUED, 0)


async def test_whenever_a_run_is_stopped_no_call_is_left_open(place: Workplace, world: World) -> None:
    """Also between the moment that a call is recorded and the moment that we know it."""
    for milliseconds in range(0, 40, 2):
        run = await submitted(place.studio, world, PAGE)
        task = asyncio.ensure_future(work_on_one(place, None, lambda _: None))
        async with asyncio.timeout(PATIENCE):
            while not await fetchval("select claims from run where id = $1", run.id):
                await asyncio.sleep(0)
        await asyncio.sleep(milliseconds / 1000)
        await cancel(place.studio, await again(run))
        await asyncio.wait_for(task, PATIENCE)
        assert await fetchval("select count(*) from provider_call where ended_at is null") == 0
        assert (await again(run)).reserved == 0
