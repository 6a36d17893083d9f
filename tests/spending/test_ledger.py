"""Balances and the ledger that explains them, on the real database."""

import asyncio
from decimal import Decimal
from uuid import UUID

import asyncpg
import pytest
from asyncpg import UniqueViolationError
from hypothesis import HealthCheck, given
from hypothesis import settings as with_settings
from hypothesis import strategies as st

from app.database import execute, fetch, fetchval
from app.identity import new_id
from app.money import ZERO
from app.spending.budgets import Balance, budget_of
from app.spending.costs import Spender, record_cost
from app.spending.ledger import differences, release, reserve, settle
from app.spending.prices import Cost, Tokens
from tests.world import World

TEN = Decimal(10)


@pytest.fixture
async def budget(world: World) -> Balance:
    return await budget_of(world.lamps.id, "2026-11", TEN)


async def now(budget: Balance) -> Balance:
    return await budget_of(budget.project, budget.month, TEN)


async def test_a_reservation_is_settled_and_its_rest_released(budget: Balance) -> None:
    run = new_id()
    assert await reserve(budget.id, Decimal(3), run=run, cause="submit")
    await settle(budget.id, spent=Decimal("1.25"), from_reserved=Decimal("1.25"), run=run, cause="cost 1")
    await release(budget.id, Decimal("1.75"), run=run, cause="completed")
    after = await now(budget)
    assert (after.spent, after.reserved, after.left) == (Decimal("1.25"), ZERO, Decimal("8.75"))
    entries = await fetch("select movement, spent, reserved, run, cause from ledger_entry order by id")
    assert [(entry["movement"], entry["spent"], entry["reserved"], entry["cause"]) for entry in entries] == [
        ("reserve", 0, 3, "submit"),
        ("settle", Decimal("1.25"), Decimal("-1.25"), "cost 1"),
        ("release", 0, Decimal("-1.75"), "completed"),
    ]
    assert {entry["run"] for entry in entries} == {run}
    assert await differences() == []


async def test_exactly_what_is_left_fits_and_nothing_more(budget: Balance) -> None:
    assert not await reserve(budget.id, Decimal("10.00000001"), run=None, cause="submit")
    assert await fetchval("select count(*) from ledger_entry") == 0
    assert await reserve(budget.id, TEN, run=None, cause="submit")
    assert not await reserve(budget.id, Decimal("0.00000001"), run=None, cause="submit")
    assert (await now(budget)).left == 0


async def test_at_the_same_time_no_more_is_held_than_there_is(budget: Balance) -> None:
    held = await asyncio.gather(*(reserve(budget.id, Decimal("1.5"), run=None, cause="submit") for _ in range(20)))
    assert sum(held) == 6
    assert (await now(budget)).reserved == 9
    assert await differences() == []


async def test_the_truth_is_settled_even_beyond_the_limit(budget: Balance) -> None:
    await settle(budget.id, spent=Decimal(12), from_reserved=Decimal(0), run=new_id(), cause="cost 1")
    after = await now(budget)
    assert (after.spent, after.left) == (Decimal(12), ZERO)
    assert not await reserve(budget.id, Decimal("0.01"), run=None, cause="submit")


async def test_releasing_nothing_is_no_entry(budget: Balance) -> None:
    await release(budget.id, Decimal(0), run=new_id(), cause="failed")
    assert await fetchval("select count(*) from ledger_entry") == 0


async def test_a_balance_is_never_negative(budget: Balance) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await release(budget.id, Decimal(1), run=new_id(), cause="failed")
    assert await fetchval("select count(*) from ledger_entry") == 0


@pytest.mark.parametrize("table", ["ledger_entry", "cost_event"])
async def test_what_is_written_is_never_changed(budget: Balance, world: World, table: str) -> None:
    assert await reserve(budget.id, Decimal(1), run=None, cause="submit")
    assert await recorded(world, new_id())
    for change in (f"update {table} set id = id", f"delete from {table}"):
        with pytest.raises(asyncpg.RaiseError, match=f"{table} is append-only"):
            await execute(change)
    assert await fetchval(f"select count(*) from {table}") == 1


