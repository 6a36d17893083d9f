"""The pages of one run and of the list of runs."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from app.accounts.tables import Role
from app.database import fetch
from app.desk.frame import path, shell_of
from app.desk.page_streams import stream
from app.errors import NotFound
from app.identity import parse_id
from app.live.events import project_topic, run_topic
from app.live.hub import Hub
from app.live.streams import Region
from app.money import spoken
from app.projects.access import Access, members
from app.queue.steer import cancel, regenerate, retry
from app.recipes import RECIPES
from app.recipes.contract import Component
from app.runs.download import as_file
from app.runs.find import inputs_of, run_in_project
from app.runs.listing import Filters, list_runs
from app.runs.rows import row_of
from app.runs.show import KIND_LABELS, component_view, read_story, story_of, view_of
from app.runs.tables import Run, Status
from app.runs.views import FilterView, ListView, RunPage, RunsPage, RunView
from app.studio import Studio
from app.web.page import go_to, render
from app.web.templates import live_partial

AnyRequest = Request[Any, Any, Any]

PAGE_LENGTH = 50
LIST_PAUSE = 0.4
VIEWER, EDITOR = [members(Role.VIEWER)], [members(Role.EDITOR)]
STATUS_CHOICES = (
    ("", "Any status"),
    ("active", "Not finished"),
    *((status.value, status.value.capitalize()) for status in Status),
    ("flagged", "Flagged"),
)


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


@get("/p/{slug:str}/runs", guards=VIEWER)
async def runs_page(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio]
) -> Response[str]:
    query = _query(request)
    encoded = urlencode(query)
    page = RunsPage(
        shell=await shell_of(access, studio.settings, "runs", f"runs/stream?{encoded}" if encoded else "runs/stream"),
        list=await _list(access, query),
        filters=await _filter_views(access, query),
        search=query.get("q", ""),
    )
    return render(request, "runs/runs.html", page)


@get("/p/{slug:str}/runs/stream", guards=VIEWER)
async def runs_stream(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio], hub: NamedDependency[Hub]
) -> Stream:
    query = _query(request)
    topic = project_topic(access.project.id)

    async def render_list() -> tuple[str, ...]:
        return (live_partial("runs/_list.html", await _list(access, query)),)

    key = f"runs {topic} {access.role} {urlencode(sorted(query.items()))}"
    region = Region(key, frozenset({(topic, "state")}), render_list, pause=LIST_PAUSE)
    return stream(request, access, hub, studio.settings, "runs", [region])


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

    async def render_text() -> tuple[str, ...]:
        text = hub.transcript(topic).text(component.name)
        if not text:
            return ("",)
        return (live_partial("runs/_component.html", component_view(component, None, text, is_running=True)),)

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


def _query(request: AnyRequest) -> dict[str, str]:
    known = ("status", "kind", "member", "q", "before")
    given = {name: request.query_params.get(name, "").replace("\0", "") for name in known}
    return {name: value for name, value in given.items() if value.strip()}


async def _list(access: Access, query: dict[str, str]) -> ListView:
    page = await list_runs(access.project.id, _filters(query), PAGE_LENGTH)
    base = path(access)
    chosen = {name: value for name, value in query.items() if name != "before"}
    return ListView(
        url=f"{base}/runs",
        rows=tuple(row_of(listed, base) for listed in page.runs),
        generate_url=f"{base}/generate" if access.may_edit else "",
        is_filtered=bool(chosen),
        older_url=f"{base}/runs?{urlencode(chosen | {'before': str(page.next)})}" if page.next else "",
        newest_url=f"{base}/runs?{urlencode(chosen)}" if "before" in query else "",
    )


def _filters(query: dict[str, str]) -> Filters:
    status = query.get("status")
    member, before = query.get("member"), query.get("before")
    return Filters(
        status="completed" if status == "flagged" else status,
        recipe=query.get("kind"),
        member=(parse_id(member) or UUID(int=0)) if member else None,
        words=query.get("q"),
        needs_review=True if status == "flagged" else None,
        before=parse_id(before) if before else None,
    )


async def _filter_views(access: Access, query: dict[str, str]) -> tuple[FilterView, ...]:
    people = await fetch(
        """select member.id, member.email from membership join member on member.id = membership.member
        where membership.project = $1 order by member.email""",
        access.project.id,
    )
    kinds = (("", "Any kind"), *((name, KIND_LABELS[name]) for name in RECIPES))
    members_ = (("", "Anybody"), *((str(row["id"]), str(row["email"])) for row in people))
    return (
        FilterView("status", "Status", query.get("status", ""), STATUS_CHOICES),
        FilterView("kind", "Kind", query.get("kind", ""), kinds),
        FilterView("member", "Asked for by", query.get("member", ""), members_),
    )
