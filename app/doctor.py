"""``pressroom doctor``: is everything as it should be, and if not, what exactly is not."""

from dataclasses import dataclass

import asyncpg
import redis
import redis.asyncio

from app.database import fetch, fetchval, open_pool, pending_migrations
from app.money import spoken
from app.queue.workers_alive import alive
from app.settings import Settings
from app.spending.ledger import differences

STUCK_AFTER_MINUTES = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """``fine`` says whether there is anything to do; ``says`` is the sentence either way."""

    part: str
    fine: bool
    says: str


async def examine(settings: Settings) -> list[Finding]:
    return [*await _database(settings), *await _redis(settings)]


async def _database(settings: Settings) -> list[Finding]:
    try:
        async with open_pool(settings, size=2):
            return [
                Finding("database", True, "PostgreSQL answers."),
                await _migrations(),
                await _queue(),
                await _stuck(),
                await _ledger(),
                await _reservations(),
                await _calls(),
            ]
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
        return [Finding("database", False, f"PostgreSQL does not answer: {error}. Is DATABASE_URL right?")]


async def _migrations() -> Finding:
    pending = await pending_migrations()
    said = f"{len(pending)} migrations are missing: run `pressroom migrate`." if pending else "The tables are current."
    return Finding("migrations", not pending, said)


async def _queue() -> Finding:
    rows = await fetch("select status, count(*) as n from run group by status order by status")
    counted = ", ".join(f"{row['n']:,} {row['status']}" for row in rows) or "no runs yet"
    return Finding("queue", True, f"{counted}.")


async def _stuck() -> Finding:
    stuck = await fetchval(
        """select count(*) from run where status = 'running' and lease_until < now() - make_interval(mins => $1)""",
        STUCK_AFTER_MINUTES,
    )
    said = f"{stuck} runs hang with dead workers: is the scheduler running?" if stuck else "No run is stuck."
    return Finding("stuck runs", not stuck, said)


async def _ledger() -> Finding:
    wrong = await differences()
    if not wrong:
        return Finding("ledger", True, "Every balance is the sum of its entries.")
    named = "; ".join(
        f"project {row['project']} in {row['month']}: spent {spoken(row['spent'])} but entries say "
        f"{spoken(row['entries_spent'])}, reserved {spoken(row['reserved'])} but {spoken(row['entries_reserved'])}"
        for row in wrong
    )
    return Finding("ledger", False, f"Balances differ from their entries: {named}.")


async def _reservations() -> Finding:
    """What a budget holds is what its runs hold; an ended run holds nothing once its calls are booked."""
    held = await fetchval("select coalesce(sum(reserved), 0) from budget")
    differing = await fetchval(
        """select count(*) from budget left join (
            select budget, sum(reserved) as reserved from run where reserved <> 0 group by budget
        ) held on held.budget = budget.id where budget.reserved <> coalesce(held.reserved, 0)"""
    )
    idle = await fetchval(
        """select count(*) from run where reserved > 0 and status in ('completed', 'failed', 'canceled')
            and not exists (select 1 from provider_call call where call.run = run.id and call.ended_at is null)"""
    )
    fine = not differing and not idle
    said = f"{spoken(held)} is held for runs under way." if fine else (
        f"{differing} budgets hold something else than their runs; {idle} ended runs still hold money."
    )  # fmt: skip
    return Finding("reservations", fine, said)


async def _calls() -> Finding:
    """Every call is booked, and a run's cost is the sum of its calls."""
    forgotten = await fetchval(
        """select count(*) from provider_call call join run on run.id = call.run
        where call.ended_at is null and (run.status <> 'running' or run.claims <> call.claim)
            and call.started_at < now() - make_interval(mins => $1)""",
        STUCK_AFTER_MINUTES,
    )
    differing = await fetchval(
        """select count(*) from run left join (
            select run, sum(counted) as counted from cost_event group by run
        ) paid on paid.run = run.id where run.cost <> coalesce(paid.counted, 0)"""
    )
    fine = not forgotten and not differing
    said = "Every call is booked, and runs cost what their calls cost." if fine else (
        f"{forgotten} calls were never booked; {differing} runs cost something else than their calls."
    )  # fmt: skip
    return Finding("calls", fine, said)


async def _redis(settings: Settings) -> list[Finding]:
    client = redis.asyncio.Redis.from_url(settings.redis_url, socket_timeout=5, socket_connect_timeout=5)
    try:
        workers = await alive(client)
    except (redis.RedisError, OSError) as error:
        return [Finding("redis", False, f"Redis does not answer: {error}. Is REDIS_URL right?")]
    finally:
        await client.aclose()
    said = (
        f"{len(workers)} alive: {', '.join(workers)}."
        if workers
        else "None is alive: start one with `pressroom worker`."
    )
    return [Finding("redis", True, "Redis answers."), Finding("workers", bool(workers), said)]
