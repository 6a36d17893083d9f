"""Announce that something changed. Losing an announcement costs a moment of freshness, never a fact."""

import msgspec
import redis.asyncio
import structlog
from redis.exceptions import RedisError

from app.live.events import STATE, Event

KEEP_SECONDS = 3600
LONGEST_STREAM = 20_000

# Stored and told in one step: a reader that subscribes first and then reads the stream misses nothing.
_PUBLISH = """
local id = redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[1] == '1' and '=' or '~', ARGV[1], '*', 'e', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('PUBLISH', KEYS[1], id .. ' ' .. ARGV[3])
return redis.call('XLEN', KEYS[1])
"""

log = structlog.get_logger()
_encoder = msgspec.json.Encoder()


class Publisher:
    """Lives as long as its process. Redis being away is logged, never raised: live news is not worth a run."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._publish = client.register_script(_PUBLISH)

    async def changed(self, *topics: str) -> None:
        for topic in topics:
            await self.send(topic, STATE)

    async def send(self, topic: str, event: Event) -> int | None:
        """Answers how many events the topic's stream holds now: 1 means that it has just begun. None: not sent."""
        longest = LONGEST_STREAM if topic.startswith("run:") else 1
        try:
            held = await self._publish(keys=[stream_key(topic)], args=[longest, KEEP_SECONDS, _encoder.encode(event)])
        except (RedisError, OSError) as error:
            log.warning("live_event_not_sent", topic=topic, error=str(error))
            return None
        return int(held)


def stream_key(topic: str) -> str:
    return f"live:{topic}"
