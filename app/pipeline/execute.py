"""The seven stages of a run, in their order. This file is the whole chain.

A stage makes its part of ``Work`` and returns, or raises: a ``PressroomError`` with a sentence for people, or
``LostLease`` when the run is no longer ours. Nobody here holds a connection while a provider talks.
"""

from collections.abc import Awaitable, Callable

from app.errors import PressroomError
from app.pipeline import hooks
from app.pipeline.assemble import assemble
from app.pipeline.check import check
from app.pipeline.gather import gather
from app.pipeline.generate import generate
from app.pipeline.polish import polish
from app.pipeline.store import store
from app.pipeline.validate import validate
from app.pipeline.work import Work
from app.runs.tables import Stage, StageStatus

STAGES: tuple[tuple[Stage, Callable[[Work], Awaitable[None]]], ...] = (
    (Stage.VALIDATION, validate),
    (Stage.CONTEXT_BUILDING, gather),
    (Stage.COMPONENT_GENERATION, generate),
    (Stage.TEMPLATE_ASSEMBLY, assemble),
    (Stage.QUALITY_VALIDATION, check),
    (Stage.POST_PROCESSING, polish),
    (Stage.STORAGE, store),
)
# These take time that somebody may watch. Component generation tells of itself, with how many components there are;
# the others are over before a page could show them, and are written with what comes after them.
TOLD_AT_ONCE = frozenset({Stage.CONTEXT_BUILDING, Stage.QUALITY_VALIDATION})


async def execute(work: Work) -> None:
    """Raises what a stage raised, after the stage's record says so."""
    await hooks.run_all(hooks.BEFORE_PIPELINE, work)
    for stage, step in STAGES:
        if stage is Stage.QUALITY_VALIDATION and work.run.skip_quality_check:
            work.skip(stage)
            continue
        work.begin(stage)
        if stage in TOLD_AT_ONCE:
            await work.tell()
        try:
            await step(work)
        except PressroomError as error:
            work.end(StageStatus.FAILED, error.message)
            raise
        if stage is not Stage.STORAGE:  # storage ends in its own transaction, with the run
            work.end()
    await hooks.run_all(hooks.AFTER_PIPELINE, work)