async def test_a_balance_that_somebody_has_touched_is_found(budget: Balance) -> None:
    assert await reserve(budget.id, Decimal(1), run=None, cause="submit")
    await execute("update budget set spent = spent + 0.00000001")
    [wrong] = await differences()
    assert (wrong["spent"], wrong["entries_spent"]) == (Decimal("0.00000001"), 0)
    assert (wrong["reserved"], wrong["entries_reserved"]) == (1, 1)


CENTS = st.integers(1, 500).map(lambda cents: Decimal(cents) / 100)
STEPS = st.lists(st.tuples(st.sampled_from(["reserve", "settle", "release"]), CENTS), max_size=12)


@given(steps=STEPS)
@with_settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_happens_balances_are_the_sums_of_their_entries(
    world: World, steps: list[tuple[str, Decimal]]
) -> None:
    budget = await budget_of(world.chairs.id, "2026-11", TEN)
    before = await now(budget)
    spent, reserved = before.spent, before.reserved
    for step, amount in steps:
        if step == "reserve":
            fits = await reserve(budget.id, amount, run=None, cause="submit")
            assert fits is (spent + reserved + amount <= TEN)
            reserved += amount if fits else 0
        elif step == "settle":
            used = min(amount, reserved)
            await settle(budget.id, spent=amount, from_reserved=used, run=new_id(), cause="cost")
            spent, reserved = spent + amount, reserved - used
        else:
            await release(budget.id, min(amount, reserved), run=new_id(), cause="failed")
            reserved -= min(amount, reserved)
    after = await now(budget)
    assert (after.spent, after.reserved) == (spent, reserved)
    assert await differences() == []


class TestMonths:
    async def test_a_new_project_begins_with_the_setting(self, world: World) -> None:
        assert (await budget_of(world.lamps.id, "2026-11", TEN)).limit == 10

    async def test_a_new_month_begins_with_the_limit_of_the_month_before(self, world: World) -> None:
        await budget_of(world.lamps.id, "2026-09", TEN)
        await execute("update budget set monthly_limit = 40")
        await budget_of(world.chairs.id, "2026-10", Decimal(7))
        later = await budget_of(world.lamps.id, "2026-12", TEN)
        assert (later.limit, later.spent, later.reserved) == (Decimal(40), ZERO, ZERO)
        assert (await budget_of(world.lamps.id, "2026-08", TEN)).limit == 10

    async def test_asking_at_the_same_time_makes_one(self, world: World) -> None:
        found = await asyncio.gather(*(budget_of(world.lamps.id, "2027-01", TEN) for _ in range(10)))
        assert len({balance.id for balance in found}) == 1

    async def test_each_month_is_held_for_itself(self, world: World) -> None:
        this, following = [await budget_of(world.lamps.id, month, TEN) for month in ("2026-11", "2026-12")]
        assert await reserve(this.id, TEN, run=None, cause="submit")
        assert await reserve(following.id, TEN, run=None, cause="submit")


async def recorded(world: World, call: UUID) -> UUID | None:
    cost = Cost(Decimal("0.5"), Decimal("0.5"), unit_prices={"source": "test"})
    return await record_cost(
        Spender(new_id(), world.lamps.id, world.mara, None, "text"),
        call=call,
        component="text",
        provider="openai",
        model="gpt-6-luna",
        tokens=Tokens(10, 20),
        cost=cost,
        is_estimate=False,
    )


async def test_a_call_is_paid_once(world: World) -> None:
    call = new_id()
    await recorded(world, call)
    with pytest.raises(UniqueViolationError):
        await recorded(world, call)
    assert await fetchval("select count(*) from cost_event") == 1
