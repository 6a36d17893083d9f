"""Whether this process lives, and whether Pressroom can work."""

from typing import Any

import redis
import redis.asyncio
from litestar import Response, get
from litestar.di import NamedDependency

from app.database import is_there
from app.queue.workers_alive import alive

Parts = dict[str, bool]


@get("/healthz", opt={"open_to": "everybody"}, sync_to_thread=False, include_in_schema=False)
def healthz() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@get("/readyz", opt={"open_to": "everybody"}, include_in_schema=False)
async def readyz(live_redis: NamedDependency[redis.asyncio.Redis]) -> Response[dict[str, Any]]:
    """503 until database, Redis and at least one worker are there."""
    parts = await parts_that_answer(live_redis)
    ready = all(parts.values())
    return Response({"status": "ready" if ready else "not ready", **parts}, status_code=200 if ready else 503)


async def parts_that_answer(client: "redis.asyncio.Redis") -> Parts:
    try:
        workers = bool(await alive(client))
        answers = True
    except (redis.RedisError, OSError):
        workers = answers = False
    return {"database": await is_there(), "redis": answers, "worker": workers}
