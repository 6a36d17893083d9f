"""The list of a project's runs: filters, search, and pages by key, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from app.database import Record, fetch
from app.runs.find import run_of
from app.runs.tables import Run

MOST = 200
LONGEST_SEARCH = 200  # characters; titles have 160 at most
LOOK_THROUGH = 1_000  # titles; a few milliseconds
# What lists show of a run. Its inputs are not among them: they may have 100 kB each.
SHOWN = (
    *("id", "title", "recipe", "action", "language", "lane", "status", "stage", "percentage", "needs_review"),
    *("cost", "has_unknown_price", "error_message", "created_at", "project"),
    *("scheduled_for", "available_at", "skip_quality_check"),
)


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


@dataclass(frozen=True, slots=True)
class Listed:
    """``run`` has the columns in ``SHOWN``; its others were not read and stand at their defaults."""

    run: Run
    email: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """``next`` is the key of the next page, None on the last."""

    runs: tuple[Listed, ...]
    next: UUID | None


async def list_runs(project: UUID, filters: Filters, limit: int) -> Page:
    limit = min(limit, MOST)
    where, values = _conditions(project, filters)
    query = _prefix_query(filters.words)
    if query is None:
        rows = await _rows(_newest(where, limit), values)
    else:
        rows = await _rows(_among_the_newest(where, limit, len(values)), [*values, query])
        if len(rows) <= limit:
            rows = await _rows(_by_words(where, limit, len(values)), [*values, query])
    shown = rows[:limit]
    return Page(tuple(_listed(row) for row in shown), shown[-1]["id"] if len(rows) > len(shown) else None)


async def _rows(page: str, values: list[Any]) -> Sequence[Record]:
    """The ids are found first, so that what a row shows is read of those runs alone."""
    return await fetch(
        f"""select {", ".join(f"run.{column}" for column in SHOWN)}, member.email
        from ({page}) page join run on run.id = page.id left join member on member.id = run.member
        order by run.id desc""",
        *values,
    )


def _newest(where: str, limit: int) -> str:
    """One more than the limit tells whether there is a next page."""
    return f"select id from run where {where} order by id desc limit {limit + 1}"


def _among_the_newest(where: str, limit: int, before: int) -> str:
    """Words that many titles have are found here, without gathering all of history. ``before`` counts the values."""
    return f"""select id from (select id, title from run where {where} order by id desc limit {LOOK_THROUGH}) newest
        where to_tsvector('simple', title) @@ to_tsquery('simple', ${before + 1}) order by id desc limit {limit + 1}"""


def _by_words(where: str, limit: int, before: int) -> str:
    """From the index ``run_words``, in which the project is a word of each title.

    Materialised, because PostgreSQL would rather walk through all runs, newest first, and read every title. A query
    without a word must not become one for the project alone.
    """
    words = f"to_tsquery('simple', ${before + 1})"
    return f"""with found as materialized (
            select id from run where {where} and numnode({words}) > 0
            and (to_tsvector('simple', title) || array_to_tsvector(array[' ' || project::text]))
                @@ ({words} && quote_literal(' ' || $1::text)::tsquery))
        select id from found order by id desc limit {limit + 1}"""


def _conditions(project: UUID, filters: Filters) -> tuple[str, list[Any]]:
    """All but the words. The project is ``$1``."""
    conditions, values = ["project = $1"], [project]

    def add(condition: str, value: Any) -> None:
        if value is not None:
            values.append(value)
            conditions.append(condition.format(f"${len(values)}"))

    if filters.status == "active":
        conditions.append("status in ('scheduled', 'queued', 'running', 'waiting')")
    else:
        add("status = {}", filters.status)
    add("recipe = {}", filters.recipe)
    add("member = {}", filters.member)
    add("batch = {}", filters.batch)
    add("scene_id = {}", filters.scene)
    add("needs_review = {}", filters.needs_review)
    add("id < {}", filters.before)
    return " and ".join(conditions), values


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
