"""How a run ends: completed, failed or canceled. Each is one transaction with the money that it frees."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import msgspec

from app.database import execute, transaction
from app.errors import PressroomError
from app.identity import new_id
from app.quality.contract import Outcome, Verdict
from app.runs.fence import Fence
from app.runs.holds import release_if_over
from app.runs.progress import StageRecord, dump, finished
from app.runs.tables import FINISHED, Origin, Run, Stage

_END = "lease_token = null, lease_until = null, completed_at = now()"
_CANCEL = f"""
with latest as (
    select checks @> '[{{"outcome": "flagged"}}]' as is_flagged from revision where run = $1
    order by number desc limit 1
)
update run set available_at = null, cancel_requested_at = now(), {_END}, error_code = null, error_message = null,
    status = case when exists (select from latest) then 'completed' else 'canceled' end,
    percentage = case when exists (select from latest) then 100 else percentage end,
    stages = case when exists (select from latest) then $3::jsonb else stages end,
    stage = case when exists (select from latest) then $4 else stage end,
    needs_review = coalesce((select is_flagged from latest), false)
where id = $1 and not status = any($2)
"""


@dataclass(frozen=True, slots=True)
class Output:
    parts: Mapping[str, str]
    markdown: str
    verdicts: tuple[Verdict, ...]
    word_count: int


async def complete(fence: Fence, run: Run, output: Output, stages: tuple[StageRecord, ...]) -> None:
    """Raises ``LostLease``."""
    flagged = any(verdict.outcome is Outcome.FLAGGED for verdict in output.verdicts)
    async with transaction():
        await fence.update(
            f"""status = 'completed', percentage = 100, stage = $3, stages = $4, word_count = $5, needs_review = $6,
            error_code = null, error_message = null, error_stage = null, {_END}""",
            Stage.STORAGE.value,
            dump(stages),
            output.word_count,
            flagged,
        )
        await _add_revision(run, output)
        await release_if_over(run.id)  # last: it locks the project's month until the commit


async def fail(fence: Fence, error: PressroomError, stage: Stage, stages: tuple[StageRecord, ...]) -> None:
    """For good: the run is a dead letter from here on. Raises ``LostLease``."""
    async with transaction():
        await fence.update(
            f"""status = 'failed', stage = $3, stages = $4, error_code = $5, error_message = $6, error_stage = $3,
            error_retryable = $7, {_END}""",
            stage.value,
            dump(stages),
            error.code,
            error.message,
            error.retryable,
        )
        await release_if_over(fence.run)


async def put_back(
    fence: Fence,
    *,
    delay: float,
    error: PressroomError | None = None,
    stages: tuple[StageRecord, ...] | None = None,
    keeps_attempt: bool = False,
) -> None:
    """Back to the queue, available in ``delay`` seconds; ``keeps_attempt`` when it was not the run's fault.

    Raises ``LostLease``.
    """
    await fence.update(
        """status = 'queued', lease_token = null, lease_until = null, worker = null,
        available_at = case when $3::float8 > 0 then now() + make_interval(secs => $3::float8) end,
        attempts = attempts - $4::int, error_code = $5, error_message = $6, stages = coalesce($7::jsonb, stages)""",
        delay,
        1 if keeps_attempt else 0,
        error.code if error else None,
        error.message if error else None,
        dump(stages) if stages else None,
    )


async def cancel_if_alive(run_id: UUID) -> bool:
    """Wherever the run is in its life. False where it has ended already; saying it twice changes nothing.

    A worker that has it loses its lease with this write. Canceling a regeneration leaves the run as completed as it
    was: with its latest revision.
    """
    async with transaction():
        changed = await execute(
            _CANCEL, run_id, [status.value for status in FINISHED], dump(finished()), Stage.STORAGE.value
        )
        if changed != 1:
            return False
        await release_if_over(run_id)
        await execute("select pg_notify('run_canceled', $1)", str(run_id))
    return True


async def _add_revision(run: Run, output: Output) -> None:
    await execute(
        """insert into revision (id, run, number, origin, parts, markdown, checks, word_count, member, created_at)
        select $1::uuid, $2::uuid, coalesce(max(number), 0) + 1, $3::text, $4::jsonb, $5::text, $6::jsonb, $7::int,
            $8::uuid, now() from revision where run = $2""",
        new_id(),
        run.id,
        (Origin.GENERATED if run.round == 1 else Origin.REGENERATED).value,
        msgspec.json.encode(dict(output.parts)).decode(),
        output.markdown,
        msgspec.json.encode(output.verdicts).decode(),
        output.word_count,
        run.member,
    )
