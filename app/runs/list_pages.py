"""The list of runs: filters, search, pages by key; live like everything else."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.response import Stream

from app.accounts.tables import Role
from app.database import Record, fetch
from app.desk.frame import path, shell_of
from app.desk.page_streams import stream
from app.identity import parse_id
from app.live.events import project_topic
from app.live.hub import Hub
from app.live.streams import Region
from app.projects.access import Access, members
from app.recipes import RECIPES
from app.runs.list_views import FilterView, ListView, RunsPage
from app.runs.listing import Filters, list_runs
from app.runs.rows import row_of
from app.runs.show import KIND_LABELS
from app.runs.tables import Status
from app.studio import Studio
from app.web.page import render
from app.web.templates import live_partial

AnyRequest = Request[Any, Any, Any]

PAGE_LENGTH = 50
LIST_PAUSE = 0.4
VIEWER = [members(Role.VIEWER)]
STATUS_CHOICES = (
    ("", "Any status"),
    ("active", "Not finished"),
    *((status.value, status.value.capitalize()) for status in Status),
    ("flagged", "Flagged"),
)


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


def _query(request: AnyRequest) -> dict[str, str]:
    known = ("status", "kind", "member", "q", "before")
    given = {name: request.query_params.get(name, "").replace("\0", "") for name in known}
    return {name: value for name, value in given.items() if value.strip()}


async def _list(access: Access, query: dict[str, str]) -> ListView:
    page = await list_runs(access.project.id, _filters(query), PAGE_LENGTH)
    base, is_shared = path(access), len(await _people(access)) > 1
    chosen = {name: value for name, value in query.items() if name != "before"}
    return ListView(
        url=f"{base}/runs",
        rows=tuple(row_of(listed, base, names_member=is_shared) for listed in page.runs),
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
    people = await _people(access)
    kinds = (("", "Any kind"), *((name, KIND_LABELS[name]) for name in RECIPES))
    members_ = (("", "Anybody"), *((str(row["id"]), str(row["email"])) for row in people))
    by_member = FilterView("member", "Asked for by", query.get("member", ""), members_)
    return (
        FilterView("status", "Status", query.get("status", ""), STATUS_CHOICES),
        FilterView("kind", "Kind", query.get("kind", ""), kinds),
        *((by_member,) if len(people) > 1 or "member" in query else ()),
    )


async def _people(access: Access) -> Sequence[Record]:
    return await fetch(
        """select member.id, member.email from membership join member on member.id = membership.member
        where membership.project = $1 order by member.email""",
        access.project.id,
    )
