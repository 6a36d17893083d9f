"""What the sweep mends: runs that nobody has, messages that never came, calls that nobody booked."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import asyncpg
import pytest
import redis.asyncio

from app.database import execute, fetch, fetchrow, fetchval
from app.queue.claim import Claim, claim_next
from app.queue.steer import cancel
from app.queue.sweep import MOST_LOST_LEASES, SWEEP_LOCK, Swept, sweep
from app.queue.work import Workplace, work_on_one
from app.runs.checkpoints import Bill, Call, begin_call, store_checkpoint
from app.runs.fence import LostLease
from app.runs.progress import untouched
from app.runs.tables import Lane, Run, Status
from app.runs.transitions import put_back
from app.spending.ledger import differences
from app.spending.prices import Tokens, cost_of
from app.studio import Studio
from tests.world import World, again, balances, submitted


@pytest.fixture
async def lock(studio: Studio) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(studio.settings.database_url)
    yield connection
    await connection.close()


async def claimed(worker: str = "worker") -> Claim:
    claim = await claim_next(worker, 15, 1_000)
    assert claim is not None
    return claim


async def calling(claim: Claim) -> Call:
    return await begin_call(claim.fence, claim.run, "text", prompt_tokens=300, expected_output_tokens=100)


async def silent(run: Run) -> None:
    """Its worker has not been heard of for longer than its lease."""
    await execute("update run set lease_until = now() - interval '1 second' where id = $1", run.id)


async def held_by_runs() -> Decimal:
    total: Decimal = await fetchval("select sum(reserved) from run")
    return total


async def books_agree(world: World) -> None:
    assert await differences() == []
    _, reserved = await balances(world.lamps)
    assert Decimal(reserved) == await held_by_runs()
    row = await fetchrow(
        "select sum(cost) as runs, (select coalesce(sum(counted), 0) from cost_event) as calls from run"
    )
    assert row is not None
    assert row["runs"] == row["calls"]


async def test_a_scheduled_run_starts_on_time(studio: Studio, world: World, lock: asyncpg.Connection) -> None:
    due = await submitted(studio, world, scheduledFor="2999-01-01T00:00:00Z", priority="low")
    later = await submitted(studio, world, scheduledFor="2999-01-01T00:00:00Z")
    await execute("update run set scheduled_for = now() where id = $1", due.id)
    assert (await sweep(studio, lock)).started_on_time == 1
    started = await again(due)
    assert started.status == Status.QUEUED
    assert started.queued_at is not None
    assert started.promote_at is not None
    assert (await again(later)).status == Status.SCHEDULED


async def test_a_retry_becomes_available_and_is_woken(studio: Studio, world: World, lock: asyncpg.Connection) -> None:
    run = await submitted(studio, world)
    await put_back((await claimed()).fence, delay=60)
    assert (await sweep(studio, lock)).became_available == 0
    await execute("update run set available_at = now() where id = $1", run.id)
    assert (await sweep(studio, lock)).became_available == 1
    assert (await claimed()).run.id == run.id


async def test_lost_messages_are_sent_again_and_no_more_than_needed(
    studio: Studio, world: World, lock: asyncpg.Connection
) -> None:
    for _ in range(3):
        await submitted(studio, world)
    assert (await sweep(studio, lock)).woken == 0
    client = redis.asyncio.Redis.from_url(studio.settings.redis_url)
    await client.flushdb()
    await client.aclose()
    assert (await sweep(studio, lock)).woken == 3
    assert (await sweep(studio, lock)).woken == 0


async def test_who_waits_long_goes_up_one_lane_at_a_time(
    studio: Studio, world: World, lock: asyncpg.Connection
) -> None:
    run = await submitted(studio, world, priority="low")
    assert (await sweep(studio, lock)).promoted == 0
    for lane in (Lane.NORMAL, Lane.HIGH):
        await execute("update run set promote_at = now() where id = $1", run.id)
        assert (await sweep(studio, lock)).promoted == 1
        assert Lane((await again(run)).lane) is lane
    assert (await again(run)).promote_at is None
    assert (await sweep(studio, lock)).promoted == 0


async def test_a_silent_workers_run_goes_back_without_using_an_attempt_and_fails_the_fifth_time(
    studio: Studio, world: World, lock: asyncpg.Connection
) -> None:
    run = await submitted(studio, world)
    for times in range(1, MOST_LOST_LEASES + 1):
        await claimed()
        await silent(run)
        assert (await sweep(studio, lock)).given_back == 1
        lost = await again(run)
        assert (lost.attempts, lost.lost_leases) == (0, times)
    assert (lost.status, lost.error_code) == (Status.FAILED, "GENERATION_ERROR")
    assert lost.error_message
    await sweep(studio, lock)
    assert (await again(run)).reserved == 0
    await books_agree(world)


async def test_a_dead_workers_call_is_booked_as_what_was_expected_of_it(
    studio: Studio, world: World, lock: asyncpg.Connection
) -> None:
    run = await submitted(studio, world)
    await calling(await claimed())
    await silent(run)
    assert (await sweep(studio, lock)).booked == 1
    event = await fetchrow("select input_tokens, output_tokens, is_estimate from cost_event where run = $1", run.id)
    assert event is not None
    assert tuple(event.values()) == (300, 100, True)
    assert (await sweep(studio, lock)).booked == 0
    await books_agree(world)


async def test_the_call_of_a_living_worker_is_left_to_it(
    studio: Studio, world: World, lock: asyncpg.Connection
) -> None:
    """The run was given back and taken again: only the first worker's call is nobody's."""
    run = await submitted(studio, world)
    dead = await calling(await claimed("first"))
    await silent(run)
    await execute("update run set status = 'queued', lease_token = null where id = $1", run.id)
    living = await claimed("second")
    call = await calling(living)
    assert (await sweep(studio, lock)).booked == 1
    assert await fetchval("select outcome from provider_call where id = $1", dead.id) == "worker lost"
    tokens = Tokens(input=300, output=90)
    bill = Bill(tokens, cost_of(call.provider, call.model, tokens, unknown=Decimal("0.1")))
    await store_checkpoint(living.fence, call, "The text.", call.model, bill, untouched())
    await books_agree(world)
    assert await fetchval("select count(*) from cost_event") == 2


async def test_a_call_that_was_booked_for_a_worker_cannot_be_stored_by_it(
    studio: Studio, world: World, lock: asyncpg.Connection
) -> None:
    await submitted(studio, world)
    claim = await claimed()
    call = await calling(claim)
    await execute("update provider_call set ended_at = now() where id = $1", call.id)
    tokens = Tokens(input=300, output=90)
    bill = Bill(tokens, cost_of(call.provider, call.model, tokens, unknown=Decimal("0.1")))
    with pytest.raises(LostLease):
        await store_checkpoint(claim.fence, call, "The text.", call.model, bill, untouched())
    assert await fetchval("select count(*) from checkpoint") == 0
    await books_agree(world)


async def test_what_was_canceled_under_a_dead_worker_is_booked_and_only_then_given_back(
    studio: Studio, world: World, lock: asyncpg.Connection
) -> None:
    run = await submitted(studio, world)
    await calling(await claimed())
    await cancel(studio, await again(run))
    held = (await again(run)).reserved
    assert held == run.reserved  # nobody knows yet what the open call costs
    assert (await sweep(studio, lock)).booked == 0  # its worker may live, and book what it really saw
    await execute("update run set cancel_requested_at = now() - interval '11 seconds' where id = $1", run.id)
    assert (await sweep(studio, lock)).booked == 1
    canceled = await again(run)
    assert canceled.reserved == 0
    assert canceled.cost > 0
    await books_agree(world)


async def test_only_one_sweeps_at_a_time(studio: Studio, world: World, lock: asyncpg.Connection) -> None:
    run = await submitted(studio, world)
    await claimed()
    await silent(run)
    other = await asyncpg.connect(studio.settings.database_url)
    try:
        assert await other.fetchval("select pg_try_advisory_lock($1)", SWEEP_LOCK)
        assert await sweep(studio, lock) == Swept()
    finally:
        await other.close()
    assert (await again(run)).status == Status.RUNNING


async def test_every_waiting_run_is_worked_on_without_a_sweep_although_a_limit_binds(
    place: Workplace, world: World
) -> None:
    """More threads than places: those who find no place end, and whoever ends wakes another one."""
    narrow = replace(place, studio=replace(place.studio, settings=replace(place.studio.settings, runs_per_project=2)))
    for _ in range(12):
        await submitted(narrow.studio, world)
    await messages_are_worked_on(narrow, threads=6)
    assert {row["status"] for row in await fetch("select status from run")} == {Status.COMPLETED}


async def messages_are_worked_on(place: Workplace, threads: int) -> None:
    """As Dramatiq does it: each thread takes a message and works, until no message is left and nobody works."""
    client = redis.asyncio.Redis.from_url(place.studio.settings.redis_url)
    at_work = 0

    async def thread() -> None:
        nonlocal at_work
        while True:
            if await client.lpop("dramatiq:runs") is not None:
                at_work += 1
                await work_on_one(place, None, lambda _: None)
                at_work -= 1
            elif not at_work:
                return
            else:
                await asyncio.sleep(0.01)

    await asyncio.gather(*(thread() for _ in range(threads)))
    await client.aclose()
