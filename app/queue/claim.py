"""Take the best run that waits, with a lease on it.

The order is: lane; among projects, whoever has least at work; then interactive before bulk, action, score, age. It is
read from the partial index ``run_claim``: a hop per project of the best lane, then one row. The statement is the
database's function ``claim_run`` (see migrations), because it has to count a project's running runs after it has waited
for its turn: claims come one at a time, so that a limit is a limit.
"""

from dataclasses import dataclass
from uuid import UUID, uuid4

from app.database import fetchrow
from app.runs.fence import Fence
from app.runs.find import run_of
from app.runs.tables import Run

_CLAIM = "select * from claim_run($1, $2, $3, $4, $5)"


@dataclass(frozen=True, slots=True)
class Claim:
    run: Run
    fence: Fence


async def claim_next(worker: str, lease_seconds: int, runs_per_project: int) -> Claim | None:
    return await _claim(worker, lease_seconds, runs_per_project, None)


async def claim_this(run: UUID, worker: str, lease_seconds: int, runs_per_project: int) -> Claim | None:
    """A retry whose message names its run; None where it is not available (any more)."""
    return await _claim(worker, lease_seconds, runs_per_project, run)


async def _claim(worker: str, lease_seconds: int, runs_per_project: int, only: UUID | None) -> Claim | None:
    token = uuid4()
    row = await fetchrow(_CLAIM, token, float(lease_seconds), worker, runs_per_project, only)
    return Claim(run_of(row), Fence(row["id"], token)) if row else None
