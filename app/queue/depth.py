"""How much waits: for the limit of the queue, for the numbers on pages, for a run's place in line."""

from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from uuid import UUID

from app.database import fetch, fetchrow, fetchval
from app.runs.tables import Lane, Run, Status

LOOK_NO_FURTHER = 1_000
SOONEST, LATEST = 0.5, 1.5
COUNT_SERVES_SECONDS = 1.0
NEAR_THE_LIMIT = 5_000  # more than all web processes take in within a second

_counted = (-COUNT_SERVES_SECONDS, 0)


@dataclass(frozen=True, slots=True)
class Place:
    """``position`` 1 is next. ``seconds`` is a range until it starts; None where nobody can say."""

    position: int
    because: str
    seconds: tuple[int, int] | None


async def is_full(limit: int) -> bool:
    """Whether ``limit`` runs wait, over all projects. Far from the limit a count serves for a second, near it none."""
    global _counted
    at, waiting = _counted
    if monotonic() - at > COUNT_SERVES_SECONDS or waiting >= limit - NEAR_THE_LIMIT:
        waiting = int(await fetchval("select count(*) from run where status = 'queued'"))
        _counted = (monotonic(), waiting)
    return waiting >= limit


async def place_of(run: Run, now: datetime, runs_per_project: int) -> Place | None:
    """Where a waiting run stands and what it waits for. None for a run that does not wait."""
    if run.status == Status.SCHEDULED:
        return Place(0, f"It starts at {run.scheduled_for:%d %b %Y, %H:%M} UTC.", None)
    if run.status != Status.QUEUED:
        return None
    if run.available_at is not None and run.available_at > now:
        seconds = max(1, round((run.available_at - now).total_seconds()))
        return Place(0, f"It tries again in {seconds} second{'' if seconds == 1 else 's'}.", (seconds, seconds))
    ahead = await _ahead(run)
    busy = await fetchval("select count(*) from run where status = 'running' and project = $1", run.project)
    because = (
        f"All {runs_per_project} places of this project are taken." if busy >= runs_per_project
        else "It is next." if ahead == 0
        else f"{ahead:,} {'run is' if ahead == 1 else 'runs are'} ahead of it in the {Lane(run.lane).label} lane."
    )  # fmt: skip
    # Whoever finds all places taken waits for one of those runs to end, too.
    turns = ahead / runs_per_project + (1 if busy >= runs_per_project else 0)
    expected = turns * run.estimate_seconds
    return Place(ahead + 1, because, (round(expected * SOONEST), max(1, round(expected * LATEST))))


async def counts(project: UUID) -> dict[str, int]:
    """Runs of a project by status, for those statuses that have any and are not ended; and those that need somebody."""
    rows = await fetch(
        """select status, count(*) as n from run
        where project = $1 and status in ('scheduled', 'queued', 'running', 'waiting') group by status""",
        project,
    )
    return {row["status"]: row["n"] for row in rows}


async def due(project: UUID) -> tuple[int, int]:
    """Failed runs, and completed ones that a check flagged."""
    row = await fetchrow(
        """select (select count(*) from run where project = $1 and status = 'failed') as failed,
            (select count(*) from run where project = $1 and needs_review and status = 'completed') as flagged""",
        project,
    )
    assert row is not None
    return row["failed"], row["flagged"]


async def _ahead(run: Run) -> int:
    """Runs of the same project that the claim prefers, and those of better lanes, up to a limit."""
    return int(
        await fetchval(
            """select count(*) from (
                select 1 from run where status = 'queued' and available_at is null and project = $1
                and (lane, not is_interactive, action_rank, -score, queued_at, id)
                    < ($2, not $3::bool, $4, -$5::int, $6, $7)
                limit $8) ahead""",
            run.project,
            run.lane,
            run.is_interactive,
            run.action_rank,
            run.score,
            run.queued_at,
            run.id,
            LOOK_NO_FURTHER,
        )
    )
