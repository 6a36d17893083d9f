"""The Generate page: the form, its estimate while somebody types, and what happens when they press the button."""

from collections.abc import Mapping
from math import ceil
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.response import Stream

from app.accounts.tables import Role
from app.desk.frame import path, shell_of
from app.desk.page_streams import stream
from app.errors import BudgetExceeded, FieldError, PressroomError, QueueFull, ValidationFailed
from app.identity import parse_id
from app.live.events import project_topic
from app.live.hub import Hub
from app.live.streams import Region
from app.money import spoken
from app.projects.access import Access, members
from app.projects.library import default_voice, profiles, voices
from app.queue.request import Request as GenerationRequest
from app.queue.request import read_request
from app.queue.submit import Quote, fingerprint, quote, submit
from app.recipes.forms import to_form
from app.runs.find import inputs_of, run_in_project
from app.runs.generate_form import KINDS, Choices, form_view, request_fields
from app.runs.generate_views import EstimateView, FormView, GeneratePage
from app.runs.list_views import RunRowView
from app.runs.listing import Filters, list_runs
from app.runs.rows import row_of
from app.studio import Studio
from app.web.forms import read_form
from app.web.page import asks_for_partial, csrf_input, go_to, render
from app.web.templates import live_partial, render_partial

AnyRequest = Request[Any, Any, Any]
EDITOR = [members(Role.EDITOR)]
LATEST = 3
LATEST_PAUSE = 0.4
FIRST_SAY_WHAT = "The figures follow as soon as the form says what to make."
ACTIONS = {"text": "Generate text", "page": "Generate page"}


@get("/p/{slug:str}/generate", guards=EDITOR)
async def generate_page(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio]
) -> Response[str]:
    kind, values = await _start(access, request.query_params.get("kind"), request.query_params.get("from"))
    return await _page(request, access, studio, kind, values)


@post("/p/{slug:str}/generate", guards=EDITOR)
async def generate(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio]
) -> Response[Any]:
    form = await read_form(request)
    kind = _known_kind(form.get("kind"))
    try:
        asked = await read_request(access.project, request_fields(kind, form))
        submitted = await submit(studio, asked, member=access.member, idempotency_key=_once(form, asked))
    except (ValidationFailed, BudgetExceeded, QueueFull) as problem:
        return await _page(request, access, studio, kind, form, problem)
    return go_to(request, f"{path(access)}/runs/{submitted.run.id}")


@post("/p/{slug:str}/generate/fields", guards=EDITOR, status_code=200)
async def other_fields(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio]
) -> Response[Any]:
    """Another kind, action or model was chosen: its fields, with what was typed so far."""
    form = await read_form(request)
    kind = _known_kind(form.get("kind"))
    if not asks_for_partial(request):
        return await _page(request, access, studio, kind, form)
    view = form_view(kind, path(access), form, await _choices(access))
    estimate = await _estimate(access, studio, kind, form)
    html = render_partial("runs/_form.html", view, csrf_input=csrf_input(request))
    return Response(
        html + live_partial("runs/_estimate.html", estimate),
        media_type="text/html",
    )


@post("/p/{slug:str}/generate/estimate", guards=EDITOR, status_code=200)
async def estimate_partial(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio]
) -> Response[Any]:
    form = await read_form(request)
    kind = _known_kind(form.get("kind"))
    if not asks_for_partial(request):
        return await _page(request, access, studio, kind, form)
    estimate = await _estimate(access, studio, kind, form)
    return Response(render_partial("runs/_estimate.html", estimate), media_type="text/html")


@get("/p/{slug:str}/generate/stream", guards=EDITOR)
async def generate_stream(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio], hub: NamedDependency[Hub]
) -> Stream:
    topic = project_topic(access.project.id)

    async def render_latest() -> tuple[str, ...]:
        return (live_partial("runs/_latest.html", await _latest(access)),)

    region = Region(f"latest {topic}", frozenset({(topic, "state")}), render_latest, pause=LATEST_PAUSE)
    return stream(request, access, hub, studio.settings, "generate", [region])


