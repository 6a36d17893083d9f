"""How much memory the processes take: what the kernel says is resident."""

from pathlib import Path

from tests.bench import asking, runs
from tests.bench.figures import Minimum, Row
from tests.bench.installation import PROJECT, Installation

RUNS = 100
WEB, WORKER = Minimum(150), Minimum(200)
BYTES_PER_KB = 1024  # what /proc calls kB
MB = 1_000_000


async def fresh(press: Installation) -> list[Row]:
    await press.staff(1)
    return _rows(press)


async def after_runs(press: Installation) -> list[Row]:
    """A hundred more of one worker, half of them pages, and the Desk as often."""
    await press.staff(1)
    press.demo.reset()
    async with press.api() as api, press.signed_in() as browser:
        wanted = [asking.page(f"m{n}") if n % 2 else asking.text(f"memory, no. {n}") for n in range(RUNS)]
        await runs.submit_all(api, wanted)
        await runs.until_all_ended()
        for _ in range(RUNS):
            (await browser.get(f"/p/{PROJECT}/desk")).raise_for_status()
    return _rows(press)


def _rows(press: Installation) -> list[Row]:
    """A worker is two processes: Dramatiq's first one only watches over the second, which does the work."""
    rows = [Row("web server", [_resident(press.web.pid)], "MB", WEB)]
    for parent in press.workers:
        family = _family(parent.pid)
        working = max(family, key=_resident)
        rows += [
            Row("worker", [_resident(working)], "MB", WORKER),
            Row("  its parent process", [sum(_resident(pid) for pid in family if pid != working)], "MB"),
            Row("  together, shared pages counted once", [sum(_resident(pid, "Pss") for pid in family)], "MB"),
        ]
    return rows


def _resident(pid: int, kind: str = "Rss") -> float:
    """Megabytes. ``Pss`` counts a page that several processes share in parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{kind}:")) * BYTES_PER_KB / MB


def _family(pid: int) -> list[int]:
    return [pid, *(descendant for child in _children(pid) for descendant in _family(child))]


def _children(pid: int) -> list[int]:
    threads = Path(f"/proc/{pid}/task").iterdir()
    return [int(child) for thread in threads for child in (thread / "children").read_text().split()]
