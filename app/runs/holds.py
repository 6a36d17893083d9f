"""What a run holds of its month's budget: charged by its calls, given back when it is over and every call is booked.

A run that was canceled keeps its hold for the moment that its open calls need to be booked: until then nobody knows
what they cost, and nobody else may be promised that money.
"""

from decimal import Decimal
from uuid import UUID

from app.database import execute, fetchrow
from app.runs.tables import FINISHED
from app.spending.ledger import release
from app.spending.prices import Cost, Tokens


async def charge(run: UUID, budget: UUID, tokens: Tokens, cost: Cost) -> Decimal:
    """Adds a call to the run's sums; answers how much of the hold it used up. Locks the run until the commit.

    A call of an earlier month does not touch a hold on the present one.
    """
    row = await fetchrow(
        """with before as (select id, reserved from run where id = $1 for update)
        update run set cost = cost + $3::numeric,
            reserved = case when budget = $2 then greatest(before.reserved - $3::numeric, 0) else before.reserved end,
            has_unknown_price = has_unknown_price or $4, input_tokens = input_tokens + $5,
            output_tokens = output_tokens + $6, cached_tokens = cached_tokens + $7
        from before where run.id = before.id
        returning before.reserved - run.reserved as used""",
        run,
        budget,
        cost.counted,
        cost.amount is None,
        tokens.input,
        tokens.output,
        tokens.cached,
    )
    return row["used"] if row else Decimal(0)


async def release_if_over(run: UUID) -> None:
    """In a transaction. What is left of the hold goes back if the run has ended and none of its calls is open."""
    # Locked first, looked at second: whoever books the last call sees all the others booked.
    row = await fetchrow("select budget, reserved, status from run where id = $1 for update", run)
    if row is None or row["status"] not in FINISHED or not row["reserved"]:
        return
    if await fetchrow("select 1 from provider_call where run = $1 and ended_at is null limit 1", run):
        return
    await execute("update run set reserved = 0 where id = $1", run)
    await release(row["budget"], row["reserved"], run=run, cause=row["status"])
