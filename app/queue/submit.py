"""Put a request into the queue: the run and the money that is held for it, in one transaction."""

import asyncio
import hashlib
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from asyncpg import UniqueViolationError

from app.clock import month_of, now
from app.database import execute, fetchrow, transaction
from app.errors import BudgetExceeded, Conflict, FieldError, QueueFull, ValidationFailed
from app.identity import new_id
from app.live.events import project_topic
from app.money import spoken
from app.pipeline.prepare import prepare
from app.providers import catalog
from app.queue.depth import is_full
from app.queue.estimate import Estimate, estimate
from app.queue.request import Request
from app.queue.score import Placement, action_rank, place, promotion_time
from app.recipes import RECIPES
from app.runs.find import run_of
from app.runs.progress import dump, untouched
from app.runs.tables import Run, Status
from app.spending.budgets import Balance, budget_of
from app.spending.ledger import reserve
from app.studio import Studio

FULL_QUEUE_PAUSE = 30.0
JSON_COLUMNS = frozenset({"inputs", "score_reasons", "stages", "notes", "context_report"})


@dataclass(frozen=True, slots=True)
class Quote:
    """What would happen if somebody pressed the button now."""

    estimate: Estimate
    placement: Placement
    budget: Balance


@dataclass(frozen=True, slots=True)
class Submitted:
    """``is_new`` is False where the same idempotency key brought an earlier run back."""

    run: Run
    is_new: bool = True


class _DoesNotFit(Exception):
    """Rolls the submit back."""


async def quote(studio: Studio, request: Request) -> Quote:
    settings = studio.settings
    if "+" in request.profile.model and not settings.uses_demo(request.profile.provider):
        # Behind a plus stands how the demo provider is to misbehave; no real model has one.
        raise ValidationFailed.of(FieldError("model", "unknown", "Pressroom does not know this model."))
    # Counting tokens of a long context takes milliseconds that other pages on this loop should not wait for.
    plan = await asyncio.to_thread(
        prepare, request.recipe, request.inputs, request.language, request.voice, settings.context_tokens
    )
    starts = request.scheduled_for or now()
    return Quote(
        estimate=await estimate(request, plan, settings.unknown_price),
        placement=place(
            chosen=request.lane, metadata=request.metadata, deadline=request.deadline, is_bulk=False, now=now()
        ),
        budget=await budget_of(request.project.id, month_of(starts), settings.monthly_budget),
    )


async def submit(
    studio: Studio, request: Request, *, member: UUID | None, idempotency_key: str | None = None
) -> Submitted:
    """Raises ``BudgetExceeded``, ``QueueFull``, or ``Conflict`` for a key that came with another request before."""
    if earlier := await _earlier(request, idempotency_key):
        return earlier
    if await is_full(studio.settings.queue_limit):
        raise QueueFull("The queue is full. Try again in half a minute.", retry_after=FULL_QUEUE_PAUSE)
    quoted = await quote(studio, request)
    row = _row(request, quoted, member, idempotency_key, studio.settings.promote_after)
    try:
        await _insert(row, quoted)
    except _DoesNotFit:
        raise await _too_dear(studio, quoted) from None
    except UniqueViolationError:
        if earlier := await _earlier(request, idempotency_key):
            return earlier
        raise
    await studio.nudge(project_topic(request.project.id), wake=1 if row["status"] == Status.QUEUED else 0)
    return Submitted(Run(**row))


def fingerprint(request: Request) -> str:
    """The same for requests that ask for the same thing: sha256 over everything that shapes the answer."""
    voice = request.voice
    shape = (
        str(request.project.id),
        request.recipe,
        request.inputs,
        request.language,
        f"{voice.name}/{voice.version}" if voice else None,
        request.profile.provider,
        request.profile.model,
        request.profile.temperature,
    )
    return hashlib.sha256(msgspec.json.encode(shape, order="deterministic")).hexdigest()


