"""What people do to a run: cancel it, try it again, have it written anew."""

from uuid import UUID

from app.clock import month_of, now
from app.database import execute, fetch, fetchrow, transaction
from app.errors import BudgetExceeded, Conflict
from app.live.events import Event, project_topic, run_topic
from app.money import spoken
from app.recipes import RECIPES
from app.runs.checkpoints import add_checkpoint
from app.runs.find import inputs_of
from app.runs.progress import dump, untouched
from app.runs.tables import Run, Status
from app.runs.transitions import cancel_if_alive
from app.spending.budgets import budget_of
from app.spending.ledger import release, reserve
from app.studio import Studio

_AFRESH = """status = 'queued', attempts = 0, lost_leases = 0, percentage = 0, stage = null, stages = $3::jsonb,
    queued_at = now(), available_at = null, started_at = null, completed_at = null, cancel_requested_at = null,
    promotions = 0, promote_at = case when lane > 0 then now() + make_interval(mins => $7::int) end,
    error_code = null, error_message = null, error_stage = null, needs_review = false,
    reserved = $4::numeric, budget = $5::uuid, is_interactive = true"""


async def cancel(studio: Studio, run: Run) -> bool:
    """False where the run has ended already. Its worker hears of it within milliseconds and drops the connection."""
    was_alive = await cancel_if_alive(run.id)
    if was_alive:
        await studio.live.changed(run_topic(run.id), project_topic(run.project))
    return was_alive


async def retry(studio: Studio, run: Run) -> None:
    """A failed run goes on from its checkpoints, with all its attempts before it.

    Raises ``Conflict`` for a run in another state, ``BudgetExceeded``.
    """
    await _start_afresh(studio, run, (Status.FAILED,), new_round=False)


async def regenerate(studio: Studio, run: Run, component: str | None = None) -> None:
    """A completed run is written anew as its next revision: whole, or one component with the others kept."""
    await _start_afresh(studio, run, (Status.COMPLETED,), new_round=True, only=component)


async def _start_afresh(
    studio: Studio, run: Run, allowed: tuple[Status, ...], *, new_round: bool, only: str | None = None
) -> None:
    budget = await budget_of(run.project, month_of(now()), studio.settings.monthly_budget)
    async with transaction():
        # What a canceled regeneration or a lost worker may still hold goes back, before anything is held anew.
        before = await fetchrow("select budget, reserved from run where id = $1 for update", run.id)
        changed = await execute(
            f"update run set {_AFRESH}, round = round + $6::int where id = $1 and status = any($2)",
            run.id,
            [status.value for status in allowed],
            dump(untouched()),
            run.estimate_high,
            budget.id,
            int(new_round),
            studio.settings.promote_after,
        )
        if changed != 1:
            raise Conflict("This run has moved on meanwhile. Look at it again.")
        if new_round:
            await _forget_live_text(studio, run, only)
        if new_round and only is not None:
            await _keep_other_checkpoints(run.id, only)
        if before is not None:
            await release(before["budget"], before["reserved"], run=run.id, cause="afresh")
        if not await reserve(budget.id, run.estimate_high, run=run.id, cause="regenerate" if new_round else "retry"):
            raise BudgetExceeded(
                f"This needs up to {spoken(run.estimate_high)}, and {spoken(budget.left)} is left this month. "
                "Wait for running work to finish, or ask an owner to raise the budget."
            )
    await studio.nudge(run_topic(run.id), project_topic(run.project), wake=1)


async def _forget_live_text(studio: Studio, run: Run, only: str | None) -> None:
    """What was written before is not what will be written now. Nobody writes before this transaction is over."""
    for component in RECIPES[run.recipe].components(inputs_of(run)):
        if only in (None, component.name):
            await studio.live.send(run_topic(run.id), Event(f"text:{component.name}"))


async def _keep_other_checkpoints(run: UUID, component: str) -> None:
    """They come from the latest revision: the round before may have been canceled halfway."""
    rows = await fetch(
        """select key as component, value as text, run.round, run.model
        from run, revision, jsonb_each_text(revision.parts)
        where run.id = $1 and revision.run = $1 and number = (select max(number) from revision where run = $1)""",
        run,
    )
    if component not in {row["component"] for row in rows}:
        raise Conflict("This run has no such part.")
    for row in rows:
        if row["component"] != component:
            await add_checkpoint(run, row["round"], row["component"], row["text"], row["model"])
