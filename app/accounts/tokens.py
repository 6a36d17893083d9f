"""API tokens: shown once, kept as a hash."""

from uuid import UUID

from app.accounts.secrets import hash_of, new_token
from app.accounts.tables import Role
from app.database import execute
from app.identity import new_id

PREFIX = "pressroom_"


async def create_token(member: UUID, project: UUID, role: Role, name: str) -> str:
    token = new_token(PREFIX)
    await execute(
        """insert into api_token (id, token_hash, name, project, member, role, created_at)
        values ($1, $2, $3, $4, $5, $6, now())""",
        new_id(),
        hash_of(token),
        name,
        project,
        member,
        role.value,
    )
    return token


async def revoke_token(token: str) -> bool:
    return (
        await execute(
            "update api_token set revoked_at = now() where token_hash = $1 and revoked_at is null", hash_of(token)
        )
        == 1
    )
