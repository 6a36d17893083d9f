"""Which worker processes are there: each says so every few seconds, and is forgotten when it stops saying it."""

from time import time

import redis.asyncio

KEY = "workers"
SAY_SECONDS = 2
FORGET_SECONDS = 8


async def say(client: "redis.asyncio.Redis", worker: str) -> None:
    await client.zadd(KEY, {worker: time() + FORGET_SECONDS})


async def leave(client: "redis.asyncio.Redis", worker: str) -> None:
    await client.zrem(KEY, worker)


async def alive(client: "redis.asyncio.Redis") -> list[str]:
    await client.zremrangebyscore(KEY, "-inf", time())
    return [name.decode() if isinstance(name, bytes) else str(name) for name in await client.zrange(KEY, 0, -1)]
