"""The list of a project's runs: filters, search, and pages by key, newest first."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.database import Record, fetch
from app.runs.find import run_of
from app.runs.tables import Run

MOST = 200
LONGEST_SEARCH = 200  # characters; titles have 160 at most


@dataclass(frozen=True, slots=True)
class Filters:
    """None means any. ``before`` is the id of the last run of the page before: runs older than it follow."""

    status: str | None = None
    recipe: str | None = None
    member: UUID | None = None
    batch: UUID | None = None
    scene: str | None = None
    words: str | None = None
    needs_review: bool | None = None
    before: UUID | None = None

    @property
    def is_any(self) -> bool:
        return all(
            value is None
            for value in (self.status, self.recipe, self.member, self.batch, self.scene, self.words, self.needs_review)
        )


@dataclass(frozen=True, slots=True)
class Listed:
    run: Run
    email: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the key of the next page, None on the last."""

    runs: tuple[Listed, ...]
    next: UUID | None


async def list_runs(project: UUID, filters: Filters, limit: int) -> Page:
    conditions, values = _conditions(project, filters)
    rows = await fetch(
        f"""select run.*, member.email from run left join member on member.id = run.member
        where {" and ".join(conditions)} order by run.id desc limit {min(limit, MOST) + 1}""",
        *values,
    )
    shown = rows[: min(limit, MOST)]
    return Page(tuple(_listed(row) for row in shown), shown[-1]["id"] if len(rows) > len(shown) else None)


def _conditions(project: UUID, filters: Filters) -> tuple[list[str], list[Any]]:
    conditions, values = ["run.project = $1"], [project]

    def add(condition: str, value: Any) -> None:
        if value is not None:
            values.append(value)
            conditions.append(condition.format(f"${len(values)}"))

    if filters.status == "active":
        conditions.append("run.status in ('scheduled', 'queued', 'running', 'waiting')")
    else:
        add("run.status = {}", filters.status)
    add("run.recipe = {}", filters.recipe)
    add("run.member = {}", filters.member)
    add("run.batch = {}", filters.batch)
    add("run.scene_id = {}", filters.scene)
    add("to_tsvector('simple', run.title) @@ to_tsquery('simple', {})", _prefix_query(filters.words))
    add("run.needs_review = {}", filters.needs_review)
    add("run.id < {}", filters.before)
    return conditions, values


def _prefix_query(words: str | None) -> str | None:
    """Every word has to be there, the last letters may be missing: ``brass la`` finds "Brass lamps".

    Quoted, so that PostgreSQL takes ``desk-lamp`` and ``2.5`` apart as it did in the titles.
    """
    if words is None:
        return None
    quoted = words[:LONGEST_SEARCH].replace("\\", " ").replace("'", "''").split()
    return " & ".join(f"'{word}':*" for word in quoted) or None


def _listed(row: Record) -> Listed:
    columns = dict(row)
    email = columns.pop("email")
    return Listed(run_of(columns), email)
