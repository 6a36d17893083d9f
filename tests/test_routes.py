"""Every route says who may use it, and keeps to it: read from the route table, so that none is forgotten."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from litestar.handlers import HTTPRouteHandler
from litestar.routes import HTTPRoute

from app.accounts.tables import Role
from app.accounts.tokens import create_token, revoke_token
from app.database import execute
from app.live.tickets import ticket_for
from app.main import create_app
from app.projects.access import Guard
from app.runs.tables import Run
from app.settings import Settings
from app.studio import Studio
from tests.browsing import Browser
from tests.runs.making import completed
from tests.world import World, again, bearer, session_of, submitted

OPEN_TO = {"everybody", "bearers and tickets"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A route with one of its methods. ``needs`` is None for one that is open, as ``open_to`` says."""

    method: str
    path: str
    open_to: str
    guards: tuple[Guard, ...]

    @property
    def needs(self) -> Role | None:
        return self.guards[0].needs if self.guards else None

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def _table() -> list[Entry]:
    app = create_app(Settings(database_url="postgresql://nowhere", redis_url="redis://nowhere"))
    entries = []
    for route in app.routes:
        assert isinstance(route, HTTPRoute), f"{route.path} is no route we have a rule for"
        for handler in route.route_handlers:
            entries += [_entry(route.path, handler, method) for method in handler.http_methods if method != "OPTIONS"]
    return sorted(entries, key=str)


def _entry(path: str, handler: HTTPRouteHandler, method: str) -> Entry:
    guards = tuple(guard for guard in handler.resolve_guards() if isinstance(guard, Guard))
    return Entry(method, path, handler.opt.get("open_to", ""), guards)


TABLE = _table()
GUARDED = [entry for entry in TABLE if entry.guards]


@pytest.mark.parametrize("entry", TABLE, ids=str)
def test_every_route_has_exactly_one_rule(entry: Entry) -> None:
    assert len(entry.guards) + (entry.open_to in OPEN_TO) == 1


@dataclass(frozen=True, slots=True)
class Somebody:
    """``role`` is theirs in the project ``lamps``, by their session or by their token; None: they have none there."""

    name: str
    role: Role | None = None
    is_signed_in: bool = False
    has_token: bool = False
    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def may(self, entry: Entry) -> int | None:
        """The status with which they are turned away; None where they may come in."""
        known = self.has_token if entry.is_api else self.is_signed_in
        if not known:
            return 401
        if entry.is_api and entry.path.endswith("/generations"):
            return None if self.role and self.role.covers(entry.needs or Role.VIEWER) else 404 if not self.role else 403
        if self.role is None:
            return 404
        return None if self.role.covers(entry.needs or Role.VIEWER) else 403


async def everybody(world: World) -> list[Somebody]:
    revoked = await create_token(world.mara, world.lamps.id, Role.OWNER, "revoked")
    assert await revoke_token(revoked)
    people = ((world.vera, Role.VIEWER), (world.colin, Role.EDITOR), (world.mara, Role.OWNER))
    return [
        Somebody("nobody"),
        Somebody("a made-up session", cookies={"pressroom_session": "made-up"}),
        Somebody("a made-up token", headers={"Authorization": "Bearer pressroom_made-up"}),
        Somebody("a revoked token", headers={"Authorization": f"Bearer {revoked}"}),
        Somebody("an outsider", is_signed_in=True, cookies=await session_of(world.otto)),
        Somebody("an outsider's token", has_token=True, headers=await bearer(world.otto, world.chairs, Role.OWNER)),
        *[
            Somebody(f"{role.value}", role, is_signed_in=True, cookies=await session_of(member))
            for member, role in people
        ],
        *[
            Somebody(f"{role.value}'s token", role, has_token=True, headers=await bearer(member, world.lamps, role))
            for member, role in people
        ],
        Somebody(
            "a viewer's token that says owner",
            Role.VIEWER,
            has_token=True,
            headers=await bearer(world.vera, world.lamps, Role.OWNER),
        ),
    ]


def address(entry: Entry, run: Run) -> str:
    filled = {"slug": "lamps", "run": str(run.id), "ending": "md"}
    path = entry.path
    for name, value in filled.items():
        path = path.replace(f"{{{name}:str}}", value)
    assert "{" not in path, f"a test has to say what stands for the parameters of {path}"
    return path


async def ask(browser: Browser, entry: Entry, path: str) -> int:
    """The status alone; a stream is left as soon as it begins."""
    headers = {"Accept": "text/event-stream"} if path.endswith(("stream", "/events")) else {}
    body: dict[str, Any] = {}
    if entry.method == "POST":
        form = {"_csrf_token": await browser.form_token()}
        body = {"json": {"projectId": "lamps"}} if entry.is_api else {"data": form}
    async with browser.http.stream(entry.method, path, headers=headers, **body) as answer:
        return _meaning(answer)


def _meaning(answer: httpx.Response) -> int:
    """A page that sends people to sign in says 401 in its own way."""
    asks_to_sign_in = answer.headers.get("location") == "/sign-in"
    return 401 if answer.status_code == 303 and asks_to_sign_in else answer.status_code


