"""An attempt at a run, from the claim to its end: against the real provider protocol, on the real database."""

import asyncio
from collections.abc import Awaitable
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest

from app.database import execute, fetch, fetchval
from app.errors import Conflict
from app.queue.claim import claim_next
from app.queue.steer import cancel, regenerate, retry
from app.queue.sweep import sweep
from app.queue.work import FailedForGood, TryAgain, Workplace, backoff, work_on_one
from app.runs.fence import LostLease
from app.runs.progress import load
from app.runs.tables import Run, StageStatus, Status
from app.spending.ledger import differences
from app.studio import Studio
from tests.demo_provider import DemoProvider
from tests.world import PAGE, World, again, balances, submitted

COMPONENTS = {"title", "meta_description", "h1", "intro", "sections", "faq"}


def work(place: Workplace, bound: UUID | None = None) -> Awaitable[None]:
    return work_on_one(place, bound, lambda _: None)


async def money_is_settled(world: World, run: Run) -> None:
    spent, reserved = await balances(world.lamps)
    costs = await fetchval("select coalesce(sum(counted), 0) from cost_event where run = $1", run.id)
    assert Decimal(spent) == costs
    assert Decimal(reserved) == 0
    assert await differences() == []


async def test_a_page_is_written_checked_paid_and_stored(place: Workplace, world: World) -> None:
    run = await submitted(place.studio, world, PAGE)
    await work(place)
    done = await again(run)
    assert done.status == Status.COMPLETED
    assert done.percentage == 100
    assert [stage.status for stage in load(done.stages)] == [StageStatus.COMPLETED] * 7
    markdown = await fetchval("select markdown from revision where run = $1", run.id)
    assert "brass desk lamp" in markdown.casefold()
    events = await fetch("select component, amount, is_estimate from cost_event where run = $1", run.id)
    assert {event["component"] for event in events} == COMPONENTS
    assert done.cost == sum(event["amount"] for event in events) > 0
    assert not any(event["is_estimate"] for event in events)
    await money_is_settled(world, run)


