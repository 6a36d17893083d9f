"""The page of one run, and what people do to a run there."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from app.accounts.tables import Role
from app.desk.frame import path, shell_of
from app.desk.page_streams import stream
from app.errors import NotFound
from app.identity import parse_id
from app.live.events import run_topic
from app.live.hub import Hub
from app.live.streams import Region
from app.money import spoken
from app.projects.access import Access, members
from app.queue.steer import cancel, regenerate, retry
from app.recipes import RECIPES
from app.recipes.contract import Component
from app.runs.download import as_file
from app.runs.find import inputs_of, run_in_project
from app.runs.show import component_view, view_of
from app.runs.story import read_story, story_of
from app.runs.tables import Run, Status
from app.runs.views import ComponentLook, RunPage, RunView
from app.studio import Studio
from app.web.markdown import NOTHING, growing_on_page
from app.web.page import go_to, render
from app.web.templates import live_partial

AnyRequest = Request[Any, Any, Any]

VIEWER, EDITOR = [members(Role.VIEWER)], [members(Role.EDITOR)]


@get("/p/{slug:str}/runs/{run:str}", guards=VIEWER)
async def run_page(
    request: AnyRequest,
    access: NamedDependency[Access],
    studio: NamedDependency[Studio],
    hub: NamedDependency[Hub],
    run: FromPath[str],
    revision: FromQuery[int | None] = None,
) -> Response[str]:
    found = await _run(access, run)
    async with hub.watch([run_topic(found.id)]):
        story = await read_story(found, studio.settings, hub.transcript(run_topic(found.id)), revision)
    if revision is not None and story.revision is None:
        raise NotFound("This run has no such revision.")
    shell = await shell_of(access, studio.settings, "runs", f"runs/{found.id}/stream" if revision is None else None)
    return render(
        request,
        "runs/run.html",
        RunPage(shell, view_of(story, path(access), studio.settings, may_edit=access.may_edit)),
    )


@get("/p/{slug:str}/runs/{run:str}/stream", guards=VIEWER)
async def run_stream(
    request: AnyRequest,
    access: NamedDependency[Access],
    studio: NamedDependency[Studio],
    hub: NamedDependency[Hub],
    run: FromPath[str],
) -> Stream:
    found = await _run(access, run)
    components = RECIPES[found.recipe].components(inputs_of(found))
    regions = [
        _state_region(found, components, access, studio, hub),
        *(_text_region(found, component, hub) for component in components),
    ]
    return stream(request, access, hub, studio.settings, "runs", regions)


@get("/p/{slug:str}/runs/{run:str}/download/{ending:str}", guards=VIEWER)
async def run_download(
    access: NamedDependency[Access], run: FromPath[str], ending: FromPath[str], revision: FromQuery[int | None] = None
) -> Response[str]:
    return await as_file(await _run(access, run), ending, revision)


@post("/p/{slug:str}/runs/{run:str}/cancellation", guards=EDITOR)
async def cancel_run(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio], run: FromPath[str]
) -> Response[Any]:
    found = await _run(access, run)
    was_alive = await cancel(studio, found)
    said = f"Canceled. {spoken(found.reserved)} went back to the budget." if was_alive else "It had ended already."
    return _back(request, access, found, said)


@post("/p/{slug:str}/runs/{run:str}/retry", guards=EDITOR)
async def retry_run(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio], run: FromPath[str]
) -> Response[Any]:
    found = await _run(access, run)
    await retry(studio, found)
    return _back(request, access, found, "It tries again. What was finished is kept.")


@post("/p/{slug:str}/runs/{run:str}/regeneration", guards=EDITOR)
async def regenerate_run(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio], run: FromPath[str]
) -> Response[Any]:
    found = await _run(access, run)
    await regenerate(studio, found)
    return _back(request, access, found, "It is being written anew. The earlier revision stays.")


def _state_region(run: Run, components: Sequence[Component], access: Access, studio: Studio, hub: Hub) -> Region:
    topic, base = run_topic(run.id), path(access)

    async def render_state() -> tuple[str, ...]:
        story = await story_of(run.id, studio.settings, hub.transcript(topic))
        return _partials(view_of(story, base, studio.settings, may_edit=access.may_edit)) if story else ()

    return Region(
        f"state {topic} {access.role}",
        frozenset({(topic, "state")}),
        render_state,
        pause=0.05,
        includes=frozenset((topic, f"text:{component.name}") for component in components),
    )


def _text_region(run: Run, component: Component, hub: Hub) -> Region:
    """The text of one component while it grows. Once it is stored, the state's own frame shows it."""
    topic = run_topic(run.id)
    settled = NOTHING

    async def render_text() -> tuple[str, ...]:
        nonlocal settled
        text = hub.transcript(topic).text(component.name)
        if not text:
            return ("",)
        view = component_view(component, None, text, Status.RUNNING)
        if view.look is ComponentLook.PROSE:
            html, settled = growing_on_page(text, settled)
            view = replace(view, html=html)
        return (live_partial("runs/_component.html", view),)

    aspect = f"text:{component.name}"
    return Region(f"{aspect} {topic}", frozenset({(topic, aspect)}), render_text, pause=0.06)


def _partials(view: RunView) -> tuple[str, ...]:
    named = {
        "head": view.head,
        "stages": view.stages,
        "error": view.error,
        "waiting": view.waiting,
        "output": view.output,
        "checks": view.checks,
        "receipt": view.receipt,
        "lane": view.lane,
        "context": view.context,
        "notes": view.notes,
        "revisions": view.revisions,
    }
    return tuple(live_partial(f"runs/_{name}.html", part) for name, part in named.items())


async def _run(access: Access, run: str) -> Run:
    run_id = parse_id(run)
    found = await run_in_project(access.project.id, run_id) if run_id else None
    if found is None:
        raise NotFound("There is no such run in this project.")
    return found


def _back(request: AnyRequest, access: Access, run: Run, said: str) -> Response[Any]:
    return go_to(request, f"{path(access)}/runs/{run.id}", flash=said)
