"""Processes that we start and that never outlive us: each in its own session, with its own log, tied to our life."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.embedded.leftovers import remember
from app.embedded.trouble import EndedUnexpectedly
from app.end_with_parent import end_with_parent

LINES_OF_LOG_SHOWN = 15
WAIT = 0.02  # seconds between two looks at a child


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ending: signal.Signals

    @property
    def has_ended(self) -> bool:
        return self.process.poll() is not None

    @property
    def how_it_ended(self) -> str:
        status = self.process.returncode
        return f"by {signal.Signals(-status).name}" if status < 0 else f"with exit status {status}"

    @property
    def last_words(self) -> list[str]:
        text = self.log.read_text(errors="replace") if self.log.exists() else ""
        return [line for line in text.splitlines() if line.strip()][-LINES_OF_LOG_SHOWN:]


def start_child(
    name: str,
    command: Sequence[str | Path],
    *,
    home: Path,
    environment: Mapping[str, str],
    folder: Path,
    ending: signal.Signals = signal.SIGTERM,
    become: Callable[[], None] = lambda: None,
    output: int | None = None,
    goes_on: bool = False,
) -> Child:
    """``ending`` is the signal that asks it to end: ours, or on Linux the kernel's when we are gone.

    On Linux the calling thread has to live as long as the child should. ``output`` goes there instead of to the log.
    One that ``goes_on`` writes into the log of the one before it.
    """
    us = os.getpid()

    def prepare() -> None:
        become()
        end_with_parent(ending, us)

    log = _log_of(home, name) if goes_on else _fresh_log(home, name)
    with log.open("ab") as writing:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=writing if output is None else output,
            stderr=writing,
            cwd=folder,
            env=environment,
            start_new_session=True,
            preexec_fn=prepare,
        )
    remember(home, name, process.pid, ending)
    return Child(name, process, log, ending)


def stop_children(children: Sequence[Child], grace: float) -> None:
    """Asks all at once and waits up to ``grace`` seconds; then kills what is left of them and of what they started."""
    for child in children:
        child.process.send_signal(child.ending)
    deadline = time.monotonic() + grace
    while not all(child.has_ended for child in children) and time.monotonic() < deadline:
        time.sleep(WAIT)
    for child in children:
        kill_what_is_left(child)


def kill_what_is_left(child: Child) -> None:
    """Of the child and of what it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS says the latter of zombies
        os.killpg(child.process.pid, signal.SIGKILL)  # each child leads a group of its own
    child.process.wait()


def wait_until(is_ready: Callable[[], bool], child: Child, deadline: float) -> None:
    """Raises ``EndedUnexpectedly`` when the child ends first, or is not ready ``deadline`` seconds from now."""
    latest = time.monotonic() + deadline
    while not is_ready():
        raise_if_ended(child)
        if time.monotonic() > latest:
            raise EndedUnexpectedly(f"{child.name} was not ready within {deadline:.0f} seconds{_told_by_log(child)}")
        time.sleep(WAIT)


def raise_if_ended(child: Child) -> None:
    if child.has_ended:
        raise end_of(child)


def end_of(child: Child) -> EndedUnexpectedly:
    return EndedUnexpectedly(f"{child.name} ended {child.how_it_ended}{_told_by_log(child)}")


def _told_by_log(child: Child) -> str:
    if not child.last_words:
        return f" without a word in its log, {child.log}."
    return "\n    ".join([f". The end of its log, {child.log}:", *child.last_words])


def _log_of(home: Path, name: str) -> Path:
    return home / "log" / f"{name}.log"


def _fresh_log(home: Path, name: str) -> Path:
    """The log of the last time stays beside the new one."""
    log = _log_of(home, name)
    log.parent.mkdir(mode=0o700, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{name}.previous.log"))
    log.touch(mode=0o600)
    return log