async def _page(
    request: AnyRequest,
    access: Access,
    studio: Studio,
    kind: str,
    values: Mapping[str, str],
    problem: PressroomError | None = None,
) -> Response[Any]:
    base = path(access)
    errors = problem.errors if problem else ()
    if problem is not None and not errors:
        errors = (FieldError("", problem.code, problem.message),)
    page = GeneratePage(
        shell=await shell_of(access, studio.settings, "generate", "generate/stream"),
        form=form_view(kind, base, values, await _choices(access), errors),
        estimate=await _estimate(access, studio, kind, values),
        latest=await _latest(access),
    )
    response = render(request, "runs/generate.html", page, status=problem.status if problem else 200)
    if problem is not None and problem.retry_after is not None:
        response.headers["Retry-After"] = str(ceil(problem.retry_after))
    return response


async def _latest(access: Access) -> tuple[RunRowView, ...]:
    latest = await list_runs(access.project.id, Filters(), LATEST)
    return tuple(row_of(listed, path(access)) for listed in latest.runs)


async def _start(access: Access, kind: str | None, from_run: str | None) -> tuple[str, Mapping[str, str]]:
    """An empty form, or one that asks for an earlier run again."""
    run_id: UUID | None = parse_id(from_run) if from_run else None
    run = await run_in_project(access.project.id, run_id) if run_id else None
    if run is None:
        return _known_kind(kind or "page"), {}
    values = to_form(run.recipe, inputs_of(run)) | {"language": run.language}
    if run.model_profile:
        values["modelProfileId"] = str(run.model_profile)
    if run.temperature is not None:
        values["temperature"] = f"{run.temperature:g}"
    values["brandVoiceId"] = str(run.brand_voice) if run.brand_voice else "none"
    return run.recipe, values


async def _estimate(access: Access, studio: Studio, kind: str, values: Mapping[str, str]) -> EstimateView:
    action = ACTIONS[kind]
    try:
        asked = await read_request(access.project, request_fields(kind, values))
    except ValidationFailed as problem:
        form = form_view(kind, path(access), values, await _choices(access), problem.errors)
        return _no_estimate(action, problem, form, values)
    quoted = await quote(studio, asked)
    return _estimate_view(action, quoted)


def _estimate_view(action: str, quoted: Quote) -> EstimateView:
    figures, budget = quoted.estimate, quoted.budget
    fits = figures.high <= budget.left
    known = figures.is_price_known
    problem = "" if known else f"The price of this model is not known; {spoken(figures.high)} is held for it."
    if not fits:
        problem = f"It needs up to {spoken(figures.high)}, and {spoken(budget.left)} is left this month."
    reasons = "; ".join(reason.text for reason in quoted.placement.reasons)
    return EstimateView(
        action=action,
        low=figures.low if known else None,
        expected=figures.expected if known else None,
        high=figures.high if known else None,
        ready_in_seconds=figures.seconds,
        lane=quoted.placement.lane.label,
        lane_reason=f"{reasons}.",
        left_this_month=budget.left,
        problem=problem,
        is_blocked=not fits,
    )


def _no_estimate(action: str, problem: ValidationFailed, form: FormView, values: Mapping[str, str]) -> EstimateView:
    """What was typed and cannot stay, at its field; what has not been typed yet is no mistake."""
    wrong = next((field for field in form.faulty if values.get(field.name, "").strip()), None)
    if wrong is not None:
        return EstimateView(action=action, problem=wrong.error, field=wrong)
    if form.faulty:
        return EstimateView(action=action, problem=FIRST_SAY_WHAT)
    return EstimateView(action=action, problem=problem.message)


async def _choices(access: Access) -> Choices:
    project = access.project
    standard = await default_voice(project.id)
    return Choices(
        profiles=tuple(await profiles(project.id)),
        voices=tuple(await voices(project.id)),
        language=project.language,
        default_voice=str(standard.id) if standard else "",
    )


def _once(form: Mapping[str, str], asked: GenerationRequest) -> str | None:
    """A form that asks for one thing is one run, however often it is sent. Changed after going back it is another."""
    mark = parse_id(form.get("once", ""))
    return f"{mark}/{fingerprint(asked)}" if mark else None


def _known_kind(kind: str | None) -> str:
    return kind if kind in {name for name, *_ in KINDS} else "page"
