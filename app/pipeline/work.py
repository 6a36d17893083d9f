"""One attempt at one run: what it started from, what it has made so far, and how it tells of its progress."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

import structlog

from app.clock import now
from app.live.events import project_topic, run_topic
from app.pipeline.prepare import Plan
from app.projects.library import BrandVoiceChoice
from app.providers.contract import TextProvider
from app.quality.contract import Verdict
from app.recipes import RECIPES
from app.recipes.contract import Inputs, Recipe
from app.runs.fence import Fence
from app.runs.progress import StageRecord, replaced, untouched
from app.runs.tables import Run, Stage, StageStatus
from app.studio import Studio

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Press:
    """What a worker process has for all its runs: providers, and a limited number of calls at each."""

    providers: Mapping[str, TextProvider]
    slots: Mapping[str, asyncio.Semaphore]


@dataclass(slots=True)
class Work:
    studio: Studio
    press: Press
    run: Run
    fence: Fence
    inputs: Inputs
    voice: BrandVoiceChoice | None
    plan: Plan | None = None
    parts: dict[str, str] = field(default_factory=dict)
    markdown: str = ""
    verdicts: tuple[Verdict, ...] = ()
    stages: tuple[StageRecord, ...] = field(default_factory=untouched)
    stage: Stage = Stage.VALIDATION
    _began: float = 0.0
    storing: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def recipe(self) -> Recipe:
        return RECIPES[self.run.recipe]

    @property
    def topics(self) -> tuple[str, str]:
        return run_topic(self.run.id), project_topic(self.run.project)

    def begin(self, stage: Stage) -> None:
        """Written with whatever is written next."""
        self.stage, self._began = stage, monotonic()
        self._put(StageRecord(name=stage, status=StageStatus.RUNNING, started_at=now()))

    def end(self, status: StageStatus = StageStatus.COMPLETED, error: str | None = None) -> None:
        """Written with whatever is written next."""
        record = self._record()
        duration = round((monotonic() - self._began) * 1000)
        self._put(
            StageRecord(
                name=self.stage,
                status=status,
                started_at=record.started_at,
                duration_ms=duration,
                done=record.done,
                total=record.total,
                error=error,
            )
        )

    def skip(self, stage: Stage) -> None:
        self.stage = stage
        self._put(StageRecord(name=stage, status=StageStatus.SKIPPED))

    def counted(self, done: int, total: int) -> tuple[StageRecord, ...]:
        """The stages when ``done`` of ``total`` components are there."""
        record = self._record()
        return replaced(
            self.stages,
            StageRecord(name=self.stage, status=record.status, started_at=record.started_at, done=done, total=total),
        )

    async def tell(self) -> None:
        """One write ends the stages before and begins this one. It is a commit, for which the run waits."""
        await self.fence.record_stages(self.stage, self.stages)
        await self.announce()

    async def announce(self) -> None:
        await self.studio.live.changed(*self.topics)

    def _record(self) -> StageRecord:
        return next(record for record in self.stages if record.name == self.stage)

    def _put(self, record: StageRecord) -> None:
        self.stages = replaced(self.stages, record)
