"""Signed-in browsers. A session lives on the server; the browser keeps only its token."""

from datetime import timedelta
from uuid import UUID

from app.accounts.secrets import hash_of, new_token
from app.clock import now
from app.database import execute
from app.identity import new_id

COOKIE = "pressroom_session"
LIFETIME = timedelta(days=30)
IDLE = timedelta(days=7)
# Written at most this often, so that reading a page is not also a write.
SEEN_EVERY = timedelta(minutes=5)

#: What a live session is, in SQL over the alias ``session``.
IS_ALIVE = f"session.expires_at > now() and session.seen_at > now() - interval '{IDLE.days} days'"


async def begin(member: UUID, replacing: str | None = None) -> str:
    """A new session's token. ``replacing``, the browser's session so far, ends: nobody can be fixed on a known one."""
    if replacing:
        await end(replacing)
    token = new_token()
    await execute("delete from session where expires_at < now()")
    await execute(
        """insert into session (id, token_hash, member, created_at, seen_at, expires_at)
        values ($1, $2, $3, now(), now(), $4)""",
        new_id(),
        hash_of(token),
        member,
        now() + LIFETIME,
    )
    return token


async def end(token: str) -> None:
    await execute("delete from session where token_hash = $1", hash_of(token))


async def mark_seen(token_hash: str) -> None:
    await execute("update session set seen_at = now() where token_hash = $1", token_hash)
