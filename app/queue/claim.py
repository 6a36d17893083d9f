"""Take the best run that waits, with a lease on it.

The order is: lane; among projects, whoever has least at work; then interactive before bulk, action, score, age. It is
read from the partial index ``run_claim``: a hop per project and lane, then one row. Workers never wait for each other
(``skip locked``).
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from app.database import Record, fetchrow
from app.runs.fence import Fence
from app.runs.find import run_of
from app.runs.tables import Run

_TAKE = """
update run set status = 'running', lease_token = $1, lease_until = now() + make_interval(secs => $2), worker = $3,
    claims = claims + 1, attempts = attempts + 1, available_at = null, started_at = coalesce(started_at, now()),
    error_code = null, error_message = null, error_stage = null
from chosen where run.id = chosen.id returning run.*
"""

_NEXT = f"""
with recursive waiting as (
    (select lane, project from run where status = 'queued' and available_at is null
     order by lane, project limit 1)
    union all
    select next.lane, next.project from waiting, lateral (
        select lane, project from run
        where status = 'queued' and available_at is null and (lane, project) > (waiting.lane, waiting.project)
        order by lane, project limit 1) next
), busy as (
    select project, count(*) as runs from run where status = 'running' group by project
), ranked as materialized (
    select lane, project from waiting left join busy using (project)
    where coalesce(busy.runs, 0) < $4 order by lane, coalesce(busy.runs, 0), project
), chosen as (
    select best.id from ranked, lateral (
        select id from run
        where status = 'queued' and available_at is null and lane = ranked.lane and project = ranked.project
        order by is_interactive desc, action_rank, score desc, queued_at, id
        limit 1 for update skip locked) best
    limit 1
)
{_TAKE}
"""

_THIS = f"""
with chosen as (
    select id from run where id = $4 and status = 'queued' and coalesce(available_at, now()) <= now()
    for update skip locked
)
{_TAKE}
"""


@dataclass(frozen=True, slots=True)
class Claim:
    run: Run
    fence: Fence


async def claim_next(worker: str, lease_seconds: int, runs_per_project: int) -> Claim | None:
    token = uuid4()
    return _claim(token, await fetchrow(_NEXT, token, lease_seconds, worker, runs_per_project))


async def claim_this(run: UUID, worker: str, lease_seconds: int) -> Claim | None:
    """A retry whose message names its run; None where it is not available (any more)."""
    token = uuid4()
    return _claim(token, await fetchrow(_THIS, token, lease_seconds, worker, run))


def _claim(token: UUID, row: Record | None) -> Claim | None:
    return Claim(run_of(row), Fence(row["id"], token)) if row else None
