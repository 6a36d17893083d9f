"""A run as its page shows it: its story, put into the words of ``views``."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

import msgspec

from app.clock import now
from app.database import Record
from app.pipeline.context import ContextEntry, ContextOutcome
from app.quality.contract import Outcome, Verdict
from app.queue.score import Reason
from app.recipes.contract import Component
from app.recipes.languages import language_of
from app.recipes.page import PageInputs, body_of
from app.runs.find import decoded, inputs_of
from app.runs.show_stages import AT_WORK, STAGE_LABELS, stages_of
from app.runs.story import Story
from app.runs.tables import Lane, Run, Stage, Status
from app.runs.views import (
    CallView,
    ChecksView,
    CheckView,
    ComponentLook,
    ComponentState,
    ComponentView,
    ContextEntryView,
    ContextView,
    Crumb,
    DownloadView,
    ErrorView,
    HeadView,
    LaneView,
    OutputView,
    Pill,
    ReasonView,
    ReceiptView,
    RevisionView,
    RunView,
    SnippetView,
    WaitingView,
)
from app.settings import Settings

NEXT_STEPS: Mapping[str, str] = {
    "TOKEN_LIMIT_EXCEEDED": "Change the request: ask for less text, or choose a model with more room.",
    "CONTENT_REJECTED": "Change the wording of the request and try again.",
    "MODEL_UNAVAILABLE": "Choose another model, or ask an owner to look at the provider's key.",
    "RATE_LIMITED": "The provider was too busy, several times over. Try again in a few minutes.",
    "TIMEOUT_ERROR": "Try again. What was finished is kept and is not paid for twice.",
}
USUAL_NEXT_STEP = "Try again. What was finished is kept and is not paid for twice."
AFTER_MENDING = "When that is mended, try again. What was finished is kept and is not paid for twice."
# Why a run waits for its next attempt, by the code of what went wrong: the first half of a sentence.
WHY_AGAIN: Mapping[str, str] = {
    "RATE_LIMITED": "The provider asked for a pause",
    "TIMEOUT_ERROR": "It took too long",
    "MODEL_UNAVAILABLE": "The model was not available",
}
USUAL_WHY_AGAIN = "The provider did not finish"
LOOKS = {
    "title": ComponentLook.TITLE,
    "meta_description": ComponentLook.DESCRIPTION,
    "h1": ComponentLook.HEADLINE,
}
KIND_LABELS = {"text": "Text", "page": "Page", "script": "Script", "image": "Image"}
DOWNLOADS = (("Markdown", "md"), ("HTML", "html"), ("Text", "txt"))


def view_of(story: Story, base: str, settings: Settings, *, may_edit: bool) -> RunView:
    """``base`` is the project's path. Who may not edit is offered nothing to do."""
    run = story.run
    url = f"{base}/runs/{run.id}"
    return RunView(
        id=str(run.id),
        head=_head(story, base, url) if may_edit else _without_actions(_head(story, base, url)),
        stages=stages_of(run),
        output=_output(story, url),
        receipt=_receipt(story),
        lane=lane_of(run),
        waiting=_waiting(story),
        error=_error(story, base, url, may_edit=may_edit),
        context=_context(run, settings),
        checks=_checks(story),
        revisions=_revisions(story, url),
        notes=tuple(decoded(run.notes, list[str])),
    )


def pill_of(run: Run) -> Pill:
    if run.status == Status.COMPLETED and run.needs_review:
        return Pill.FLAGGED
    return Pill(run.status)


def component_view(component: Component, stored: str | None, written: str, status: Status) -> ComponentView:
    """``stored`` is its checkpoint, ``written`` what was seen of it so far, ``status`` the run's."""
    text = written if stored is None else stored
    return ComponentView(
        name=component.name,
        label=component.label,
        state=ComponentState.READY if stored is not None else _unfinished_state(bool(text), status),
        look=LOOKS.get(component.name, ComponentLook.PROSE),
        text=text,
    )


def lane_of(run: Run) -> LaneView:
    """A run that has waited long stands in a better lane than its reasons say."""
    reasons = [ReasonView(reason.text, reason.points or None) for reason in decoded(run.score_reasons, list[Reason])]
    if run.promotions:
        lanes = "one lane" if run.promotions == 1 else f"{run.promotions} lanes"
        reasons.append(ReasonView(f"It has waited long: {lanes} up"))
    return LaneView(lane=Lane(run.lane).label, reasons=tuple(reasons))


def kind_of(run: Run) -> str:
    label = KIND_LABELS[run.recipe]
    return f"{run.action.capitalize()} {label.lower()}" if run.recipe == "page" else run.action.capitalize()


def _head(story: Story, base: str, url: str) -> HeadView:
    run, status = story.run, story.status
    return HeadView(
        title=run.title,
        url=url,
        icon="file-text" if run.recipe == "page" else "text",
        crumbs=(
            Crumb("Runs", f"{base}/runs"),
            Crumb(kind_of(run)),
            Crumb(language_of(run.language).english_name),
        ),
        pill=pill_of(run),
        can_cancel=not status.is_finished,
        can_regenerate=status is Status.COMPLETED,
        again_url=f"{base}/generate?from={run.id}" if status in (Status.COMPLETED, Status.CANCELED) else "",
    )


def _without_actions(head: HeadView) -> HeadView:
    return replace(head, can_cancel=False, can_regenerate=False, again_url="")


