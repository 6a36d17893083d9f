"""Cost events: one for each provider call that was made, written in the transaction that stores what it made."""

from dataclasses import dataclass
from uuid import UUID

import msgspec

from app.database import Record, execute, fetch
from app.identity import new_id
from app.spending.prices import Cost, Tokens


@dataclass(frozen=True, slots=True)
class Spender:
    """On whose account a call was made."""

    run: UUID
    project: UUID
    member: UUID | None
    batch: UUID | None
    recipe: str


async def record_cost(
    spender: Spender,
    *,
    call: UUID,
    component: str,
    provider: str,
    model: str,
    tokens: Tokens,
    cost: Cost,
    is_estimate: bool,
) -> UUID:
    """The new event's id. The caller sees to it that a call is booked once; a second event is refused."""
    event = new_id()
    await execute(
        """insert into cost_event (id, call, run, project, member, batch, recipe, component, provider, model,
            input_tokens, output_tokens, cached_tokens, cache_write_tokens, unit_prices, amount, counted,
            saved_by_cache, is_estimate, created_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, now())""",
        event,
        call,
        spender.run,
        spender.project,
        spender.member,
        spender.batch,
        spender.recipe,
        component,
        provider,
        model,
        tokens.input,
        tokens.output,
        tokens.cached,
        tokens.cache_write,
        msgspec.json.encode(cost.unit_prices).decode() if cost.unit_prices else None,
        cost.amount,
        cost.counted,
        cost.saved_by_cache,
        is_estimate,
    )
    return event


async def costs_of_runs(runs: list[UUID]) -> list[Record]:
    return list(await fetch("select * from cost_event where run = any($1) order by id", runs))