@pytest.fixture
async def people(world: World, web_server: str) -> AsyncIterator[list[tuple[Somebody, Browser]]]:
    async with AsyncExitStack() as stack:
        yield [
            (somebody, await stack.enter_async_context(Browser(web_server, somebody.cookies, somebody.headers)))
            for somebody in await everybody(world)
        ]


@pytest.mark.parametrize("entry", GUARDED, ids=str)
async def test_a_guarded_route_lets_in_whom_its_rule_names(
    entry: Entry, studio: Studio, world: World, people: list[tuple[Somebody, Browser]]
) -> None:
    run = await completed(studio, world)
    said = {}
    for somebody, browser in people:
        status = await ask(browser, entry, address(entry, run))
        expected = 204 if entry.method == "DELETE" and somebody.may(entry) == 404 else somebody.may(entry)
        came_in = status < 500 and status not in (401, 403, 404)
        if status != expected and not (came_in and expected is None):
            said[somebody.name] = (status, expected)
    assert said == {}


async def test_the_events_of_a_run_are_for_its_bearers_and_its_ticket(
    studio: Studio, world: World, people: list[tuple[Somebody, Browser]]
) -> None:
    run, other = await completed(studio, world), await completed(studio, world)
    entry = next(entry for entry in TABLE if entry.open_to == "bearers and tickets")
    path = address(entry, run)
    for somebody, browser in people:
        assert await ask(browser, entry, path) == (somebody.may(entry) or 200), somebody.name
    _, nobody = people[0]
    own, foreign = (ticket_for(studio.settings.secret_key, one.id) for one in (run, other))
    forged = ticket_for("another secret of 32 characters or more", run.id)
    assert (await nobody.get(path, params={"ticket": own})).status_code == 200
    for ticket in (foreign, forged, "", own[:-1], "ü"):
        answer = await nobody.get(path, params={"ticket": ticket})
        assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHENTICATED"), ticket


@pytest.mark.parametrize("name", ["runs/{}", "runs/{}/stream", "runs/{}/download/md"])
async def test_a_run_of_another_project_is_not_found_under_ones_own(
    studio: Studio, world: World, web_server: str, name: str
) -> None:
    run = await completed(studio, world)
    async with Browser(web_server, await session_of(world.otto)) as otto:
        path = f"/p/chairs/{name.format(run.id)}"
        assert (await otto.get(path, headers={"Accept": "text/event-stream"})).status_code == 404


async def test_what_is_not_there_and_what_is_not_yours_read_the_same(
    studio: Studio, world: World, web_server: str
) -> None:
    run = await completed(studio, world)
    async with Browser(web_server, headers=await bearer(world.otto, world.chairs)) as otto:
        foreign = await otto.get(f"/api/v1/generations/{run.id}")
        missing = await otto.get("/api/v1/generations/0199a1b2-0000-7000-8000-000000000000")
        garbage = await otto.get("/api/v1/generations/1")
    assert foreign.content == missing.content == garbage.content
    async with Browser(web_server, await session_of(world.otto)) as otto:
        assert (await otto.get("/p/lamps/desk")).content == (await otto.get("/p/nowhere/desk")).content


async def test_an_outsider_changes_nothing(studio: Studio, world: World, web_server: str) -> None:
    run = await submitted(studio, world)
    before = (await again(run)).to_dict()
    async with Browser(web_server, headers=await bearer(world.otto, world.chairs, Role.OWNER)) as otto:
        assert (await otto.http.delete(f"/api/v1/generations/{run.id}")).status_code == 204
    async with Browser(web_server, await session_of(world.otto)) as otto:
        for action in ("cancellation", "retry", "regeneration"):
            for slug in ("lamps", "chairs"):
                assert (await otto.send(f"/p/{slug}/runs/{run.id}/{action}")).status_code == 404
    assert (await again(run)).to_dict() == before


async def test_who_leaves_a_project_leaves_with_session_and_token(world: World, web_server: str) -> None:
    async with (
        Browser(web_server, await session_of(world.colin)) as browser,
        Browser(web_server, headers=await bearer(world.colin, world.lamps)) as program,
    ):
        assert (await browser.get("/p/lamps/desk")).status_code == 200
        await execute("delete from membership where member = $1", world.colin)
        assert (await browser.get("/p/lamps/desk")).status_code == 404
        assert (await program.get("/api/v1/generations/1")).status_code == 401


@pytest.mark.parametrize("expired", ["expires_at = now()", "seen_at = now() - interval '8 days'"])
async def test_an_old_session_is_none(world: World, web_server: str, expired: str) -> None:
    async with Browser(web_server, await session_of(world.mara)) as mara:
        assert (await mara.get("/p/lamps/desk")).status_code == 200
        await execute(f"update session set {expired}")
        assert (await mara.get("/p/lamps/desk")).status_code == 303


async def test_an_expired_token_is_none(world: World, web_server: str) -> None:
    async with Browser(web_server, headers=await bearer(world.mara, world.lamps)) as program:
        assert (await program.get("/api/v1/generations/1")).status_code == 404
        await execute("update api_token set expires_at = now()")
        assert (await program.get("/api/v1/generations/1")).status_code == 401