def _unfinished_state(has_text: bool, status: Status) -> ComponentState:
    if status is Status.FAILED and has_text:
        return ComponentState.FAILED
    if status.is_finished:
        return ComponentState.STOPPED
    return ComponentState.WRITING if has_text and status in AT_WORK else ComponentState.WAITING


def _output(story: Story, url: str) -> OutputView:
    run, revision = story.run, story.revision
    if revision is None or not (story.status.is_finished or story.shown_revision):
        return OutputView(
            language=run.language,
            components=tuple(_component(story, component) for component in story.components),
        )
    suffix = f"?revision={revision['number']}" if story.shown_revision else ""
    snippet = _snippet(run, revision)
    return OutputView(
        language=run.language,
        result=revision["markdown"],
        shown=body_of(revision["markdown"]) if snippet else revision["markdown"],
        snippet=snippet,
        words=revision["word_count"],
        downloads=tuple(DownloadView(label, f"{url}/download/{ending}{suffix}") for label, ending in DOWNLOADS),
    )


def _component(story: Story, component: Component) -> ComponentView:
    return component_view(
        component,
        story.checkpoints.get(component.name),
        story.transcript.text(component.name),
        story.status,
    )


def _snippet(run: Run, revision: Record) -> SnippetView | None:
    inputs = inputs_of(run)
    if not isinstance(inputs, PageInputs):
        return None
    parts = msgspec.json.decode(revision["parts"], type=dict[str, str])
    return SnippetView(inputs.target_url, parts.get("title", ""), parts.get("meta_description", ""))


def _receipt(story: Story) -> ReceiptView:
    run = story.run
    priced = [row["amount"] for row in story.costs if row["amount"] is not None]
    return ReceiptView(
        reserved=run.reserved,
        spent=sum(priced, Decimal(0)),
        reused=sum((row["saved_by_cache"] for row in story.costs), Decimal(0)),
        expected=None if story.status.is_finished else max(run.estimate_expected, run.cost),
        is_settled=story.status.is_finished,
        model=run.model,
        input_tokens=run.input_tokens,
        cached_tokens=run.cached_tokens,
        output_tokens=run.output_tokens,
        unpriced=len(story.costs) - len(priced),
        calls=tuple(_call(row, story.components) for row in story.costs),
    )


def _call(row: Record, components: Sequence[Component]) -> CallView:
    labels = {component.name: component.label for component in components}
    label: str = labels.get(row["component"]) or row["component"]
    return CallView(
        label=f"{label} (cut off, estimated)" if row["is_estimate"] else label,
        model=row["model"],
        input_tokens=row["input_tokens"],
        cached_tokens=row["cached_tokens"],
        output_tokens=row["output_tokens"],
        amount=row["amount"],
    )


def _waiting(story: Story) -> WaitingView | None:
    place, run = story.place, story.run
    if place is None:
        return None
    if run.error_code and run.available_at and run.available_at > now():
        why = WHY_AGAIN.get(run.error_code, USUAL_WHY_AGAIN)
        return WaitingView(f"{why}, so it tries again at {run.available_at:%H:%M:%S} UTC.")
    earliest, latest = place.seconds or (None, None)
    return WaitingView(place.because, place.position or None, earliest, latest)


def _error(story: Story, base: str, url: str, *, may_edit: bool) -> ErrorView | None:
    run = story.run
    if story.status is not Status.FAILED or not run.error_code:
        return None
    stage = STAGE_LABELS[Stage(run.error_stage)] if run.error_stage else ""
    return ErrorView(
        title=f"It failed at “{stage}”" if stage else "It failed",
        message=run.error_message or "",
        next_step=NEXT_STEPS.get(run.error_code, USUAL_NEXT_STEP if run.error_retryable else AFTER_MENDING),
        code=run.error_code,
        retry_url=f"{url}/retry" if may_edit else "",
        change_url=f"{base}/generate?from={run.id}" if may_edit else "",
        can_pass=bool(run.error_retryable),
    )


def _context(run: Run, settings: Settings) -> ContextView | None:
    entries = decoded(run.context_report, list[ContextEntry])
    if not entries:
        return None
    words = {ContextOutcome.USED: "used", ContextOutcome.TRIMMED: "trimmed", ContextOutcome.LEFT_OUT: "left out"}
    return ContextView(
        entries=tuple(ContextEntryView(entry.label, entry.tokens, words[entry.outcome]) for entry in entries),
        used_tokens=sum(entry.tokens for entry in entries),
        budget_tokens=settings.context_tokens,
    )


def _checks(story: Story) -> ChecksView | None:
    if story.revision is None:
        return None
    verdicts = msgspec.json.decode(story.revision["checks"], type=list[Verdict])
    order = (Outcome.FLAGGED, Outcome.PASSED, Outcome.NOT_APPLICABLE)
    return ChecksView(
        checks=tuple(
            CheckView(verdict.label, verdict.outcome, verdict.summary, verdict.evidence)
            for verdict in sorted(verdicts, key=lambda verdict: order.index(verdict.outcome))
        ),
        skipped=story.run.skip_quality_check,
    )


def _revisions(story: Story, url: str) -> tuple[RevisionView, ...]:
    shown = story.revision
    return tuple(
        RevisionView(
            number=row["number"],
            origin=row["origin"].capitalize(),
            created_at=row["created_at"],
            words=row["word_count"],
            is_current=shown is not None and row["number"] == shown["number"],
            href=f"{url}?revision={row['number']}",
        )
        for row in reversed(story.revisions)
    )
