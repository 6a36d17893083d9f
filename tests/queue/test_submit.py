"""Submitting: the run and its money, together or not at all."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from app.database import fetchval
from app.errors import BudgetExceeded, Conflict, QueueFull, ValidationFailed
from app.queue.submit import submit
from app.runs.tables import Lane, Status
from app.spending.prices import Tokens, cost_of
from app.studio import Studio
from tests.world import PAGE, World, again, asked, balances, set_limit, submitted


async def test_a_submitted_run_waits_and_its_estimate_is_held(studio: Studio, world: World) -> None:
    run = await submitted(studio, world)
    stored = await again(run)
    assert stored.status == Status.QUEUED
    assert stored.title == "A short guide to choosing a desk lamp"
    assert stored.reserved == stored.estimate_high > stored.estimate_expected > stored.estimate_low > 0
    assert await balances(world.lamps) == ("0", f"{stored.reserved.normalize():f}")
    assert await studio.wake.wake_ups_under_way() == 1


async def test_what_does_not_fit_is_refused_and_leaves_nothing(studio: Studio, world: World) -> None:
    await set_limit(world.lamps, "0.00001")
    with pytest.raises(BudgetExceeded, match="left"):
        await submitted(studio, world)
    assert await fetchval("select count(*) from run") == 0
    assert await balances(world.lamps) == ("0", "0")


async def test_submitting_at_the_same_time_never_overspends(studio: Studio, world: World) -> None:
    price = (await submitted(studio, world)).reserved
    await set_limit(world.lamps, str(price * 6))
    request = await asked(world.lamps)
    results = await asyncio.gather(
        *(submit(studio, request, member=world.mara) for _ in range(20)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, BudgetExceeded)]
    assert len(results) - len(refused) == 5
    assert await balances(world.lamps) == ("0", f"{(price * 6).normalize():f}")


async def test_the_same_idempotency_key_gives_the_same_run(studio: Studio, world: World) -> None:
    first = await submitted(studio, world, key="once")
    request = await asked(world.lamps)
    results = await asyncio.gather(
        *(submit(studio, request, member=world.mara, idempotency_key="once") for _ in range(8))
    )
    assert {result.run.id for result in results} == {first.id}
    assert not any(result.is_new for result in results)
    with pytest.raises(Conflict):
        await submitted(studio, world, PAGE, key="once")


async def test_a_full_queue_says_when_to_come_back(studio: Studio, world: World) -> None:
    small = replace(studio, settings=replace(studio.settings, queue_limit=1))
    await submitted(small, world)
    with pytest.raises(QueueFull) as refusal:
        await submitted(small, world)
    assert refusal.value.retry_after


@pytest.mark.parametrize(
    ("more", "lane", "source"),
    [
        ({}, Lane.HIGH, "awaited"),
        ({"priority": "low"}, Lane.LOW, "chosen"),
        ({"metadata": {"skuCount": 2000, "monthlySearches": 20_000, "contentStatus": "missing"}}, Lane.HIGH, "scored"),
        ({"metadata": {"skuCount": 200, "monthlySearches": 2000}}, Lane.NORMAL, "scored"),
        ({"metadata": {"skuCount": 3}}, Lane.LOW, "scored"),
    ],
)
async def test_the_lane_is_chosen_scored_or_awaited(
    studio: Studio, world: World, more: dict[str, Any], lane: Lane, source: str
) -> None:
    run = await again(await submitted(studio, world, **more))
    assert (Lane(run.lane), run.lane_source) == (lane, source)


async def test_a_scheduled_run_is_not_queued_yet(studio: Studio, world: World) -> None:
    run = await again(await submitted(studio, world, scheduledFor="2999-01-01T09:00:00Z"))
    assert run.status == Status.SCHEDULED
    assert await studio.wake.wake_ups_under_way() == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"action": "WRITE"}, "instruction"),
        ({"model": "gpt-2"}, "model"),
        ({"language": "tlh"}, "language"),
        ({"temperature": "hot"}, "temperature"),
        ({"priority": "urgent"}, "priority"),
        ({"scheduledFor": "2001-01-01T00:00:00Z"}, "scheduledFor"),
        ({"scheduledFor": "tomorrow"}, "scheduledFor"),
        ({"metadata": {"skuCount": -1}}, "metadata.skuCount"),
        ({"metadata": {"contentStatus": "old"}}, "metadata.contentStatus"),
        ({"modelProfileId": "nobody's"}, "modelProfileId"),
        ({"brandVoiceId": "nobody's"}, "brandVoiceId"),
        ({"speed": "fast"}, "speed"),
        ({"skipCache": "yes"}, "skipCache"),
    ],
)
async def test_each_wrong_field_is_named(studio: Studio, world: World, fields: dict[str, object], field: str) -> None:
    base: dict[str, Any] | None = {} if fields == {"action": "WRITE"} else None
    with pytest.raises(ValidationFailed) as refusal:
        await asked(world.lamps, base, **fields)
    assert field in {error.field for error in refusal.value.errors}


async def test_every_problem_is_told_at_once(studio: Studio, world: World) -> None:
    with pytest.raises(ValidationFailed) as refusal:
        await asked(world.lamps, {"pageType": "category", "targetUrl": "shop", "language": "tlh", "priority": "soon"})
    assert {error.field for error in refusal.value.errors} >= {"targetUrl", "language", "priority"}


async def test_a_parameter_that_the_model_lacks_is_noted(studio: Studio, world: World) -> None:
    run = await again(await submitted(studio, world, temperature=0.5))
    assert "temperature" in run.notes


async def test_an_unknown_price_counts_at_the_estimate(studio: Studio, world: World) -> None:
    cost = cost_of("openai", "unknown-model-x", Tokens(input=10, output=10), unknown=Decimal("0.10"))
    assert cost.amount is None
    assert cost.counted == Decimal("0.10")


async def test_only_the_demo_provider_is_asked_to_misbehave(studio: Studio, world: World) -> None:
    real = replace(studio, settings=replace(studio.settings, anthropic_api_key="sk-real"))
    with pytest.raises(ValidationFailed):
        await submitted(real, world, model="claude-haiku-5-5+500")


@pytest.mark.parametrize("instruction", ["\u200b", " \u00a0\u2060 "])
async def test_what_nobody_can_see_is_no_instruction(studio: Studio, world: World, instruction: str) -> None:
    with pytest.raises(ValidationFailed):
        await submitted(studio, world, {"action": "WRITE", "instruction": instruction})
