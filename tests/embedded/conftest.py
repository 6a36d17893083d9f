"""Real supervisors with real servers, and a look at what they leave behind."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.embedded.ports import free_port

STUDIO = Path(__file__).parent / "studio"
PATIENCE = 20.0  # seconds until a condition that never came true fails the test
UNFINISHED = "postgres.unfinished"
READY = "Pressroom is ready: "

StartPressroom = Callable[..., "RunningPressroom"]


@dataclass(frozen=True, slots=True)
class RunningPressroom:
    process: subprocess.Popen[str]
    home: Path
    port: int

    def said_until_ready(self) -> list[str]:
        """Its lines so far; the last one is the ready line unless it ended before."""
        assert self.process.stdout is not None
        said = []
        for line in self.process.stdout:
            said.append(line.rstrip("\n"))
            if line.startswith(READY):
                break
        return said

    def ended(self) -> tuple[int, str]:
        """Its exit status and everything it said since it was last listened to."""
        said, _ = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, said


@pytest.fixture
def start_pressroom(home: Path) -> Iterator[StartPressroom]:
    started = []

    def start(*arguments: str | Path, **environment: str) -> RunningPressroom:
        port = int(environment.get("PORT", free_port()))
        process = subprocess.Popen(
            [sys.executable, STUDIO / "up.py", *arguments],
            env={**os.environ, "PRESSROOM_HOME": str(home), "PORT": str(port), **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return RunningPressroom(process, Path(environment.get("PRESSROOM_HOME", home)), port)

    yield start
    for process in started:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    """A home of the test's own, whose servers' data does not stay on the disk."""
    folder = tmp_path / "home"
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def lived_in_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One home for the tests that start in it one after another: setting up servers' data takes its time.

    It was never seen before, but somebody was killed while setting it up.
    """
    folder = tmp_path_factory.mktemp("pressroom") / "home"
    (folder / UNFINISHED).mkdir(parents=True)
    (folder / UNFINISHED / "PG_VERSION").write_text("18\n")
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


def eventually(is_true: Callable[[], bool]) -> None:
    latest = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < latest, "this never came true"
        time.sleep(0.02)


def processes_of(home: Path) -> dict[int, str]:
    """Every living process that has to do with this home: that works in it, or that was told of it."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            traces = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
            folder = str((process / "cwd").readlink())
        except OSError:  # ended just now, or a zombie
            continue
        if str(home).encode() in traces or folder.startswith(str(home)):
            found[int(process.name)] = traces.replace(b"\0", b" ").decode(errors="replace")[:60]
    return found
