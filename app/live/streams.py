"""Server-sent events for pages: the current state of whatever changed, in frames that htmx swaps in by morphing.

A frame always carries a region's whole present state. That is what makes resuming simple: whoever comes back with the
``Last-Event-ID`` that is still current gets nothing, everybody else gets the present; nothing is missed, nothing is
shown twice, and a slow reader skips what is out of date by the time it reads.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from app.live.hub import Hub, Watch

Partials = tuple[str, ...]
LINE_END = re.compile(r"\r\n|\r|\n")  # the only ones the format knows


@dataclass(frozen=True, slots=True)
class Region:
    """One place of a page. ``key`` is the same for everybody who sees the same thing, and names its topics.

    ``includes`` is the news that its rendering tells besides what it hears: regions that hear only that are told too.
    ``hears`` are the pairs of topic and aspect that make it out of date; ``pause`` is the least number of seconds
    between two frames of it. ``render`` gives its partials, each ready to be swapped in, and always as many.
    """

    key: str
    hears: frozenset[tuple[str, str]]
    render: Callable[[], Awaitable[Partials]]
    pause: float = 0.1
    includes: frozenset[tuple[str, str]] = frozenset()

    @property
    def topics(self) -> tuple[str, ...]:
        return tuple(sorted({topic for topic, _ in self.hears}))


@dataclass(slots=True)
class _Shown:
    region: Region
    is_due: bool
    partials: Partials = ()
    not_before: float = 0.0


async def page_stream(
    hub: Hub,
    regions: Sequence[Region],
    *,
    last_event_id: str | None,
    heartbeat: float,
    may_go_on: Callable[[], Awaitable[bool]],
) -> AsyncIterator[bytes]:
    """Ends when the process ends (the browser comes back to the next one), or when ``may_go_on``, which is asked at
    each heartbeat, says no (it comes back to a refusal)."""
    topics = sorted({topic for region in regions for topic in region.topics})
    async with hub.watch(topics) as watch:
        is_current = bool(last_event_id) and last_event_id == hub.position(topics)
        shown = [_Shown(region, is_due=not is_current) for region in regions]
        yield b"retry: 500\n: connected\n\n"
        while not hub.is_ending.is_set():
            position = hub.position(topics)
            if html := await _changed_html(hub, shown):
                yield frame(html, event_id=position)
            if not await _wait(watch, shown, heartbeat):
                if not await may_go_on():
                    return
                yield b"event: heartbeat\ndata: \n\n"


def frame(data: str, *, event_id: str | None = None, event: str | None = None) -> bytes:
    """One server-sent event (WHATWG HTML, 9.2.6)."""
    head = (f"id: {event_id}\n" if event_id else "") + (f"event: {event}\n" if event else "")
    body = "\n".join(f"data: {line}" for line in LINE_END.split(data))
    return f"{head}{body}\n\n".encode()


async def _changed_html(hub: Hub, shown: list[_Shown]) -> str:
    now = asyncio.get_running_loop().time()
    parts: list[str] = []
    for item in shown:
        if not item.is_due or now < item.not_before:
            continue
        item.is_due, item.not_before = False, now + item.region.pause
        partials = await hub.frame(item.region.key, item.region.topics, item.region.render)
        parts.extend(new for new, old in zip_longest(partials, item.partials) if new and new != old)
        item.partials = partials
        for other in shown:
            if other.region.hears <= item.region.includes:
                other.is_due = False
    return "".join(parts)


async def _wait(watch: Watch, shown: list[_Shown], heartbeat: float) -> bool:
    """Until something is due; False after a silence of ``heartbeat`` seconds."""
    loop = asyncio.get_running_loop()
    pauses = [item.not_before - loop.time() for item in shown if item.is_due]
    patience = min([heartbeat, *(max(pause, 0.0) for pause in pauses)])
    news = await watch.news(patience)
    for item in shown:
        if news & item.region.hears:
            item.is_due = True
    return bool(news) or bool(pauses)