async def test_components_are_written_at_the_same_time(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.hold(after_chunks=1)
    run = await submitted(place.studio, world, PAGE)
    task = asyncio.ensure_future(work(place))
    calls = await asyncio.to_thread(demo_provider.wait_for, lambda calls: len(calls) == 6)
    assert {call["component"] for call in calls} == COMPONENTS
    demo_provider.release()
    await task
    assert (await again(run)).status == Status.COMPLETED


async def test_working_twice_does_nothing_the_second_time(place: Workplace, world: World) -> None:
    run = await submitted(place.studio, world)
    await work(place)
    first = await again(run)
    await work(place)
    await work(place, run.id)
    second = await again(run)
    assert first.to_dict() == second.to_dict()
    assert await fetchval("select count(*) from cost_event") == 1


@pytest.mark.parametrize("fault", ["500", "cut", "reset"])
async def test_a_passing_fault_is_tried_again_and_keeps_what_was_finished(
    place: Workplace, world: World, demo_provider: DemoProvider, fault: str
) -> None:
    demo_provider.fault(fault, match="Write: faq", times=1, after_chunks=3)
    run = await submitted(place.studio, world, PAGE)
    with pytest.raises(TryAgain):
        await work(place)
    waiting = await again(run)
    assert (waiting.status, waiting.attempts) == (Status.QUEUED, 1)
    assert waiting.available_at is not None
    assert waiting.error_message
    assert await fetchval("select count(*) from checkpoint where run = $1", run.id) == 5
    await eventually_works(place, run)
    calls = [call["component"] for call in demo_provider.calls()]
    assert sorted(calls) == sorted([*COMPONENTS, "faq"])
    await money_is_settled(world, run)


async def outcome_of_an_attempt(place: Workplace, run: Run) -> type[Exception] | None:
    """Waits until the run is available."""
    attempts = (await again(run)).attempts
    while (await again(run)).attempts == attempts:
        try:
            await work(place, run.id)
        except (TryAgain, FailedForGood) as outcome:
            return type(outcome)
    return None


async def eventually_works(place: Workplace, run: Run) -> None:
    while (await again(run)).status == Status.QUEUED:
        await work(place, run.id)
    assert (await again(run)).status == Status.COMPLETED


async def test_a_rate_limit_is_waited_out_as_long_as_the_provider_says(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.fault("429", retry_after=7)
    await submitted(place.studio, world)
    with pytest.raises(TryAgain) as again_later:
        await work(place)
    assert again_later.value.delay >= 7


async def test_the_last_attempt_fails_for_good_and_gives_the_money_back(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.fault("500", times=99)
    run = await submitted(place.studio, world)
    outcomes = [await outcome_of_an_attempt(place, run) for _ in range(3)]
    assert outcomes == [TryAgain, TryAgain, FailedForGood]
    failed = await again(run)
    assert (failed.status, failed.attempts, failed.error_stage) == (Status.FAILED, 3, "component-generation")
    assert failed.error_retryable
    await money_is_settled(world, run)


async def test_a_provider_without_a_key_is_told_as_a_model_that_is_not_available(
    place: Workplace, world: World
) -> None:
    run = await submitted(place.studio, world, model="gpt-6-luna")
    await execute("update run set provider = 'nobody' where id = $1", run.id)
    with pytest.raises(TryAgain):
        await work(place)
    assert (await again(run)).error_code == "MODEL_UNAVAILABLE"


async def test_a_failed_run_goes_on_from_its_checkpoints(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.fault("500", match="Write: faq", times=3)
    run = await submitted(place.studio, world, PAGE)
    while (await again(run)).status == Status.QUEUED:
        try:
            await work(place, run.id)
        except (TryAgain, FailedForGood):
            continue
    assert (await again(run)).status == Status.FAILED
    await retry(place.studio, await again(run))
    await work(place)
    assert (await again(run)).status == Status.COMPLETED
    components = [call["component"] for call in demo_provider.calls()]
    assert sorted(components) == sorted([*COMPONENTS, "faq", "faq", "faq"])
    with pytest.raises(Conflict):
        await retry(place.studio, await again(run))


async def test_cancel_closes_the_upstream_connection_and_keeps_the_books(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.hold(after_chunks=4)
    run = await submitted(place.studio, world, PAGE)
    task = asyncio.ensure_future(work(place))
    await asyncio.to_thread(
        demo_provider.wait_for, lambda calls: len(calls) == 6 and all(call["chunks_sent"] for call in calls)
    )
    assert await cancel(place.studio, await again(run))
    await task
    calls = await asyncio.to_thread(
        demo_provider.wait_for, lambda calls: all(call["closed_by_client"] for call in calls)
    )
    assert len(calls) == 6
    canceled = await again(run)
    assert canceled.status == Status.CANCELED
    assert canceled.cost > 0  # what had been written until then
    await money_is_settled(world, run)
    assert not await cancel(place.studio, canceled)


async def test_a_waiting_run_is_canceled_at_once(studio: Studio, world: World) -> None:
    run = await submitted(studio, world)
    assert await cancel(studio, run)
    assert (await again(run)).status == Status.CANCELED
    assert await balances(world.lamps) == ("0", "0")


async def test_regenerating_adds_a_revision_and_keeps_the_other(place: Workplace, world: World) -> None:
    run = await submitted(place.studio, world, PAGE)
    await work(place)
    await regenerate(place.studio, await again(run), component="faq")
    await work(place)
    numbers = await fetch("select number, origin from revision where run = $1 order by number", run.id)
    assert [(row["number"], row["origin"]) for row in numbers] == [(1, "generated"), (2, "regenerated")]
    events = await fetch("select component from cost_event where run = $1", run.id)
    assert sorted(event["component"] for event in events) == sorted([*COMPONENTS, "faq"])
    await money_is_settled(world, run)


async def test_a_worker_that_lost_its_lease_can_write_nothing(place: Workplace, world: World) -> None:
    run = await submitted(place.studio, world)
    claim = await claim_next("slow", 15, 10)
    assert claim is not None
    assert claim.run.id == run.id
    await execute("update run set lease_until = now() - interval '1 second' where id = $1", run.id)
    lock = await asyncpg.connect(place.studio.settings.database_url)
    try:
        swept = await sweep(place.studio, lock)
    finally:
        await lock.close()
    assert swept.given_back == 1
    with pytest.raises(LostLease):
        await claim.fence.update("percentage = $3", 50)
    back = await again(run)
    assert (back.status, back.attempts, back.lost_leases) == (Status.QUEUED, 0, 1)
    await work(place)
    assert (await again(run)).status == Status.COMPLETED


async def test_skipped_checks_are_skipped(place: Workplace, world: World) -> None:
    run = await submitted(place.studio, world, skipQualityCheck=True)
    await work(place)
    done = await again(run)
    statuses = {stage.name.value: stage.status for stage in load(done.stages)}
    assert statuses["quality-validation"] is StageStatus.SKIPPED
    assert done.percentage == 100


def test_backoff_doubles_and_never_undercuts_the_provider() -> None:
    base = Decimal(2)
    assert 2 <= backoff(1, base, None) <= 2.5
    assert 4 <= backoff(2, base, None) <= 5
    assert backoff(1, base, 30) == 30


async def test_an_attempt_that_takes_too_long_is_stopped_and_tried_again(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.hold(after_chunks=3)
    hasty = replace(place, studio=replace(place.studio, settings=replace(place.studio.settings, run_timeout=1)))
    run = await submitted(hasty.studio, world)
    with pytest.raises(TryAgain):
        await work(hasty)
    stopped = await again(run)
    assert (stopped.status, stopped.error_code) == (Status.QUEUED, "TIMEOUT_ERROR")
    await asyncio.to_thread(demo_provider.wait_for, lambda calls: all(call["closed_by_client"] for call in calls))
    demo_provider.release()
    await eventually_works(place, run)
    await money_is_settled(world, run)


async def test_a_worker_that_stops_gives_its_run_back_without_using_an_attempt(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.hold(match="Write: faq", after_chunks=3)
    run = await submitted(place.studio, world, PAGE)
    task = asyncio.ensure_future(work(place))
    await asyncio.to_thread(demo_provider.wait_for, lambda calls: sum(call["finished"] for call in calls) == 5)
    await place.under_way.drain(0.05)
    await task
    back = await again(run)
    assert (back.status, back.attempts) == (Status.QUEUED, 0)
    await work(place)
    assert (await again(run)).status == Status.QUEUED  # who is stopping takes nothing new
    demo_provider.release()
    place.under_way.is_draining = False
    await work(place)
    assert (await again(run)).status == Status.COMPLETED
    assert [call["component"] for call in demo_provider.calls()].count("faq") == 2
    await money_is_settled(world, run)


async def test_a_refused_answer_is_paid_as_the_provider_reported_it(place: Workplace, world: World) -> None:
    run = await submitted(place.studio, world, model="gpt-6-luna+refusal")
    with pytest.raises(FailedForGood):
        await work(place)
    rows = await fetch("select is_estimate, input_tokens, amount from cost_event where run = $1", run.id)
    assert len(rows) == 1
    assert not rows[0]["is_estimate"]
    assert rows[0]["input_tokens"] > 0
    assert rows[0]["amount"] > 0
    await money_is_settled(world, run)


async def test_canceling_a_regeneration_leaves_what_was_finished(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    run = await submitted(place.studio, world)
    await work(place)
    await regenerate(place.studio, await again(run))
    demo_provider.hold(after_chunks=2)
    task = asyncio.ensure_future(work(place))
    await asyncio.to_thread(demo_provider.wait_for, lambda calls: len(calls) == 2 and calls[-1]["chunks_sent"])
    assert await cancel(place.studio, await again(run))
    await task
    kept = await again(run)
    assert (kept.status, kept.percentage) == (Status.COMPLETED, 100)
    assert [stage.status for stage in load(kept.stages)] == [StageStatus.COMPLETED] * 7
    assert await fetchval("select count(*) from revision where run = $1", run.id) == 1
    await money_is_settled(world, run)
    demo_provider.release()
    await regenerate(place.studio, kept)
    await work(place)
    assert await fetchval("select count(*) from revision where run = $1", run.id) == 2


async def test_a_provider_that_goes_away_while_the_worker_stops_costs_no_attempt(
    place: Workplace, world: World, demo_provider: DemoProvider
) -> None:
    demo_provider.fault("reset", after_chunks=5)
    demo_provider.hold(after_chunks=3)
    run = await submitted(place.studio, world)
    attempt = asyncio.ensure_future(work(place))
    await asyncio.to_thread(demo_provider.wait_for, lambda calls: len(calls) == 1 and calls[0]["chunks_sent"] == 3)
    place.under_way.is_draining = True
    demo_provider.release()
    await attempt
    back = await again(run)
    assert (back.status, back.attempts) == (Status.QUEUED, 0)
