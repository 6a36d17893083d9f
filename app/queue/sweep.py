"""What is looked after once a second, whatever got lost meanwhile. Several sweepers do no harm: one at a time works."""

from dataclasses import dataclass
from uuid import UUID

import asyncpg

from app.database import execute, fetch, fetchval, transaction
from app.live.events import project_topic, run_topic
from app.runs.checkpoints import Bill, Call, book_interrupted_call
from app.spending.costs import Spender
from app.spending.ledger import release
from app.spending.prices import Tokens, cost_of
from app.studio import Studio

SWEEP_LOCK = 7_405_116
MOST_WAKE_UPS = 256
MOST_LOST_LEASES = 5
AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class Swept:
    """How many runs each step moved."""

    became_available: int = 0
    started_on_time: int = 0
    given_back: int = 0
    promoted: int = 0
    woken: int = 0


async def sweep(studio: Studio, lock: asyncpg.Connection) -> Swept:
    """``lock`` is a connection of the sweeper's own: whoever holds the advisory lock on theirs sweeps."""
    if not await lock.fetchval("select pg_try_advisory_lock($1)", SWEEP_LOCK):
        return Swept()
    try:
        return Swept(
            became_available=await _clear_delays(),
            started_on_time=await _start_scheduled(studio),
            given_back=await _give_back_expired(studio),
            promoted=await _promote(studio.settings.promote_after),
            woken=await _wake(studio),
        )
    finally:
        await lock.execute("select pg_advisory_unlock($1)", SWEEP_LOCK)


async def _clear_delays() -> int:
    return await execute("update run set available_at = null where status = 'queued' and available_at <= now()")


async def _start_scheduled(studio: Studio) -> int:
    rows = await fetch(
        """update run set status = 'queued', queued_at = now() where status = 'scheduled' and scheduled_for <= now()
        returning id, project"""
    )
    for row in rows:
        await studio.live.changed(run_topic(row["id"]), project_topic(row["project"]))
    return len(rows)


async def _give_back_expired(studio: Studio) -> int:
    """A worker that went silent loses its runs, without costing them an attempt; the fifth time the run fails."""
    rows = await fetch(
        "select id, project from run where status = 'running' and lease_until < now() order by lease_until limit $1",
        AT_A_TIME,
    )
    for row in rows:
        await _give_back(row["id"])
        await _book_cut_calls(studio, row["id"])
        await studio.live.changed(run_topic(row["id"]), project_topic(row["project"]))
    return len(rows)


async def _give_back(run: UUID) -> None:
    async with transaction():
        rows = await fetch(
            """with expired as (
                select id, reserved from run where id = $1 and status = 'running' and lease_until < now() for update
            )
            update run set lease_token = null, lease_until = null, worker = null, lost_leases = lost_leases + 1,
                attempts = attempts - 1,
                status = case when lost_leases + 1 < $2 then 'queued' else 'failed' end,
                completed_at = case when lost_leases + 1 < $2 then null else now() end,
                reserved = case when lost_leases + 1 < $2 then run.reserved else 0 end,
                error_code = case when lost_leases + 1 < $2 then null else 'GENERATION_ERROR' end,
                error_stage = case when lost_leases + 1 < $2 then null else stage end,
                error_message = case when lost_leases + 1 < $2 then null else $3::text end,
                error_retryable = true
            from expired where run.id = expired.id
            returning run.status, run.budget, expired.reserved""",
            run,
            MOST_LOST_LEASES,
            f"Its worker stopped {MOST_LOST_LEASES} times while working on this. Try again, or ask your operator.",
        )
        for row in rows:
            if row["status"] == "failed":
                await release(row["budget"], row["reserved"], run=run, cause="failed")


async def _book_cut_calls(studio: Studio, run: UUID) -> None:
    """Calls that were on their way may have been billed: they count with what was expected of them, and say so."""
    rows = await fetch(
        """select call.id, call.component, call.provider, call.model, call.prompt_tokens, call.expected_output_tokens,
            run.budget, run.project, run.member, run.batch, run.recipe
        from provider_call call join run on run.id = call.run where call.run = $1 and call.ended_at is null""",
        run,
    )
    for row in rows:
        spender = Spender(run, row["project"], row["member"], row["batch"], row["recipe"])
        call = Call(row["id"], run, row["budget"], spender, row["component"], row["provider"], row["model"])
        tokens = Tokens(input=row["prompt_tokens"], output=row["expected_output_tokens"])
        cost = cost_of(call.provider, call.model, tokens, unknown=studio.settings.unknown_price)
        await book_interrupted_call(call, Bill(tokens, cost, is_estimate=True), "worker lost")


async def _promote(minutes: int) -> int:
    return await execute(
        """update run set lane = lane - 1, promotions = promotions + 1
        where status = 'queued' and lane > 0 and queued_at < now() - make_interval(mins => $1) * (promotions + 1)""",
        minutes,
    )


async def _wake(studio: Studio) -> int:
    """As many messages as runs that could start, so that a flushed Redis costs a second."""
    waiting = await fetchval(
        "select count(*) from (select 1 from run where status = 'queued' and available_at is null limit $1) w",
        MOST_WAKE_UPS,
    )
    missing = waiting - await studio.wake.wake_ups_under_way() if waiting else 0
    if missing > 0:
        await studio.wake.work_on_runs(missing)
    return max(missing, 0)
