"""The calls that the demo provider received, for tests to ask: what was sent, how far it came, who ended it."""

from collections import deque
from datetime import UTC, datetime
from itertools import count

from msgspec import Struct

KEPT_CALLS = 10_000
EXCERPT = 4_000


class Call(Struct):
    """One call. ``client`` is the other end of its connection, ``status`` the HTTP status answered.

    ``chunks_sent`` counts tokens, the first of which left right after ``first_chunk_at``; ``held`` says that a hold
    keeps it waiting now. The call has ended when ``ended_at`` is set: finished, broken off by a fault, or left by the
    client (``closed_by_client``).
    """

    id: int
    provider: str
    model: str
    component: str | None
    prompt_excerpt: str
    client: str
    started_at: datetime
    fault: str | None = None
    status: int | None = None
    chunks_sent: int = 0
    first_chunk_at: datetime | None = None
    held: bool = False
    finished: bool = False
    closed_by_client: bool = False
    ended_at: datetime | None = None

    def begin_text(self) -> None:
        self.first_chunk_at = self.first_chunk_at or datetime.now(UTC)

    def end(self) -> None:
        self.held = False
        self.ended_at = datetime.now(UTC)


class CallLog:
    """The last ``KEPT_CALLS`` calls. Of a very long prompt its beginning and its end are kept."""

    def __init__(self) -> None:
        self._calls: deque[Call] = deque(maxlen=KEPT_CALLS)
        self._ids = count(1)

    def start(self, provider: str, model: str, component: str | None, prompt: str, client: str) -> Call:
        excerpt = prompt if len(prompt) <= EXCERPT else prompt[: EXCERPT // 2] + "\n…\n" + prompt[-EXCERPT // 2 :]
        call = Call(next(self._ids), provider, model, component, excerpt, client, datetime.now(UTC))
        self._calls.append(call)
        return call

    def matching(self, match: str | None) -> list[Call]:
        return [call for call in self._calls if match is None or match in call.prompt_excerpt]

    def clear(self) -> None:
        self._calls.clear()
