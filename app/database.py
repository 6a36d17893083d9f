"""The one way to PostgreSQL: an engine for Piccolo, a pool for the running event loop, transactions, migrations.

Simple reads and writes go through Piccolo's tables; hand-written SQL goes through ``fetch``, ``fetchrow`` and
``execute`` with ``$1`` placeholders. All of them join a transaction that is open in the same task.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, redirect_stdout
from contextvars import ContextVar
from io import StringIO
from typing import Any

import asyncpg
from piccolo.engine.postgres import PostgresEngine

from app.settings import Settings

MIGRATION_LOCK = 7_405_115  # any number of our own: whoever holds it migrates
ORDINARY_POOL = 10

Record = Mapping[str, Any]


class UnavailableError(Exception):
    """The database cannot be used; its message is one sentence."""


class Engine(PostgresEngine):
    """Piccolo's engine without the connections that it opens while it is being imported."""

    async def check_version(self) -> None:
        return None

    async def prep_database(self) -> None:
        return None


class _OpenTransaction:
    """What Piccolo's queries look for to join a transaction."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection


DB = Engine(config={})
_current: ContextVar[_OpenTransaction | None] = DB.current_transaction  # type: ignore[assignment]


def configure(settings: Settings) -> None:
    DB.config = {"dsn": settings.database_url}


@asynccontextmanager
async def open_pool(settings: Settings, size: int = ORDINARY_POOL) -> AsyncIterator[None]:
    """The pool belongs to the event loop that opens it; a process has one."""
    configure(settings)
    DB.pool = await asyncpg.create_pool(
        settings.database_url, min_size=min(2, size), max_size=size, command_timeout=60, reset=_as_it_is
    )
    try:
        yield
    finally:
        pool, DB.pool = DB.pool, None
        await pool.close()


@asynccontextmanager
async def transaction() -> AsyncIterator[None]:
    """Everything inside commits together or not at all. It never nests, and tasks started inside must not query."""
    if _current.get() is not None:
        raise RuntimeError("A transaction is open already: a use case has one.")
    async with _pool().acquire() as connection, connection.transaction():
        token = _current.set(_OpenTransaction(connection))
        try:
            yield
        finally:
            _current.reset(token)


async def fetch(sql: str, *values: object) -> Sequence[Record]:
    rows: Sequence[Record] = await _run("fetch", sql, values)
    return rows


async def fetchrow(sql: str, *values: object) -> Record | None:
    row: Record | None = await _run("fetchrow", sql, values)
    return row


async def fetchval(sql: str, *values: object) -> Any:
    return await _run("fetchval", sql, values)


async def execute(sql: str, *values: object) -> int:
    """Answers the number of rows that were written."""
    status: str = await _run("execute", sql, values)
    last = status.rsplit(" ", 1)[-1]
    return int(last) if last.isdigit() else 0


async def execute_script(sql: str) -> None:
    """Several statements at once, without values."""
    await _run("execute", sql, ())


async def is_there() -> bool:
    try:
        return bool(await fetchval("select true"))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, RuntimeError):
        return False


async def listen(channel: str, heard: Callable[[str], None]) -> asyncpg.Connection:
    """A connection of its own that calls ``heard`` with each notification's text. The caller closes it."""
    connection = await asyncpg.connect(**DB.config)
    await connection.add_listener(channel, lambda _c, _p, _ch, payload: heard(payload))
    return connection


async def migrate(settings: Settings) -> str:
    """Bring the database to this version's tables; whoever comes second waits and finds nothing to do."""
    os.environ["PICCOLO_CONF"] = "app.piccolo_conf"
    configure(settings)
    gate = await asyncpg.connect(settings.database_url)
    try:
        async with gate.transaction():
            await gate.execute("select pg_advisory_xact_lock($1)", MIGRATION_LOCK)
            return await _run_migrations()
    finally:
        await gate.close()


async def pending_migrations() -> list[str]:
    from piccolo.apps.migrations.commands.forwards import ForwardsMigrationManager
    from piccolo.apps.migrations.tables import Migration

    os.environ["PICCOLO_CONF"] = "app.piccolo_conf"
    manager = ForwardsMigrationManager("pressroom")
    folder = manager.get_app_config("pressroom").resolved_migrations_folder_path
    known = manager.get_migration_ids(manager.get_migration_modules(folder))
    if not await Migration.table_exists():
        return known
    return sorted(set(known) - set(await Migration.get_migrations_which_ran(app_name="pressroom")))


async def _run_migrations() -> str:
    # Imported here: Piccolo's migration commands load its whole toolbox, which no server process needs.
    from piccolo.apps.migrations.commands.forwards import run_forwards

    said = StringIO()
    with redirect_stdout(said):
        result = await run_forwards("pressroom")
    if not result.success:
        raise UnavailableError(f"The database could not be brought up to date: {result.message}")
    return said.getvalue()


async def _as_it_is(connection: asyncpg.Connection) -> None:
    """What a connection goes back to the pool with. asyncpg has rolled back what was left open; its usual reset would
    be a second question after each one, and nobody here changes a session: no settings, no locks, no listeners."""


def _pool() -> Any:
    if DB.pool is None:
        raise RuntimeError("No connection pool is open: open_pool() belongs around this.")
    return DB.pool


async def _run(method: str, sql: str, values: Sequence[object]) -> Any:
    current = _current.get()
    target: Callable[..., Awaitable[Any]] = getattr(current.connection if current else _pool(), method)
    return await target(sql, *values)
