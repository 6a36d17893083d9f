"""How long it takes until people can begin."""

import asyncio
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Minimum, Row
from tests.bench.installation import PATIENCE, Installation
from tests.press import PROGRAMS, free_port

READY = "Pressroom is ready:"
SECOND_START = Minimum(5)


async def start(press: Installation) -> list[Row]:
    await press.staff(1)
    with tempfile.TemporaryDirectory(prefix="pressroom-bench-") as home:
        first, second = [await asyncio.to_thread(_seconds_to_ready, Path(home)) for _ in range(2)]
    return [
        Row("web server, to its first answer", [press.web_start], "s"),
        Row("worker, until it can work", press.worker_starts[:1], "s"),
        Row("`make run`, the first time", [first], "s"),
        Row("`make run`, the second time", [second], "s", SECOND_START),
    ]


def _seconds_to_ready(home: Path) -> float:
    """Of everything, without the installation; ended again when this returns."""
    ours = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    began = time.monotonic()
    process = subprocess.Popen(
        [str(PROGRAMS / "pressroom"), "up"],
        env={**ours, "PRESSROOM_HOME": str(home), "PORT": str(free_port())},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        if not any(READY in line for line in process.stdout):
            raise RuntimeError("`pressroom up` ended before it was ready")
        return time.monotonic() - began
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE)
        process.stdout.close()
