"""Announce that something changed. Losing an announcement costs a moment of freshness, never a fact."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import redis.asyncio
import structlog
from redis.exceptions import RedisError

from app.live.events import STATE, Event

KEEP_SECONDS = 3600
LONGEST_STREAM = 20_000
PATIENCE_SECONDS = 0.5  # somebody waits for what the news is about

# Stored and told in one step: a reader that subscribes first and then reads the stream misses nothing. All topics of
# a piece of news go in one call, because a run waits for it. ARGV: seconds to keep, the event, each stream's length.
_PUBLISH = """
local id
for i, key in ipairs(KEYS) do
    local longest = ARGV[i + 2]
    id = redis.call('XADD', key, 'MAXLEN', longest == '1' and '=' or '~', longest, '*', 'e', ARGV[2])
    redis.call('EXPIRE', key, ARGV[1])
    redis.call('PUBLISH', key, id .. ' ' .. ARGV[2])
end
return {id, redis.call('XRANGE', KEYS[#KEYS], '-', '+', 'COUNT', 1)[1][1]}
"""

log = structlog.get_logger()
_encoder = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class Sent:
    """Where an event stands in its topic's stream, and which is the oldest that the stream still has."""

    position: str
    oldest: str


class Publisher:
    """Lives as long as its process. Redis being away or not answering is logged, never raised: live news is not worth
    a run."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._publish = client.register_script(_PUBLISH)

    async def changed(self, *topics: str) -> None:
        await self._send(topics, STATE)

    async def send(self, topic: str, event: Event) -> Sent | None:
        """None: it was not sent, or nobody knows."""
        return await self._send((topic,), event)

    async def _send(self, topics: Sequence[str], event: Event) -> Sent | None:
        lengths = [LONGEST_STREAM if topic.startswith("run:") else 1 for topic in topics]
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                positions = await self._publish(
                    keys=[stream_key(topic) for topic in topics], args=[KEEP_SECONDS, _encoder.encode(event), *lengths]
                )
        except (RedisError, OSError) as error:
            log.warning("live_event_not_sent", topics=topics, error=str(error))
            return None
        position, oldest = (str(each, "ascii") if isinstance(each, bytes) else str(each) for each in positions)
        return Sent(position, oldest)


def order(position: str) -> tuple[int, int]:
    """Positions compare by this: milliseconds, and a count within one."""
    milliseconds, _, count = position.partition("-")
    return int(milliseconds), int(count or 0)


def stream_key(topic: str) -> str:
    return f"live:{topic}"
