"""The Desk: what needs somebody, what is being made, what was finished. And the way to it."""

from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from app.accounts.sessions import COOKIE
from app.accounts.tables import Role
from app.desk.frame import path, shell_of
from app.desk.page_streams import stream
from app.desk.views import DeskPage, DeskView, FinishedView, NeedsView, NeedView, PressView
from app.errors import NotFound
from app.live.events import project_topic
from app.live.hub import Hub
from app.live.streams import Region
from app.projects.access import Access, first_project, members
from app.queue.depth import counts, due
from app.runs.listing import Filters, Listed, list_runs
from app.runs.rows import row_of
from app.runs.show import pill_of
from app.runs.tables import Status
from app.studio import Studio
from app.web.page import go_to, render
from app.web.templates import live_partial

AnyRequest = Request[Any, Any, Any]

FEW = 8
PAUSE = 0.4
VIEWER = [members(Role.VIEWER)]


@get("/", opt={"open_to": "everybody"})
async def front_door(request: AnyRequest) -> Response[Any]:
    slug = await first_project(request.cookies.get(COOKIE))
    if slug is None:
        raise NotFound("You are not a member of any project yet. Ask an owner to invite you.")
    return go_to(request, f"/p/{slug}/desk")


@get("/p/{slug:str}/desk", guards=VIEWER)
async def desk_page(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio]
) -> Response[str]:
    shell = await shell_of(access, studio.settings, "desk", "desk/stream")
    return render(request, "desk/desk.html", DeskPage(shell, await _desk(access)))


@get("/p/{slug:str}/desk/stream", guards=VIEWER)
async def desk_stream(
    request: AnyRequest, access: NamedDependency[Access], studio: NamedDependency[Studio], hub: NamedDependency[Hub]
) -> Stream:
    topic = project_topic(access.project.id)

    async def render_desk() -> tuple[str, ...]:
        return (live_partial("desk/_desk.html", await _desk(access)),)

    region = Region(f"desk {topic} {access.role}", frozenset({(topic, "state")}), render_desk, pause=PAUSE)
    return stream(request, access, hub, studio.settings, "desk", [region])


async def _desk(access: Access) -> DeskView:
    ever = await list_runs(access.project.id, Filters(), 1)
    return DeskView(
        generate_url=f"{path(access)}/generate" if access.may_edit else "",
        is_fresh=not ever.runs,
        needs=await _needs(access),
        press=await _press(access),
        finished=await _finished(access),
    )


async def _needs(access: Access) -> NeedsView:
    failed, flagged = await due(access.project.id)
    base = path(access)
    found = [
        *(await list_runs(access.project.id, Filters(status=Status.FAILED), FEW)).runs,
        *(await list_runs(access.project.id, Filters(status=Status.COMPLETED, needs_review=True), FEW)).runs,
    ]
    newest = sorted(found, key=lambda listed: listed.run.id, reverse=True)[:FEW]
    return NeedsView(
        needs=tuple(_need(listed, base) for listed in newest),
        total=failed + flagged,
        all_url=f"{base}/runs?status={'failed' if failed >= flagged else 'flagged'}",
    )


def _need(listed: Listed, base: str) -> NeedView:
    run = listed.run
    has_failed = run.status == Status.FAILED
    return NeedView(
        id=str(run.id),
        title=run.title,
        why=run.error_message or "" if has_failed else "A check says that somebody should look at it.",
        href=f"{base}/runs/{run.id}",
        action="Look" if has_failed else "Review",
        pill=pill_of(run),
    )


async def _press(access: Access) -> PressView:
    running = await list_runs(access.project.id, Filters(status=Status.RUNNING), FEW)
    waiting = await counts(access.project.id)
    base = path(access)
    return PressView(
        rows=tuple(row_of(listed, base) for listed in running.runs),
        waiting=waiting.get(Status.QUEUED, 0) + waiting.get(Status.SCHEDULED, 0),
    )


async def _finished(access: Access) -> FinishedView:
    done = await list_runs(access.project.id, Filters(status=Status.COMPLETED), FEW)
    base = path(access)
    return FinishedView(rows=tuple(row_of(listed, base) for listed in done.runs), all_url=f"{base}/runs")
