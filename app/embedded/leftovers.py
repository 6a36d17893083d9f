"""Processes of an earlier start that was killed: where the kernel has not ended them, or not yet, we do.

Each child's process id is kept in a file beside its time of birth, so that no stranger with a reused id is hit.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

GRACE = 5.0  # seconds
GRACE_OF_DATABASES = 20.0  # they may have much to write
DATABASES = {"postgres", "valkey"}
WAIT = 0.02  # seconds between two looks


@dataclass(frozen=True, slots=True)
class Leftover:
    name: str
    pid: int
    ending: signal.Signals
    born: str

    @property
    def lives(self) -> bool:
        return _born(self.pid) == self.born


def run_folder(home: Path) -> Path:
    """Holds what is true only while Pressroom runs: sockets and process ids."""
    return home / "run"


def remember(home: Path, name: str, pid: int, ending: signal.Signals) -> None:
    folder = run_folder(home)
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / f"{name}.pid").write_text(f"{pid} {ending} {_born(pid)}")


def end_leftovers(home: Path) -> None:
    """Ends what an earlier start has left running and empties its run folder. For the holder of the home's lock."""
    left = [leftover for file in run_folder(home).glob("*.pid") if (leftover := _read(file)) and leftover.lives]
    for leftover in left:
        _send(leftover, leftover.ending)
    _wait_and_kill([leftover for leftover in left if leftover.name not in DATABASES], GRACE)
    _wait_and_kill([leftover for leftover in left if leftover.name in DATABASES], GRACE_OF_DATABASES)
    shutil.rmtree(run_folder(home), ignore_errors=True)


def _wait_and_kill(left: list[Leftover], grace: float) -> None:
    deadline = time.monotonic() + grace
    while any(leftover.lives for leftover in left) and time.monotonic() < deadline:
        time.sleep(WAIT)
    for leftover in left:
        if leftover.lives:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(leftover.pid, signal.SIGKILL)  # each leads a group of its own, with what it has started


def _read(file: Path) -> Leftover | None:
    try:
        pid, ending, born = file.read_text().split(maxsplit=2)
    except ValueError:  # cut short by the crash
        return None
    return Leftover(file.stem, int(pid), signal.Signals(int(ending)), born)


def _send(leftover: Leftover, number: signal.Signals) -> None:
    if leftover.lives:
        with contextlib.suppress(ProcessLookupError):
            os.kill(leftover.pid, number)


def _born(pid: int) -> str:
    """When this process was started, by the kernel's own clock; empty once it has ended."""
    if sys.platform == "linux":
        try:
            state, *rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return ""
        return "" if state == "Z" else rest[18]  # proc(5): state is field 3, starttime field 22
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True)
    return listed.stdout.strip()
