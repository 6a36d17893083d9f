"""What every use case needs from the process it runs in."""

import asyncio
from dataclasses import dataclass

from app.live.publish import Publisher
from app.settings import Settings
from app.wake import Wake


@dataclass(frozen=True, slots=True)
class Studio:
    settings: Settings
    live: Publisher
    wake: Wake

    async def nudge(self, *topics: str, wake: int = 0) -> None:
        """Say that these topics changed and wake up to ``wake`` workers, at once: half a second where Redis hangs."""
        waking = (self.wake.work_on_runs(wake),) if wake else ()
        await asyncio.gather(self.live.changed(*topics), *waking)
