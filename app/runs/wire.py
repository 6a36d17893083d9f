"""A run in JSON, as clients of the API know it. The names are a contract: see docs/api.md."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from app.clock import now
from app.live.tickets import ticket_for
from app.money import plain
from app.queue.depth import Place
from app.queue.score import Reason
from app.runs.find import decoded
from app.runs.progress import load
from app.runs.story import Story
from app.runs.tables import Lane, Run, Stage, Status
from app.settings import Settings
from app.web.markdown import to_html

API = "/api/v1/generations"


def accepted(run: Run, place: Place | None, settings: Settings) -> dict[str, Any]:
    """The answer to a submit."""
    url = f"{settings.origin}{API}/{run.id}"
    return {
        "jobId": str(run.id),
        "status": run.status,
        "position": (place.position or None) if place else None,
        "priority": Lane(run.lane).label,
        "priorityReasons": [_reason(reason) for reason in decoded(run.score_reasons, list[Reason])],
        "estimatedDuration": run.estimate_seconds,
        "estimatedCost": {
            "low": plain(run.estimate_low),
            "expected": plain(run.estimate_expected),
            "high": plain(run.estimate_high),
        },
        "sseUrl": f"{url}/events?ticket={ticket_for(settings.secret_key, run.id)}",
        "cancelUrl": url,
        "projectId": str(run.project),
        "kind": run.recipe,
        "title": run.title,
        "episodeNumber": None,
        "cached": False,
    }


def details(story: Story) -> dict[str, Any]:
    """The answer to a question for one run."""
    run = story.run
    return {
        "jobId": str(run.id),
        "status": run.status,
        "progress": run.percentage,
        "currentStep": run.stage,
        "stages": _stages(run),
        "projectId": str(run.project),
        "kind": run.recipe,
        "title": run.title,
        "episodeNumber": None,
        "wordCount": run.word_count or None,
        "tokens": {"input": run.input_tokens, "output": run.output_tokens, "cached": run.cached_tokens},
        "cost": None if run.has_unknown_price else plain(run.cost),
        "attempts": run.attempts,
        "createdAt": time(run.created_at),
        "startedAt": time(run.started_at),
        "completedAt": time(run.completed_at),
        "estimatedRemainingTime": remaining_seconds(run),
        "position": (story.place.position or None) if story.place else None,
        "waitingBecause": story.place.because if story.place else None,
        "errorCode": error_code(run),
        "errorMessage": error_message(run),
        "retryable": run.error_retryable if run.status == Status.FAILED else False,
        "episodeId": None,
        "savedToEpisode": False,
        "result": _result(story),
        "variants": [],
    }


def final_result(story: Story) -> dict[str, Any]:
    """What the ``completed`` event carries."""
    run, revision = story.run, story.revision
    return {
        "markdown": revision["markdown"] if revision else "",
        "tokens": run.input_tokens + run.output_tokens,
        "usage": {"input": run.input_tokens, "output": run.output_tokens, "cached": run.cached_tokens},
        "wordCount": run.word_count,
        "modelUsed": run.model,
        "episodeId": None,
        "episodeNumber": None,
        "savedToEpisode": False,
        "variants": [],
    }


def final_error(run: Run) -> dict[str, Any]:
    return {
        "code": error_code(run),
        "message": error_message(run),
        "retryable": run.status == Status.FAILED and run.error_retryable,
    }


def error_code(run: Run) -> str | None:
    return "JOB_CANCELED" if run.status == Status.CANCELED else run.error_code


def error_message(run: Run) -> str | None:
    return "This run was canceled." if run.status == Status.CANCELED else run.error_message


def remaining_seconds(run: Run) -> int | None:
    """None for a run that is not at work."""
    if run.status != Status.RUNNING or run.started_at is None:
        return None
    return max(1, run.estimate_seconds - round((now() - run.started_at).total_seconds()))


def time(moment: datetime | None) -> str | None:
    """RFC 3339 in UTC, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def _stages(run: Run) -> list[Mapping[str, Any]]:
    known = {record.name: record for record in load(run.stages)}
    return [
        {
            "name": stage.value,
            "status": known[stage].status.value,
            "durationMs": known[stage].duration_ms,
            "error": known[stage].error,
        }
        for stage in Stage
    ]


def _result(story: Story) -> dict[str, Any] | None:
    revision = story.revision
    if revision is None or story.status is not Status.COMPLETED:
        return None
    return {
        "markdown": revision["markdown"],
        "html": to_html(revision["markdown"]),
        "components": msgspec.json.decode(revision["parts"], type=dict[str, str]),
    }


def _reason(reason: Reason) -> str:
    return f"{reason.text} (+{reason.points})" if reason.points else reason.text
