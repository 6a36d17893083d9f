"""Who may see a project: the one place that answers it, with one query a request.

A route declares its guard (``guards=[members(Role.EDITOR)]``); the guard leaves an ``Access`` on the request, which the
handler asks for by a parameter named ``access``. A project that somebody is no member of is not found.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler

from app.accounts.secrets import hash_of
from app.accounts.sessions import COOKIE, IS_ALIVE, SEEN_EVERY, mark_seen
from app.accounts.tables import Role
from app.clock import now
from app.database import Record, execute, fetch, fetchrow
from app.errors import NotAllowed, NotFound, NotSignedIn
from app.projects.tables import Project

Connection = ASGIConnection[Any, Any, Any, Any]

_PROJECT = "project.id, project.slug, project.name, project.language, project.is_sample, project.created_at"
_BY_SESSION = f"""
select member.id as member, member.email, membership.role, session.seen_at, {_PROJECT}
from session join member on member.id = session.member
left join (membership join project on project.id = membership.project and project.slug = $2)
    on membership.member = member.id
where session.token_hash = $1 and {IS_ALIVE}
order by membership.role is null limit 1
"""
_BY_TOKEN = f"""
select member.id as member, member.email, least_role.role, api_token.used_at as seen_at, {_PROJECT}
from api_token join member on member.id = api_token.member join project on project.id = api_token.project
join membership on membership.member = api_token.member and membership.project = api_token.project
cross join lateral (select case when api_token.role = 'viewer' or membership.role = 'viewer' then 'viewer'
    when api_token.role = 'editor' or membership.role = 'editor' then 'editor' else 'owner' end as role) least_role
where api_token.token_hash = $1 and api_token.revoked_at is null
    and coalesce(api_token.expires_at, 'infinity') > now()
"""


@dataclass(frozen=True, slots=True)
class Access:
    """Somebody, in a project, with a role. For a token it is the lesser of the token's role and its creator's."""

    member: UUID
    email: str
    role: Role
    project: Project

    @property
    def may_edit(self) -> bool:
        return self.role.covers(Role.EDITOR)

    def require(self, needed: Role) -> None:
        if not self.role.covers(needed):
            raise NotAllowed(f"This needs the role of {needed.value}; yours here is {self.role.value}.")


@dataclass(frozen=True, slots=True)
class Guard:
    """Of a route: only those that ``find`` finds with the role ``needs``, or more, come in."""

    needs: Role
    find: Callable[[Connection, Role], Awaitable["Access"]]

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        connection.state.access = await self.find(connection, self.needs)


def members(needed: Role) -> Guard:
    """For pages under ``/p/{slug}``: a signed-in member with this role or more."""
    return Guard(needed, _member_of)


def tokens(needed: Role) -> Guard:
    """For the API: a bearer token with this role or more."""
    return Guard(needed, _bearer)


def bearer_of(connection: Connection) -> str:
    """The token of ``Authorization: Bearer …`` (RFC 6750, 2.1), or nothing."""
    words = connection.headers.get("authorization", "").split()
    return words[1] if len(words) == 2 and words[0].lower() == "bearer" else ""


def provide_access(request: Request[Any, Any, Any]) -> Access:
    access: Access = request.state.access
    return access


async def access_by_session(token: str | None, slug: str, needed: Role) -> Access:
    known_slug = slug.replace("\0", "\ufffd")  # PostgreSQL takes no NUL, and no project is called so
    row = await fetchrow(_BY_SESSION, hash_of(token), known_slug) if token else None
    if row is None:
        raise NotSignedIn("Please sign in.")
    if token and now() - row["seen_at"] > SEEN_EVERY:
        await mark_seen(hash_of(token))
    if row["role"] is None:
        raise NotFound("There is no such project.")
    access = _access(row)
    access.require(needed)
    return access


async def access_by_token(token: str) -> Access | None:
    row = await fetchrow(_BY_TOKEN, hash_of(token)) if token else None
    if row is None:
        return None
    await _mark_used(hash_of(token), row["seen_at"])
    return _access(row)


async def projects_of(member: UUID) -> list[Record]:
    """Slug and name of each project, by name."""
    return list(
        await fetch(
            """select slug, name from membership join project on project.id = membership.project
            where member = $1 order by name, slug""",
            member,
        )
    )


async def first_project(token: str | None) -> str | None:
    """The slug of a signed-in member's first project. Raises ``NotSignedIn``."""
    rows = await fetch(
        f"""select project.slug from session
        left join membership on membership.member = session.member
        left join project on project.id = membership.project
        where session.token_hash = $1 and {IS_ALIVE} order by project.created_at limit 1""",
        hash_of(token or ""),
    )
    if not rows:
        raise NotSignedIn("Please sign in.")
    slug: str | None = rows[0]["slug"]
    return slug


async def _member_of(connection: Connection, needed: Role) -> Access:
    return await access_by_session(connection.cookies.get(COOKIE), str(connection.path_params["slug"]), needed)


async def _bearer(connection: Connection, needed: Role) -> Access:
    access = await access_by_token(bearer_of(connection))
    if access is None:
        raise NotSignedIn("Send a valid token: Authorization: Bearer …")
    access.require(needed)
    return access


def _access(row: Record) -> Access:
    project = Project(**{name: row[name] for name in ("id", "slug", "name", "language", "is_sample", "created_at")})
    return Access(row["member"], row["email"], Role(row["role"]), project)


async def _mark_used(token_hash: str, used_at: datetime | None) -> None:
    if used_at is None or now() - used_at > SEEN_EVERY:
        await execute("update api_token set used_at = now() where token_hash = $1", token_hash)
