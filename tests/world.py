"""A small named world: Mara manages the lamps, Colin is her colleague, Vera only looks, Otto has another project."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from app.accounts import sessions
from app.accounts.members import add_member, grant
from app.accounts.tables import Role
from app.accounts.tokens import create_token
from app.clock import month_of, now
from app.database import execute, fetchrow
from app.demo.sample import add_profiles
from app.identity import new_id
from app.projects.access import Access
from app.projects.tables import Project
from app.queue.request import Request, read_request
from app.queue.submit import submit
from app.runs.find import run_by_id
from app.runs.tables import Run
from app.studio import Studio

WRITE = {"action": "WRITE", "instruction": "A short guide to choosing a desk lamp", "lengthTarget": 80}
PAGE = {
    "pageType": "category",
    "targetUrl": "https://shop.example/lamps/brass-desk-lamps",
    "keywords": ["brass desk lamp", "dimmable"],
    "facts": {"Models": "42", "Arm": "45 cm"},
}


@dataclass(frozen=True, slots=True)
class World:
    """``lamps`` is the project of Mara (owner), Colin (editor) and Vera (viewer); ``chairs`` is Otto's."""

    lamps: Project
    chairs: Project
    mara: UUID
    colin: UUID
    vera: UUID
    otto: UUID

    def access(self, member: UUID, role: Role = Role.EDITOR) -> Access:
        return Access(member, "", role, self.lamps)


async def make_world() -> World:
    lamps, chairs = await make_project("lamps", "Lamp shop"), await make_project("chairs", "Chair shop")
    people = {name: await add_member(f"{name}@example.com") for name in ("mara", "colin", "vera", "otto")}
    await grant(people["mara"], lamps.id, Role.OWNER)
    await grant(people["colin"], lamps.id, Role.EDITOR)
    await grant(people["vera"], lamps.id, Role.VIEWER)
    await grant(people["otto"], chairs.id, Role.OWNER)
    return World(lamps, chairs, **people)


async def make_project(slug: str, name: str) -> Project:
    project = Project(id=new_id(), slug=slug, name=name)
    await project.save()
    await add_profiles(project.id)
    return project


async def asked(project: Project, fields: dict[str, Any] | None = None, **more: Any) -> Request:
    return await read_request(project, {**(WRITE if fields is None else fields), **more})


async def submitted(
    studio: Studio, world: World, fields: dict[str, Any] | None = None, *, key: str | None = None, **more: Any
) -> Run:
    """A run of Mara's in the queue."""
    return (await submit(studio, await asked(world.lamps, fields, **more), member=world.mara, idempotency_key=key)).run


async def again(run: Run) -> Run:
    """The run as it is now."""
    found = await run_by_id(run.id)
    assert found is not None
    return found


async def set_limit(project: Project, dollars: str) -> None:
    """The month's budget of a project, before anything was spent."""
    await execute(
        """insert into budget (id, project, month, monthly_limit, spent, reserved) values ($1, $2, $3, $4, 0, 0)
        on conflict (project, month) do update set monthly_limit = excluded.monthly_limit""",
        new_id(),
        project.id,
        month_of(now()),
        Decimal(dollars),
    )


async def balances(project: Project) -> tuple[str, str]:
    """Spent and reserved, as text without trailing zeros."""
    row = await fetchrow(
        "select sum(spent) as spent, sum(reserved) as reserved from budget where project = $1", project.id
    )
    assert row is not None
    return f"{row['spent'].normalize():f}", f"{row['reserved'].normalize():f}"


async def session_of(member: UUID) -> dict[str, str]:
    """Cookies of a signed-in browser."""
    return {sessions.COOKIE: await sessions.begin(member)}


async def bearer(member: UUID, project: Project, role: Role = Role.EDITOR) -> dict[str, str]:
    """Headers of somebody with a token."""
    return {"Authorization": f"Bearer {await create_token(member, project.id, role, 'test')}"}
