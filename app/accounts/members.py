"""Who there is."""

import re
from uuid import UUID

from app.accounts.tables import Role
from app.database import execute, fetchval
from app.errors import FieldError, ValidationFailed
from app.identity import new_id

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[^@\s]+@localhost")
LONGEST_EMAIL = 254  # RFC 5321, 4.5.3.1.3, less the angle brackets


async def add_member(email: str, name: str = "") -> UUID:
    """Adding somebody who is there already gives the same member. Raises ``ValidationFailed``."""
    address = normal_email(email)
    await execute(
        "insert into member (id, email, name, created_at) values ($1, $2, $3, now()) on conflict (email) do nothing",
        new_id(),
        address,
        name,
    )
    member: UUID = await fetchval("select id from member where email = $1", address)
    return member


async def member_by_email(email: str) -> UUID | None:
    member: UUID | None = await fetchval("select id from member where email = $1", email.strip().lower())
    return member


async def is_member(member: UUID, project: UUID) -> bool:
    return bool(
        await fetchval("select exists (select from membership where member = $1 and project = $2)", member, project)
    )


async def grant(member: UUID, project: UUID, role: Role) -> None:
    await execute(
        """insert into membership (id, member, project, role, created_at) values ($1, $2, $3, $4, now())
        on conflict (member, project) do update set role = excluded.role""",
        new_id(),
        member,
        project,
        role.value,
    )


def normal_email(email: str) -> str:
    address = email.strip().lower()
    if not _EMAIL.fullmatch(address) or len(address) > LONGEST_EMAIL:
        raise ValidationFailed.of(FieldError("email", "invalid", "Write an e-mail address, as in anna@example.com."))
    return address
