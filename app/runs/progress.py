"""How far a run is: the seven stages as they are stored, and one percentage from them. Pure."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from app.runs.tables import Stage, StageStatus

WEIGHTS = {stage: 70 if stage is Stage.COMPONENT_GENERATION else 5 for stage in Stage}


class StageRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``done`` and ``total`` count components. ``error`` is the sentence that people read."""

    name: Stage
    status: StageStatus = StageStatus.PENDING
    started_at: datetime | None = None
    duration_ms: int | None = None
    done: int = 0
    total: int = 0
    error: str | None = None


def untouched() -> tuple[StageRecord, ...]:
    return tuple(StageRecord(name=stage) for stage in Stage)


def finished() -> tuple[StageRecord, ...]:
    """Of a run whose stages nobody timed."""
    return tuple(StageRecord(name=stage, status=StageStatus.COMPLETED) for stage in Stage)


def percentage(stages: Sequence[StageRecord]) -> int:
    """Component generation is 70 %, shared by its components; every other stage 5 %; skipped counts as done.

    It stays below 100 until the run is completed, which only its last write says.
    """
    return min(99, sum(_share(stage) for stage in stages))


def replaced(stages: Sequence[StageRecord], record: StageRecord) -> tuple[StageRecord, ...]:
    return tuple(record if stage.name == record.name else stage for stage in stages)


def dump(stages: Sequence[StageRecord]) -> str:
    return msgspec.json.encode(stages).decode()


def load(text: str) -> tuple[StageRecord, ...]:
    return msgspec.json.decode(text, type=tuple[StageRecord, ...]) or untouched()


def _share(stage: StageRecord) -> int:
    if stage.status in (StageStatus.COMPLETED, StageStatus.SKIPPED):
        return WEIGHTS[stage.name]
    if stage.total:
        return WEIGHTS[stage.name] * stage.done // stage.total
    return 0
