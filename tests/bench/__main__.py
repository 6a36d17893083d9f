"""``python -m tests.bench [name …]``: how fast Pressroom is on this machine, against what it has to be.

Figures, not verdicts: the exit status says only whether everything could be measured.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping

from tests.bench import live, memory, pages, runs, start
from tests.bench.figures import Row, heading, line
from tests.bench.installation import Installation, running_installation

Measurement = Callable[[Installation], Awaitable[list[Row]]]
MEASUREMENTS: Mapping[str, tuple[str, Measurement]] = {
    "start": ("Start", start.start),
    "memory": ("Memory of a fresh process", memory.fresh),
    "live": ("From announced to seen in a browser", live.publish_to_dom),
    "first": ("From the provider's first token to the page", live.first_token),
    "page": ("What Pressroom adds to the run of a page", runs.added_to_a_page),
    "text": ("From pressing the button to being worked on", runs.submit_to_start),
    "pages": ("Pages, as the server makes them", pages.reading),
    "throughput": ("Texts of a provider that takes no time", runs.throughput),
    "memory-after": ("Memory after these runs", memory.after_runs),
    "post": ("Forms, as the server answers them", pages.posting),  # last: it leaves runs waiting
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in MEASUREMENTS]
    if unknown:
        _say(f"There is no measurement {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}.")
        return 2
    return asyncio.run(_measure([name for name in MEASUREMENTS if not names or name in names]))


async def _measure(names: list[str]) -> int:
    """What breaks one measurement ends them all: the others would be of an installation in an unknown state."""
    began = time.monotonic()
    async with running_installation() as press:
        for name in names:
            title, measurement = MEASUREMENTS[name]
            _say(heading(title))
            for row in await measurement(press):
                _say(line(row))
            _say()
    _say(f"Measured in {time.monotonic() - began:.0f} s.")
    return 0


def _say(sentence: str = "") -> None:
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
