"""What is looked after once a second, whatever got lost meanwhile. Several sweepers do no harm: one at a time works."""

from collections.abc import Sequence
from dataclasses import dataclass

import asyncpg

from app.database import Record, execute, fetch, fetchval, transaction
from app.live.events import project_topic, run_topic
from app.runs.checkpoints import Bill, Call, book_interrupted_call
from app.runs.holds import release_if_over
from app.spending.costs import Spender
from app.spending.prices import Tokens, cost_of
from app.studio import Studio

SWEEP_LOCK = 7_405_116
MOST_WAKE_UPS = 256
MOST_LOST_LEASES = 5
AT_A_TIME = 500
BOOK_WITHIN_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Swept:
    """How many runs, or calls of runs, each step moved."""

    became_available: int = 0
    started_on_time: int = 0
    given_back: int = 0
    booked: int = 0
    released: int = 0
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
            booked=await _book_orphaned_calls(studio),
            released=await _release_leftovers(),
            promoted=await _promote(studio.settings.promote_after),
            woken=await _wake(studio),
        )
    finally:
        await lock.execute("select pg_advisory_unlock($1)", SWEEP_LOCK)


async def _clear_delays() -> int:
    return await execute("update run set available_at = null where status = 'queued' and available_at <= now()")


async def _start_scheduled(studio: Studio) -> int:
    rows = await fetch(
        """with due as (
            select id from run where status = 'scheduled' and scheduled_for <= now()
            order by scheduled_for limit $1 for update skip locked
        )
        update run set status = 'queued', queued_at = now(),
            promote_at = case when lane > 0 then now() + make_interval(mins => $2) end
        from due where run.id = due.id returning run.id, run.project""",
        AT_A_TIME,
        studio.settings.promote_after,
    )
    await _announce(studio, rows)
    return len(rows)


async def _give_back_expired(studio: Studio) -> int:
    """A worker that went silent loses its runs, without costing them an attempt; the fifth time the run fails."""
    rows = await fetch(
        """with expired as (
            select id from run where status = 'running' and lease_until < now()
            order by lease_until limit $1 for update skip locked
        )
        update run set lease_token = null, lease_until = null, worker = null, lost_leases = lost_leases + 1,
            attempts = attempts - 1,
            status = case when lost_leases + 1 < $2 then 'queued' else 'failed' end,
            completed_at = case when lost_leases + 1 < $2 then null else now() end,
            error_code = case when lost_leases + 1 < $2 then null else 'GENERATION_ERROR' end,
            error_stage = case when lost_leases + 1 < $2 then null else stage end,
            error_message = case when lost_leases + 1 < $2 then null else $3::text end,
            error_retryable = true
        from expired where run.id = expired.id returning run.id, run.project""",
        AT_A_TIME,
        MOST_LOST_LEASES,
        f"Its worker stopped {MOST_LOST_LEASES} times while working on this. Try again, or ask your operator.",
    )
    await _announce(studio, rows)
    return len(rows)


async def _book_orphaned_calls(studio: Studio) -> int:
    """Open calls that nobody waits for any more: their worker is gone, or never came to book them.

    They may have been billed: they count with what was expected of them, and say so. A worker that still lives has
    some seconds to book what it really saw.
    """
    rows = await fetch(
        """select call.id, call.round, call.component, call.provider, call.model, call.prompt_tokens,
            call.expected_output_tokens, run.id as run, run.budget, run.project, run.member, run.batch, run.recipe
        from provider_call call join run on run.id = call.run
        where call.ended_at is null and (run.status <> 'running' or run.claims <> call.claim)
            and coalesce(run.cancel_requested_at, '-infinity') < now() - make_interval(secs => $1) limit $2""",
        BOOK_WITHIN_SECONDS,
        AT_A_TIME,
    )
    for row in rows:
        spender = Spender(row["run"], row["project"], row["member"], row["batch"], row["recipe"])
        call = Call(
            row["id"],
            row["run"],
            row["round"],
            row["budget"],
            spender,
            row["component"],
            row["provider"],
            row["model"],
        )
        tokens = Tokens(input=row["prompt_tokens"], output=row["expected_output_tokens"])
        cost = cost_of(call.provider, call.model, tokens, unknown=studio.settings.unknown_price)
        await book_interrupted_call(call, Bill(tokens, cost, is_estimate=True), "worker lost")
    await _announce(studio, rows)
    return len(rows)


async def _release_leftovers() -> int:
    """Holds of runs that have ended, where nothing is left to be booked."""
    rows = await fetch(
        """select id from run where reserved > 0 and status in ('completed', 'failed', 'canceled')
            and not exists (select 1 from provider_call call where call.run = run.id and call.ended_at is null)
        limit $1""",
        AT_A_TIME,
    )
    for row in rows:
        async with transaction():
            await release_if_over(row["id"])
    return len(rows)


async def _promote(minutes: int) -> int:
    return await execute(
        """with due as (
            select id from run where status = 'queued' and promote_at <= now()
            order by promote_at limit $2 for update skip locked
        )
        update run set lane = lane - 1, promotions = promotions + 1,
            promote_at = case when lane > 1 then promote_at + make_interval(mins => $1) end
        from due where run.id = due.id""",
        minutes,
        AT_A_TIME,
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


async def _announce(studio: Studio, rows: Sequence[Record]) -> None:
    runs = [run_topic(row["run"] if "run" in row else row["id"]) for row in rows]
    projects = {project_topic(row["project"]) for row in rows}
    if rows:
        await studio.live.changed(*runs, *projects)
