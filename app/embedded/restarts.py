"""When a process that ended is started again: soon at first, then later, and in the end not at all."""

from collections.abc import Sequence
from dataclasses import dataclass

PAUSES = (1.0, 2.0, 4.0, 8.0)  # seconds before it is started again, after its first, second … short life
LONG_LIFE = 60.0  # seconds


@dataclass(slots=True)
class Restarts:
    """Of one process, which began at ``began``: seconds of a clock that never goes back, as all times here.

    What dies young again and again is broken, and starting it once more mends nothing. Whoever has lived long is
    forgiven everything.
    """

    began: float
    pauses: Sequence[float] = PAUSES
    short_lives: int = 0

    def pause_after(self, ended: float) -> float | None:
        """Seconds until it may begin again; None: never."""
        if ended - self.began >= LONG_LIFE:
            self.short_lives = 0
            return self.pauses[0]
        self.short_lives += 1
        return None if self.short_lives > len(self.pauses) else self.pauses[self.short_lives - 1]

    def begins_again(self, now: float) -> None:
        self.began = now
