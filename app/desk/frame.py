"""The frame around every page of a project: where one can go, what the month has cost, what is live."""

from collections.abc import Mapping

from app.clock import month_of, now
from app.live.events import project_topic
from app.live.streams import Region
from app.projects.access import Access, projects_of
from app.queue.depth import counts, due
from app.settings import Settings
from app.spending.budgets import Balance, budget_of
from app.web.shell import MeterView, NavItem, ProjectChoice, Shell
from app.web.templates import live_partial

PLACES = (
    ("desk", "Desk", "newspaper", "d"),
    ("generate", "Generate", "pen-line", "n"),
    ("runs", "Runs", "scroll-text", "r"),
)
FOR_EDITORS = frozenset({"generate"})
PROVIDERS: Mapping[str, str] = {"openai": "OpenAI", "anthropic": "Anthropic"}


async def shell_of(access: Access, settings: Settings, current: str, stream: str | None = None) -> Shell:
    """``current`` is the place's path; ``stream`` the path of the page's live stream below the project's."""
    home = path(access)
    project = access.project
    projects = await projects_of(access.member)
    return Shell(
        project=project.name,
        home=f"{home}/desk",
        member=access.email,
        nav=await places(access, current),
        projects=tuple(
            ProjectChoice(row["name"], f"/p/{row['slug']}/desk", current=row["slug"] == project.slug)
            for row in projects
        ),
        meter=await meter_of(access, settings),
        stream_url=f"{home}/{stream}" if stream else None,
        heartbeat=settings.heartbeat_seconds,
        demo=demo_sentence(settings),
    )


def path(access: Access) -> str:
    return f"/p/{access.project.slug}"


async def meter_of(access: Access, settings: Settings) -> MeterView:
    moment = now()
    balance: Balance = await budget_of(access.project.id, month_of(moment), settings.monthly_budget)
    return MeterView(f"{moment:%B}", balance.spent, balance.reserved, balance.limit)


async def places(access: Access, current: str) -> tuple[NavItem, ...]:
    """Where one can go, with what waits there: on the Desk for somebody, in the runs for their end."""
    failed, flagged = await due(access.project.id)
    numbers = {"desk": failed + flagged, "runs": sum((await counts(access.project.id)).values())}
    return tuple(
        NavItem(
            label=label,
            icon=icon,
            href=f"{path(access)}/{place}",
            key=key,
            current=place == current,
            count=numbers.get(place) or None,
            due=place == "desk",
        )
        for place, label, icon, key in PLACES
        if access.may_edit or place not in FOR_EDITORS
    )


def frame_region(access: Access, settings: Settings, current: str) -> Region:
    """The meter and the counts beside the places."""
    topic = project_topic(access.project.id)

    async def render() -> tuple[str, ...]:
        return (
            live_partial("web/_meter.html", await meter_of(access, settings)),
            live_partial("web/_places.html", await places(access, current)),
        )

    return Region(f"frame {current} {topic} {access.role}", frozenset({(topic, "state")}), render, pause=0.25)


def demo_sentence(settings: Settings) -> str:
    demo = [label for name, label in PROVIDERS.items() if settings.uses_demo(name)]
    if not demo:
        return ""
    names = " and ".join(demo)
    return f"Demo content: texts of {names} models are invented by the demo provider. Set a key for real ones."
