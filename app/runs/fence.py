"""The fence around a running run: whoever holds its lease token may write, nobody else.

A worker that was cut off and comes back finds its token out of date: each of its writes changes nothing and raises
``LostLease``. The same happens the moment somebody cancels the run.
"""

from dataclasses import dataclass
from uuid import UUID

from app.database import execute
from app.runs.progress import StageRecord, dump, percentage
from app.runs.tables import Stage

CONDITION = "id = $1 and lease_token = $2 and status = 'running'"


class LostLease(Exception):
    """The run is somebody else's now, or canceled. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Fence:
    run: UUID
    token: UUID

    async def update(self, assignments: str, *values: object) -> None:
        """``assignments`` is the inside of a SQL ``set``, with values from ``$3`` on."""
        if await execute(f"update run set {assignments} where {CONDITION}", self.run, self.token, *values) != 1:
            raise LostLease

    async def record_stages(self, stage: Stage, stages: tuple[StageRecord, ...]) -> None:
        """The percentage never falls: a retry walks through what it has already, faster."""
        await self.update(
            "stage = $3, stages = $4, percentage = greatest(percentage, $5)",
            stage.value,
            dump(stages),
            percentage(stages),
        )
