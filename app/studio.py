"""What every use case needs from the process it runs in."""

from dataclasses import dataclass

from app.live.publish import Publisher
from app.settings import Settings
from app.wake import Wake


@dataclass(frozen=True, slots=True)
class Studio:
    settings: Settings
    live: Publisher
    wake: Wake