async def _insert(row: dict[str, Any], quoted: Quote) -> None:
    columns = ", ".join(row)
    async with transaction():
        await execute(
            f"insert into run ({columns}) select {columns} from jsonb_populate_record(null::run, $1::jsonb)",
            _as_json(row),
        )
        # Last, because it locks the month's budget for everybody until the commit.
        if not await reserve(quoted.budget.id, row["reserved"], run=row["id"], cause="submit"):
            raise _DoesNotFit


def _row(request: Request, quoted: Quote, member: UUID | None, key: str | None, promote_after: int) -> dict[str, Any]:
    recipe = RECIPES[request.recipe]
    moment = now()
    status = Status.SCHEDULED if request.scheduled_for else Status.QUEUED
    figures, placement, profile = quoted.estimate, quoted.placement, request.profile
    return {
        "id": new_id(),
        "project": request.project.id,
        "member": member,
        "recipe": request.recipe,
        "action": recipe.action(request.inputs),
        "title": recipe.title(request.inputs),
        "scene_id": getattr(request.inputs, "scene_id", None),
        "inputs": msgspec.json.encode(request.inputs).decode(),
        "language": request.language,
        "brand_voice": request.voice.id if request.voice else None,
        "model_profile": profile.id,
        "provider": profile.provider,
        "model": profile.model,
        "temperature": profile.temperature,
        "fingerprint": fingerprint(request),
        "idempotency_key": key,
        "skip_quality_check": request.skip_quality_check,
        "lane": int(placement.lane),
        "lane_source": placement.source.value,
        "score": placement.score,
        "score_reasons": msgspec.json.encode(placement.reasons).decode(),
        "is_interactive": True,
        "action_rank": action_rank(recipe.action(request.inputs)),
        "promotions": 0,
        "promote_at": None if request.scheduled_for else promotion_time(placement.lane, moment, promote_after),
        "status": status.value,
        "stage": None,
        "stages": dump(untouched()),
        "percentage": 0,
        "round": 1,
        "attempts": 0,
        "claims": 0,
        "lost_leases": 0,
        "notes": msgspec.json.encode(_notes(request)).decode(),
        "context_report": "[]",
        "needs_review": False,
        "input_tokens": 0,
        "output_tokens": 0,
        "cached_tokens": 0,
        "cost": Decimal(0),
        "has_unknown_price": False,
        "reserved": figures.high,
        "budget": quoted.budget.id,
        "estimate_low": figures.low,
        "estimate_expected": figures.expected,
        "estimate_high": figures.high,
        "estimate_seconds": figures.seconds,
        "word_count": 0,
        "error_retryable": False,
        "created_at": moment,
        "queued_at": None if request.scheduled_for else moment,
        "scheduled_for": request.scheduled_for,
        "deadline": request.deadline,
    }


def _as_json(row: dict[str, Any]) -> str:
    """As ``jsonb_populate_record`` takes it: JSON columns as they are, money as text so that no digit is lost."""
    return msgspec.json.encode(
        {name: msgspec.Raw(value.encode()) if name in JSON_COLUMNS else value for name, value in row.items()}
    ).decode()


def _notes(request: Request) -> list[str]:
    model = catalog.find(request.profile.model)
    if request.profile.temperature is not None and model is not None and not model.takes_temperature:
        return [f"{model.label} takes no temperature: it was not sent."]
    return []


async def _too_dear(studio: Studio, quoted: Quote) -> BudgetExceeded:
    """With the balance as it is now: others may have taken what was left a moment ago."""
    known = quoted.budget
    budget = await budget_of(known.project, known.month, studio.settings.monthly_budget)
    return BudgetExceeded(
        f"This needs up to {spoken(quoted.estimate.high)}, and {spoken(budget.left)} of the month's "
        f"{spoken(budget.limit)} is left. Wait for running work to finish, or ask an owner to raise the budget."
    )


async def _earlier(request: Request, key: str | None) -> Submitted | None:
    if key is None:
        return None
    row = await fetchrow("select * from run where project = $1 and idempotency_key = $2", request.project.id, key)
    if row is None:
        return None
    if row["fingerprint"] != fingerprint(request):
        raise Conflict("This Idempotency-Key came with another request before. Use a new key for a new request.")
    return Submitted(run_of(row), is_new=False)
