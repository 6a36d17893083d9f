"""A project's budget for a month: what is spent, what is held for runs, what is left."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from app.database import Record, execute, fetchrow
from app.identity import new_id
from app.money import ZERO

_COLUMNS = "id, project, month, monthly_limit, spent, reserved"


@dataclass(frozen=True, slots=True)
class Balance:
    """US dollars, of one calendar month (``2026-11``, UTC)."""

    id: UUID
    project: UUID
    month: str
    limit: Decimal
    spent: Decimal
    reserved: Decimal

    @property
    def left(self) -> Decimal:
        return max(self.limit - self.spent - self.reserved, ZERO)


async def budget_of(project: UUID, month: str, first_limit: Decimal) -> Balance:
    """The month's budget; a new month begins with the limit of the month before, a new project with ``first_limit``."""
    row = await _read(project, month)
    if row is None:
        await execute(
            """insert into budget (id, project, month, monthly_limit, spent, reserved)
            select $1::uuid, $2::uuid, $3::text, coalesce((select monthly_limit from budget
                                         where project = $2 and month < $3
                                         order by month desc limit 1), $4::numeric), 0, 0
            on conflict (project, month) do nothing""",
            new_id(),
            project,
            month,
            first_limit,
        )
        row = await _read(project, month)
    assert row is not None
    return Balance(row["id"], row["project"], row["month"], row["monthly_limit"], row["spent"], row["reserved"])


async def _read(project: UUID, month: str) -> Record | None:
    return await fetchrow(f"select {_COLUMNS} from budget where project = $1 and month = $2", project, month)
