"""The only place that changes a balance. Each change is one statement that also writes its ledger entry."""

from decimal import Decimal
from uuid import UUID

from app.database import Record, execute, fetch
from app.identity import new_id
from app.money import ZERO
from app.spending.tables import Movement

_MOVE = """
with moved as (
    update budget set spent = spent + $3::numeric, reserved = reserved + $4::numeric where id = $2 {condition}
    returning id
)
insert into ledger_entry (id, budget, run, movement, spent, reserved, cause, created_at)
select $1::uuid, moved.id, $5::uuid, $6::text, $3, $4, $7::text, now() from moved
"""
_RESERVE = _MOVE.format(condition="and spent + reserved + $4::numeric <= monthly_limit")
_CHANGE = _MOVE.format(condition="")


async def reserve(budget: UUID, amount: Decimal, *, run: UUID | None, cause: str) -> bool:
    """Hold money for a run. False, and nothing changed, where it does not fit. The last statement of its transaction:
    it locks the project's month."""
    return await _move(_RESERVE, budget, ZERO, amount, run, Movement.RESERVE, cause)


async def settle(budget: UUID, *, spent: Decimal, from_reserved: Decimal, run: UUID, cause: str) -> None:
    """Money was spent, ``from_reserved`` of it from what was held. The truth is settled even beyond the limit."""
    await _move(_CHANGE, budget, spent, -from_reserved, run, Movement.SETTLE, cause)


async def release(budget: UUID, amount: Decimal, *, run: UUID, cause: str) -> None:
    if amount:
        await _move(_CHANGE, budget, ZERO, -amount, run, Movement.RELEASE, cause)


async def differences() -> list[Record]:
    """Budgets whose balance is not the sum of their entries: there must be none."""
    return list(
        await fetch(
            """select budget.id, project, month, budget.spent, budget.reserved,
                coalesce(sum(entry.spent), 0) as entries_spent, coalesce(sum(entry.reserved), 0) as entries_reserved
            from budget left join ledger_entry entry on entry.budget = budget.id group by budget.id
            having budget.spent <> coalesce(sum(entry.spent), 0)
                or budget.reserved <> coalesce(sum(entry.reserved), 0)"""
        )
    )


async def _move(
    sql: str,
    budget: UUID,
    spent: Decimal,
    reserved: Decimal,
    run: UUID | None,
    movement: Movement,
    cause: str,
) -> bool:
    return await execute(sql, new_id(), budget, spent, reserved, run, movement.value, cause) == 1
