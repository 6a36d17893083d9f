"""Finished components, and the provider calls that made them.

A call is recorded before it is made and settled after it. A checkpoint, its cost event and the money that it took are
one transaction: either all of it happened or none.
"""

from dataclasses import dataclass
from uuid import UUID

from app.database import execute, fetch, transaction
from app.identity import new_id
from app.runs.fence import CONDITION, Fence, LostLease
from app.runs.holds import charge, release_if_over
from app.runs.progress import StageRecord
from app.runs.tables import Run, Stage
from app.spending.costs import Spender, record_cost
from app.spending.ledger import settle
from app.spending.prices import Cost, Tokens


@dataclass(frozen=True, slots=True)
class Call:
    """One provider call on its way."""

    id: UUID
    run: UUID
    round: int
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
    call = Call(new_id(), run.id, run.round, run.budget, spender_of(run), component, run.provider, run.model)
    written = await execute(
        f"""insert into provider_call (id, run, round, claim, component, provider, model, prompt_tokens,
            expected_output_tokens, started_at)
        select $3::uuid, id, round, claims, $4::text, provider, model, $5::int, $6::int, now()
        from run where {CONDITION} for share""",
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
        await fence.record_stages(Stage.COMPONENT_GENERATION, stages)
        if not await _end_call(call, "stored"):
            raise LostLease
        await add_checkpoint(fence.run, call.round, call.component, text, model)
        await _book(call, bill)


async def add_checkpoint(run: UUID, round_: int, component: str, text: str, model: str) -> None:
    await execute(
        """insert into checkpoint (id, run, round, component, text, model, created_at)
        values ($1, $2, $3, $4, $5, $6, now())""",
        new_id(),
        run,
        round_,
        component,
        text,
        model,
    )


async def book_interrupted_call(call: Call, bill: Bill, outcome: str) -> None:
    """A call that ended early is paid as far as we know, whoever has the run now. Booking it twice changes nothing."""
    async with transaction():
        if await _end_call(call, outcome):
            await _book(call, bill)
            await release_if_over(call.run)


async def close_unpaid_call(call: Call, outcome: str) -> None:
    """The provider refused before it wrote anything: nothing to pay."""
    async with transaction():
        if await _end_call(call, outcome):
            await release_if_over(call.run)


async def _end_call(call: Call, outcome: str) -> bool:
    """False where it has ended already: somebody has booked it."""
    return (
        await execute(
            "update provider_call set ended_at = now(), outcome = $2 where id = $1 and ended_at is null",
            call.id,
            outcome,
        )
        == 1
    )


async def _book(call: Call, bill: Bill) -> None:
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
    used = await charge(call.run, call.budget, bill.tokens, bill.cost)
    await settle(call.budget, spent=bill.cost.counted, from_reserved=used, run=call.run, cause=f"cost {event}")
