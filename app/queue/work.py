"""Take one run, work on it, and see to its end: the one place where an attempt's outcome is decided."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

import structlog

from app.errors import PressroomError, ProviderTransient, TimedOut
from app.live.events import project_topic, run_topic
from app.pipeline.execute import execute
from app.pipeline.work import Press, Work
from app.projects.library import voice
from app.queue.claim import Claim, claim_next, claim_this
from app.queue.under_way import StopReason, UnderWay
from app.runs.fence import LostLease
from app.runs.find import inputs_of
from app.runs.progress import untouched
from app.runs.tables import Run, Stage
from app.runs.transitions import fail, put_back
from app.studio import Studio

JITTER = 0.25

log = structlog.get_logger()


class TryAgain(Exception):
    """The run is back in the queue and available in ``delay`` seconds."""

    def __init__(self, delay: float) -> None:
        super().__init__(f"try again in {delay:.1f} s")
        self.delay = delay


class FailedForGood(Exception):
    """The run is a dead letter now."""


@dataclass(frozen=True, slots=True)
class Workplace:
    """``name`` is the worker's, as people see it."""

    studio: Studio
    press: Press
    under_way: UnderWay
    name: str


async def work_on_one(place: Workplace, bound: UUID | None, bind: Callable[[UUID], None]) -> None:
    """``bound`` is the run that an earlier try of this message took; ``bind`` writes a newly taken run into it.

    Raises ``TryAgain`` or ``FailedForGood``, so that the message's own retry and dead letter tell of this run.
    """
    if place.under_way.is_draining:
        return  # the sweep sends another message to those that stay
    claim = await _claim(place, bound)
    if claim is None:
        return
    bind(claim.run.id)
    try:
        with place.under_way.hold(claim.fence):
            await _attempt(place, claim)
    finally:
        # A place is free: whoever found none when its message came is woken by this one.
        await _announce(place, claim.run, wake=1)
        structlog.contextvars.clear_contextvars()


async def _claim(place: Workplace, bound: UUID | None) -> Claim | None:
    settings = place.studio.settings
    terms = (place.name, settings.lease_seconds, settings.runs_per_project)
    if bound is not None and (claim := await claim_this(bound, *terms)):
        return claim
    return await claim_next(*terms)


async def _attempt(place: Workplace, claim: Claim) -> None:
    work: Work | None = None
    limit = asyncio.timeout(place.studio.settings.run_timeout)
    try:
        async with limit:
            if place.under_way.is_draining:  # since the claim began
                return await _give_back(place, claim)
            await _announce(place, claim.run)
            work = await _begin(place, claim)
            await execute(work)
    except LostLease:
        log.info("run_is_somebody_elses", run=str(claim.run.id))
    except asyncio.CancelledError:
        # Lost: nothing is ours to write any more. Shutdown: the run goes back with its checkpoints, its attempt kept.
        if place.under_way.reason(claim.fence) is StopReason.SHUTDOWN:
            await _give_back(place, claim)
    except PressroomError as error:
        await _failed(place, claim, error, work)
    except Exception:  # the boundary: whatever it was, it is recorded, counted as an attempt, and told to the message
        if limit.expired():
            seconds = place.studio.settings.run_timeout
            explained: PressroomError = TimedOut(f"This took longer than {seconds} seconds and was stopped.")
        else:
            log.exception("run_failed_unexpectedly", run=str(claim.run.id))
            explained = ProviderTransient("Something went wrong inside Pressroom. The log has the details.")
        await _failed(place, claim, explained, work)


async def _begin(place: Workplace, claim: Claim) -> Work:
    run = claim.run
    return Work(
        studio=place.studio,
        press=place.press,
        run=run,
        fence=claim.fence,
        inputs=inputs_of(run),
        voice=await voice(run.project, run.brand_voice) if run.brand_voice else None,
    )


async def _give_back(place: Workplace, claim: Claim) -> None:
    with suppress(LostLease):
        await put_back(claim.fence, delay=0, keeps_attempt=True)


async def _failed(place: Workplace, claim: Claim, error: PressroomError, work: Work | None) -> None:
    settings = place.studio.settings
    stage = work.stage if work else Stage.VALIDATION
    stages = work.stages if work else untouched()
    if error.retryable and place.under_way.is_draining:
        await _give_back(place, claim)  # whoever stops us may have stopped the provider first
        return
    try:
        if error.retryable and claim.run.attempts < settings.run_attempts:
            delay = backoff(claim.run.attempts, settings.retry_base, error.retry_after)
            await put_back(claim.fence, delay=delay, error=error, stages=stages)
            raise TryAgain(delay)
        await fail(claim.fence, error, stage, stages)
    except LostLease:
        return
    raise FailedForGood(error.message)


def backoff(attempts: int, base: Decimal, retry_after: float | None) -> float:
    """Seconds before the next attempt: doubling from ``base``, spread a little, never before the provider's word."""
    usual: float = float(base) * 2.0 ** (attempts - 1) * random.uniform(1, 1 + JITTER)  # noqa: S311 - spread, no secret
    return max(usual, retry_after or 0.0)


async def _announce(place: Workplace, run: Run, wake: int = 0) -> None:
    await place.studio.nudge(run_topic(run.id), project_topic(run.project), wake=wake)
