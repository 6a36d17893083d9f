"""Signing in by a link that works once."""

from datetime import timedelta
from uuid import UUID

from app.accounts.secrets import hash_of, new_token
from app.clock import now
from app.database import execute, fetchrow, fetchval
from app.errors import NotFound
from app.identity import new_id

LINK_LIFETIME = timedelta(hours=24)
_OPEN = "token_hash = $1 and used_at is null and expires_at > now()"


async def new_link(member: UUID, origin: str) -> str:
    """An address that signs this member in, once, within 24 hours. Links that have expired are swept out with it."""
    token = new_token()
    await execute("delete from sign_in_link where expires_at < now() - interval '30 days'")
    await execute(
        """insert into sign_in_link (id, token_hash, member, created_at, expires_at, used_at)
        values ($1, $2, $3, now(), $4, null)""",
        new_id(),
        hash_of(token),
        member,
        now() + LINK_LIFETIME,
    )
    return f"{origin}/sign-in/{token}"


async def whose_link(token: str) -> str:
    """The e-mail address that this link is for. Looking does not use it up. Raises ``NotFound`` with the reason."""
    row = await fetchrow(
        """select member.email, link.used_at, link.expires_at from sign_in_link link
        join member on member.id = link.member where token_hash = $1""",
        hash_of(token),
    )
    if row is None:
        raise NotFound("This link is not one of ours. Ask for a new one.")
    if row["used_at"] is not None:
        raise NotFound("This link was used already. Ask for a new one.")
    if row["expires_at"] <= now():
        raise NotFound("This link has expired. Ask for a new one.")
    email: str = row["email"]
    return email


async def use_link(token: str) -> UUID:
    """The member; the link is used up with this. Raises ``NotFound``, also for whoever comes second."""
    member: UUID | None = await fetchval(
        f"update sign_in_link set used_at = now() where {_OPEN} returning member", hash_of(token)
    )
    if member is None:
        await whose_link(token)
        raise NotFound("This link was used already. Ask for a new one.")
    return member
