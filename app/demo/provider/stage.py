"""Everything that one demo provider process knows: its calls, faults, holds, cache and speed."""

import asyncio
from dataclasses import dataclass, field
from weakref import WeakSet

from app.demo.provider.cache import PromptCache
from app.demo.provider.call_log import CallLog
from app.demo.provider.delivery import Delivery, Hold, Pace
from app.demo.provider.faults import FaultBook


@dataclass(slots=True)
class Stage:
    pace: Pace
    calls: CallLog = field(default_factory=CallLog)
    faults: FaultBook = field(default_factory=FaultBook)
    cache: PromptCache = field(default_factory=PromptCache)
    holds: list[Hold] = field(default_factory=list)
    deliveries: WeakSet[Delivery] = field(default_factory=WeakSet)

    def hold(self, match: str, after_chunks: int) -> None:
        self.holds.append(Hold(match, after_chunks, asyncio.get_running_loop().create_future()))

    def release(self, match: str | None) -> None:
        """``match`` None releases everything."""
        for hold in [one for one in self.holds if match in (None, one.match)]:
            self.holds.remove(hold)
            hold.released.set_result(None)

    def stop_deliveries(self) -> None:
        for delivery in list(self.deliveries):
            delivery.stop()
