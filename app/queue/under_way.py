"""The runs that this worker process has in hand: their leases, and how one of them is stopped.

A run is stopped by cancelling its task. Two things stop one: it is not ours any more (somebody canceled it, or the
lease ran out while we were cut off), or the process is asked to end.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from enum import StrEnum
from uuid import UUID

import asyncpg
import structlog

from app.database import listen
from app.runs.fence import Fence

RENEW_SECONDS = 1.5

# One run whose row somebody has locked must not hold up the leases of the others: it is passed over, and still ours.
_RENEW = """
with ours as (
    select id, lease_token from run where lease_token = any($1) and status = 'running'
), free as (
    select id from run where lease_token = any($1) and status = 'running' for update skip locked
), renewed as (
    update run set lease_until = now() + make_interval(secs => $2) from free where run.id = free.id
)
select lease_token from ours
"""

log = structlog.get_logger()


class StopReason(StrEnum):
    LOST = "lost"
    SHUTDOWN = "shutdown"


class UnderWay:
    def __init__(self, lease_seconds: int) -> None:
        self._lease_seconds = lease_seconds
        self._tasks: dict[UUID, tuple[Fence, asyncio.Task[object]]] = {}
        self._reasons: dict[UUID, StopReason] = {}
        self.is_draining = False

    @contextlib.contextmanager
    def hold(self, fence: Fence) -> Iterator[None]:
        task = asyncio.current_task()
        assert task is not None
        self._tasks[fence.token] = (fence, task)
        try:
            yield
        finally:
            self._tasks.pop(fence.token, None)
            self._reasons.pop(fence.token, None)

    def reason(self, fence: Fence) -> StopReason | None:
        return self._reasons.get(fence.token)

    def stop_run(self, run: UUID) -> None:
        for fence, _ in list(self._tasks.values()):
            if fence.run == run:
                self._stop(fence.token, StopReason.LOST)

    async def drain(self, patience: float) -> None:
        """Take nothing new; let what is running finish for ``patience`` seconds; stop the rest, which goes back."""
        self.is_draining = True
        tasks = [task for _, task in self._tasks.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        for token in list(self._tasks):
            self._stop(token, StopReason.SHUTDOWN)
        if left := [task for _, task in self._tasks.values()]:
            await asyncio.wait(left, timeout=patience)

    @asynccontextmanager
    async def kept_alive(self) -> AsyncIterator[None]:
        """Renews the leases, and hears at once of runs that were canceled."""
        task = asyncio.create_task(self._stay_in_touch(), name="renew leases")
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _stay_in_touch(self) -> None:
        while True:
            try:
                await self._stay_in_touch_once()
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError) as error:
                log.warning("leases_not_renewed", error=str(error))
            except Exception:  # the boundary: leases are renewed as long as this process lives
                log.exception("leases_not_renewed")
            await asyncio.sleep(RENEW_SECONDS)

    async def _stay_in_touch_once(self) -> None:
        """On a connection of its own, so that leases are renewed however busy the pool is. Ends with that connection;
        the next renewal notices whatever was not heard meanwhile."""
        connection = await listen("run_canceled", lambda text: self.stop_run(UUID(text)))
        gone = asyncio.Event()
        connection.add_termination_listener(lambda _: gone.set())
        try:
            while not gone.is_set():
                await self._renew(connection)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(RENEW_SECONDS):
                        await gone.wait()
        finally:
            with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, TimeoutError):
                await connection.close(timeout=1)

    async def _renew(self, connection: asyncpg.Connection) -> None:
        tokens = list(self._tasks)
        if not tokens:
            return
        rows = await connection.fetch(_RENEW, tokens, float(self._lease_seconds), timeout=self._lease_seconds / 2)
        for token in set(tokens) - {row["lease_token"] for row in rows}:
            self._stop(token, StopReason.LOST)

    def _stop(self, token: UUID, reason: StopReason) -> None:
        held = self._tasks.get(token)
        if held is not None and token not in self._reasons:
            self._reasons[token] = reason
            held[1].cancel()
