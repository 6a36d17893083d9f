"""Runs, read from the database."""

from collections.abc import Mapping
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from app.database import Record, fetchrow
from app.recipes import RECIPES
from app.recipes.contract import Inputs
from app.runs.tables import Run

T = TypeVar("T")


def run_of(row: Record) -> Run:
    run = Run(**dict(row))
    run._exists_in_db = True
    return run


async def run_by_id(run_id: UUID) -> Run | None:
    row = await fetchrow("select * from run where id = $1", run_id)
    return run_of(row) if row else None


async def run_in_project(project: UUID, run_id: UUID) -> Run | None:
    """None for a run of another project, as for one that does not exist."""
    row = await fetchrow("select * from run where id = $1 and project = $2", run_id, project)
    return run_of(row) if row else None


def inputs_of(run: Run) -> Inputs:
    stored: Mapping[str, Any] = msgspec.json.decode(run.inputs)
    return RECIPES[run.recipe].load(stored)


def decoded(text: str, kind: type[T]) -> T:
    """A JSONB column's value; Piccolo hands JSON over as text."""
    return msgspec.json.decode(text, type=kind)
