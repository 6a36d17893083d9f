"""Runs at each point of their life, brought there by the product's own transitions, without a provider."""

from collections.abc import Mapping
from typing import Any

from app.clock import now
from app.database import execute
from app.errors import PressroomError, ProviderTransient
from app.quality.contract import Outcome, Verdict
from app.queue.claim import Claim, claim_this
from app.runs.checkpoints import begin_call, close_unpaid_call
from app.runs.progress import StageRecord, untouched
from app.runs.tables import Run, Stage, StageStatus
from app.runs.transitions import Output, complete, fail, put_back
from app.studio import Studio
from tests.world import World, again, submitted

RUNS = "/p/lamps/runs"
TEXT = "## A lamp\n\nIt **shines**."
FLAGGED = Verdict("leftovers", "Leftovers", Outcome.FLAGGED, "A mark was left: <b>{{ name }}</b>.", ("{{ name }}",))
HOSTILE = (
    "# <script>alert(1)</script>\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1)) ![x](https://evil.example/x.png)"
    "\n\n{{ 7*7 }} {% include 'web/error.html' %} <!-- --> </textarea><script>alert(2)</script> 💡 مصباح"
)


async def claimed(run: Run, worker: str = "test") -> Claim:
    claim = await claim_this(run.id, worker, 60, runs_per_project=1_000)
    assert claim is not None, "somebody else has it"
    return claim


async def running(studio: Studio, world: World, fields: Mapping[str, Any] | None = None, **more: Any) -> Claim:
    """In the third stage, with some of it done."""
    claim = await claimed(await submitted(studio, world, None if fields is None else dict(fields), **more))
    await claim.fence.record_stages(Stage.COMPONENT_GENERATION, _half_way())
    return claim


async def completed(
    studio: Studio,
    world: World,
    markdown: str = TEXT,
    *,
    fields: Mapping[str, Any] | None = None,
    parts: Mapping[str, str] | None = None,
    verdicts: tuple[Verdict, ...] = (),
    **more: Any,
) -> Run:
    claim = await claimed(await submitted(studio, world, None if fields is None else dict(fields), **more))
    return await finish(claim, markdown, parts=parts, verdicts=verdicts)


async def finish(
    claim: Claim, markdown: str = TEXT, *, parts: Mapping[str, str] | None = None, verdicts: tuple[Verdict, ...] = ()
) -> Run:
    output = Output({"text": markdown} if parts is None else parts, markdown, verdicts, len(markdown.split()))
    await complete(claim.fence, claim.run, output, _every(StageStatus.COMPLETED))
    return await again(claim.run)


async def failed(studio: Studio, world: World, error: PressroomError | None = None, **more: Any) -> Run:
    claim = await claimed(await submitted(studio, world, **more))
    await fail(claim.fence, error or ProviderTransient("The provider failed."), Stage.COMPONENT_GENERATION, _half_way())
    return await again(claim.run)


async def waiting_for_a_retry(studio: Studio, world: World, delay: float = 600) -> Run:
    claim = await claimed(await submitted(studio, world))
    await put_back(claim.fence, delay=delay, error=ProviderTransient("The provider failed."))
    return await again(claim.run)


async def called(claim: Claim, component: str = "text") -> None:
    """As a worker does before and after a call that cost nothing."""
    call = await begin_call(claim.fence, claim.run, component, prompt_tokens=1, expected_output_tokens=1)
    await close_unpaid_call(call, "test")


async def copies(run: Run, count: int, title: str = "Copy") -> None:
    """That many more runs like this one, each newer than the one before and titled with its number."""
    await execute(
        """insert into run select copy.* from run, generate_series(1, $3) n, jsonb_populate_record(
            null::run, to_jsonb(run) || jsonb_build_object('id', gen_random_uuid(),
            'title', $2 || ' ' || lpad(n::text, 3, '0'), 'idempotency_key', null, 'reserved', 0)) copy
        where run.id = $1""",
        run.id,
        title,
        count,
    )


def _half_way() -> tuple[StageRecord, ...]:
    done = (Stage.VALIDATION, Stage.CONTEXT_BUILDING)
    return tuple(
        StageRecord(name=stage, status=StageStatus.COMPLETED, duration_ms=3)
        if stage in done
        else StageRecord(name=stage, status=StageStatus.RUNNING, started_at=now(), total=2, done=1)
        if stage is Stage.COMPONENT_GENERATION
        else StageRecord(name=stage)
        for stage in Stage
    )


def _every(status: StageStatus) -> tuple[StageRecord, ...]:
    return tuple(StageRecord(name=record.name, status=status, duration_ms=3) for record in untouched())
