"""Finished components, and the provider calls that made them.

A call is recorded before it is made and settled after it. A checkpoint, its cost event and the money that it took are
one transaction: either all of it happened or none.
"""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.database import execute, fetch, fetchrow, transaction
from app.identity import new_id
from app.runs.fence import CONDITION, Fence, LostLease
from app.runs.progress import StageRecord
from app.runs.tables import Run, Stage
from app.spending.costs import Spender, record_cost
from app.spending.ledger import settle
from app.spending.prices import Cost, Tokens


@dataclass(frozen=True, slots=True)
class Call:
    """One provider call on its way. ``expected_output`` is in tokens."""

    id: UUID
    run: UUID
    budget: UUID
    spender: Spender
    component: str
    provider: str
    model: str


@dataclass(frozen=True, slots=True)
class Bill:
    tokens: Tokens
    cost: Cost
    is_estimate: bool = False


async def texts(run: UUID, round_: int) -> dict[str, str]:
    rows = await fetch("select component, text from checkpoint where run = $1 and round = $2 order by id", run, round_)
    return {row["component"]: row["text"] for row in rows}


def spender_of(run: Run) -> Spender:
    return Spender(run=run.id, project=run.project, member=run.member, batch=run.batch, recipe=run.recipe)


async def begin_call(
    fence: Fence, run: Run, component: str, *, prompt_tokens: int, expected_output_tokens: int
) -> Call:
    """Before the call is made. Raises ``LostLease``."""
    call = Call(new_id(), run.id, run.budget, spender_of(run), component, run.provider, run.model)
    written = await execute(
        f"""insert into provider_call (id, run, round, claim, component, provider, model, prompt_tokens,
            expected_output_tokens, started_at)
        select $3::uuid, id, round, claims, $4::text, provider, model, $5::int, $6::int, now()
        from run where {CONDITION}""",
        fence.run,
        fence.token,
        call.id,
        component,
        prompt_tokens,
        expected_output_tokens,
    )
    if not written:
        raise LostLease
    return call


async def store_checkpoint(
    fence: Fence, call: Call, text: str, model: str, bill: Bill, stages: tuple[StageRecord, ...]
) -> None:
    """``stages`` count this component already. Raises ``LostLease``; the call then counts as interrupted."""
    async with transaction():
        from_reserved = await _charge_run(fence.run, bill, fence.token)
        if from_reserved is None:
            raise LostLease
        await fence.record_stages(Stage.COMPONENT_GENERATION, stages)
        await execute(
            """insert into checkpoint (id, run, round, component, text, model, created_at)
            select $2::uuid, id, round, $3::text, $4::text, $5::text, now() from run where id = $1""",
            fence.run,
            new_id(),
            call.component,
            text,
            model,
        )
        await _book(call, bill, from_reserved, "stored")


async def book_interrupted_call(call: Call, bill: Bill, outcome: str) -> None:
    """A call that ended early is paid as far as we know, whoever has the run now. Booking it twice changes nothing."""
    async with transaction():
        open_call = await fetchrow(
            "select id from provider_call where id = $1 and ended_at is null for update", call.id
        )
        if open_call is None:
            return
        from_reserved = await _charge_run(call.run, bill, None)
        await _book(call, bill, from_reserved or Decimal(0), outcome)


async def close_unpaid_call(call: Call, outcome: str) -> None:
    """The provider refused before it wrote anything: nothing to pay."""
    await execute(
        "update provider_call set ended_at = now(), outcome = $2 where id = $1 and ended_at is null",
        call.id,
        outcome,
    )


async def _book(call: Call, bill: Bill, from_reserved: Decimal, outcome: str) -> None:
    await close_unpaid_call(call, outcome)
    event = await record_cost(
        call.spender,
        call=call.id,
        component=call.component,
        provider=call.provider,
        model=call.model,
        tokens=bill.tokens,
        cost=bill.cost,
        is_estimate=bill.is_estimate,
    )
    if event is not None:
        await settle(
            call.budget, spent=bill.cost.counted, from_reserved=from_reserved, run=call.run, cause=f"cost {event}"
        )


async def _charge_run(run: UUID, bill: Bill, token: UUID | None) -> Decimal | None:
    """What of the run's reservation this used up; None where the fence is closed."""
    row = await fetchrow(
        """with before as (
            select id, reserved from run
            where id = $1 and ($2::uuid is null or (lease_token = $2 and status = 'running')) for update
        )
        update run set cost = cost + $3::numeric, reserved = greatest(before.reserved - $3::numeric, 0),
            has_unknown_price = has_unknown_price or $4, input_tokens = input_tokens + $5,
            output_tokens = output_tokens + $6, cached_tokens = cached_tokens + $7
        from before where run.id = before.id
        returning before.reserved - run.reserved as used""",
        run,
        token,
        bill.cost.counted,
        bill.cost.amount is None,
        bill.tokens.input,
        bill.tokens.output,
        bill.tokens.cached,
    )
    return row["used"] if row else None
