"""The seven stages of a run as one line that fills."""

from collections.abc import Mapping
from datetime import datetime

from app.clock import now
from app.runs.progress import StageRecord, load
from app.runs.tables import Run, Stage, StageStatus, Status
from app.runs.views import StagesView, StageView

STAGE_LABELS: Mapping[Stage, str] = {
    Stage.VALIDATION: "Validate",
    Stage.CONTEXT_BUILDING: "Gather context",
    Stage.COMPONENT_GENERATION: "Write components",
    Stage.TEMPLATE_ASSEMBLY: "Assemble",
    Stage.QUALITY_VALIDATION: "Check",
    Stage.POST_PROCESSING: "Polish",
    Stage.STORAGE: "Store",
}
AT_WORK = frozenset({Status.RUNNING, Status.WAITING})


def stages_of(run: Run) -> StagesView:
    stages = load(run.stages)
    status = Status(run.status)
    current = next((stage for stage in stages if stage.status is StageStatus.RUNNING), None)
    current = current if status in AT_WORK else None
    spoken = f"{STAGE_LABELS[current.name]}, {run.percentage} %" if current else run.status.capitalize()
    took = sum(stage.duration_ms or 0 for stage in stages) if status is Status.COMPLETED else None
    return StagesView(tuple(_stage(stage, status) for stage in stages), run.percentage, spoken, took)


def _stage(stage: StageRecord, status: Status) -> StageView:
    is_partial = stage.status in (StageStatus.RUNNING, StageStatus.FAILED)
    is_running = stage.status is StageStatus.RUNNING and status in AT_WORK
    filled = 100 if stage.status in (StageStatus.COMPLETED, StageStatus.SKIPPED) else 0
    state = _stage_state(stage, status)
    return StageView(
        name=stage.name.value,
        label=STAGE_LABELS[stage.name],
        state=state,
        filled=100 * stage.done // stage.total if stage.total and is_partial else filled,
        duration_ms=None if state is StageStatus.PENDING else stage.duration_ms,
        elapsed_ms=_elapsed_ms(stage.started_at) if is_running else None,
        detail=_stage_detail(stage, status) if is_partial else "",
    )


def _stage_state(stage: StageRecord, status: Status) -> StageStatus:
    """A stage is under way only while its run is, and has failed only where its run has: everywhere else it waits."""
    if stage.status is StageStatus.RUNNING and status not in AT_WORK:
        return StageStatus.PENDING
    if stage.status is StageStatus.FAILED and status is not Status.FAILED:
        return StageStatus.PENDING
    return stage.status


def _stage_detail(stage: StageRecord, status: Status) -> str:
    count = f"{stage.done} of {stage.total}" if stage.total > 1 else ""
    if status is Status.CANCELED:
        return f"stopped at {count}" if count else "stopped"
    if status is Status.FAILED:
        return f"failed at {count}" if count else "failed"
    if stage.status is StageStatus.FAILED:
        return f"{count}, tries again" if stage.done else "tries again"
    return count


def _elapsed_ms(since: datetime | None) -> int | None:
    return None if since is None else max(0, round((now() - since).total_seconds() * 1000))
