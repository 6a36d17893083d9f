"""What happens around every run, whatever it makes. A hook is an ``async`` function that takes the ``Work``."""

from collections.abc import Awaitable, Callable, Iterable

import structlog

from app.pipeline.work import Work
from app.runs.tables import Stage

log = structlog.get_logger()


async def name_the_run_in_logs(work: Work) -> None:
    """Every line that is logged from here on carries the run and its attempt."""
    structlog.contextvars.bind_contextvars(run=str(work.run.id), attempt=work.run.attempts)


async def log_where_the_time_went(work: Work) -> None:
    durations = {record.name.value: record.duration_ms for record in work.stages if record.duration_ms is not None}
    generation = durations.get(Stage.COMPONENT_GENERATION.value, 0)
    log.info(
        "run_completed",
        recipe=work.run.recipe,
        stages_ms=durations,
        beside_generation_ms=sum(durations.values()) - generation,
    )


BEFORE_PIPELINE: tuple[Callable[[Work], Awaitable[None]], ...] = (name_the_run_in_logs,)
AFTER_PIPELINE: tuple[Callable[[Work], Awaitable[None]], ...] = (log_where_the_time_went,)


async def run_all(hooks: Iterable[Callable[[Work], Awaitable[None]]], work: Work) -> None:
    for hook in hooks:
        await hook(work)
