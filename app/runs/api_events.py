"""A run's life as server-sent events in JSON, for clients of the API."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from typing import Any

import msgspec

from app.clock import now
from app.live.events import run_topic
from app.live.hub import Hub
from app.live.streams import frame
from app.live.transcript import Transcript
from app.recipes.languages import count_words
from app.runs.story import Story, story_of
from app.runs.tables import Run, Status
from app.runs.wire import final_error, final_result, remaining_seconds, time
from app.settings import Settings

PREVIEW_SECONDS = 0.5
TOKENS_PER_WORD = 1.4


async def run_events(
    hub: Hub, run: Run, settings: Settings, last_event_id: str | None, may_go_on: Callable[[], Awaitable[bool]]
) -> AsyncIterator[bytes]:
    """``progress`` at every change, ``preview`` at most twice a second, ``heartbeat``, and ``completed`` or ``failed``
    at the end. An event tells the present state, so whoever comes back late has missed nothing. Whoever has heard it
    already hears what is new; the end is told to everybody who asks. ``may_go_on`` is asked at each heartbeat."""
    topic = run_topic(run.id)
    told = _Told(run)
    async with hub.watch([topic]) as watch:
        is_current = bool(last_event_id) and last_event_id == hub.position([topic])
        state_is_due, text_is_due = True, not is_current
        yield b"retry: 1000\n\n"
        while not hub.is_ending.is_set():
            position = hub.position([topic])
            if state_is_due:
                state_is_due = False
                story = await story_of(run.id, settings, hub.transcript(topic))
                if story is None:
                    return
                if ending := told.ending(story):
                    yield frame(ending[1], event_id=position, event=ending[0])
                    return
                if (progress := told.progress(story)) and not is_current:
                    yield frame(progress, event_id=position, event="progress")
                is_current = False
            if text_is_due and told.may_preview():
                text_is_due = False
                if preview := told.preview(hub.transcript(topic)):
                    yield frame(preview, event_id=position, event="preview")
            heartbeat = float(settings.heartbeat_seconds)
            news = await watch.news(told.patience(heartbeat) if text_is_due else heartbeat)
            aspects = {aspect for _, aspect in news}
            state_is_due = "state" in aspects
            text_is_due = text_is_due or any(aspect.startswith("text:") for aspect in aspects)
            if not news and not text_is_due:
                if not await may_go_on():
                    return
                yield frame(_heartbeat(run), event="heartbeat")


class _Told:
    """What this client has been told, so that it is told only what is new."""

    def __init__(self, run: Run) -> None:
        self._id = str(run.id)
        self._progress: tuple[int, str | None, str] | None = None
        self._preview = ""
        self._previewed_at: datetime | None = None

    def progress(self, story: Story) -> str | None:
        run = story.run
        state = (run.percentage, run.stage, run.status)
        if state == self._progress:
            return None
        self._progress = state
        return _json(
            {
                "type": "progress",
                "jobId": self._id,
                "value": run.percentage,
                "currentStep": run.stage,
                "estimatedTime": remaining_seconds(run),
            }
        )

    def ending(self, story: Story) -> tuple[str, str] | None:
        run = story.run
        if run.status == Status.COMPLETED:
            return "completed", _json({"type": "completed", "jobId": self._id, "result": final_result(story)})
        if run.status in (Status.FAILED, Status.CANCELED):
            return "failed", _json({"type": "failed", "jobId": self._id, "error": final_error(run)})
        return None

    def may_preview(self) -> bool:
        return self._previewed_at is None or (now() - self._previewed_at).total_seconds() >= PREVIEW_SECONDS

    def patience(self, heartbeat: float) -> float:
        if self._previewed_at is None:
            return heartbeat
        return max(0.0, PREVIEW_SECONDS - (now() - self._previewed_at).total_seconds())

    def preview(self, transcript: Transcript) -> str | None:
        markdown = transcript.together()
        if markdown == self._preview:
            return None
        self._preview, self._previewed_at = markdown, now()
        words = count_words(markdown)
        return _json(
            {
                "type": "preview",
                "jobId": self._id,
                "markdown": markdown,
                "isPartial": True,
                "wordCount": words,
                "estimatedTokens": round(words * TOKENS_PER_WORD),
            }
        )


def _heartbeat(run: Run) -> str:
    return _json({"type": "heartbeat", "timestamp": time(now()), "jobId": str(run.id)})


def _json(value: dict[str, Any]) -> str:
    return msgspec.json.encode(value).decode()
