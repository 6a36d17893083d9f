"""The folder in which `make run` keeps everything, used by one Pressroom at a time."""

import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from app.embedded.leftovers import run_folder
from app.embedded.trouble import CannotStart


@contextmanager
def claimed_home(home: Path, origin: str) -> Iterator[None]:
    """Nobody else may claim it while the block lasts. ``origin`` is told to those who try. Raises ``CannotStart``."""
    with _open_lock(home) as lock:
        if not _locked(lock, fcntl.LOCK_EX):
            where, _, pid = lock.read().partition("\n")
            raise CannotStart(
                f"Pressroom is already running in {home} as process {pid}: open {where}, or stop it first."
            )
        lock.truncate(0)
        lock.write(f"{origin}\n{os.getpid()}")
        lock.flush()
        yield


def running_environment(home: Path) -> dict[str, str]:
    """What the Pressroom that runs in this home gave its processes, so that a command beside it finds its servers.

    Empty where none runs.
    """
    file = _environment_file(home)
    try:
        with (home / "lock").open() as lock:
            if _locked(lock, fcntl.LOCK_SH):
                return {}
        shared: dict[str, str] = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return shared


def share_environment(home: Path, environment: Mapping[str, str]) -> None:
    _write_private(_environment_file(home), json.dumps(environment))


def lasting_secret(home: Path) -> str:
    """Made once and kept, so that people stay signed in over a restart."""
    file = home / "secret.key"
    if not file.exists():
        _write_private(file, secrets.token_urlsafe(48))
    return file.read_text().strip()


def _open_lock(home: Path) -> IO[str]:
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return os.fdopen(os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600), "r+")
    except OSError as error:
        raise CannotStart(
            f"Pressroom cannot keep its data in {home} ({error.strerror}): "
            "make that folder writable, or name another with PRESSROOM_HOME."
        ) from None


def _locked(lock: IO[str], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _environment_file(home: Path) -> Path:
    return run_folder(home) / "environment.json"


def _write_private(file: Path, text: str) -> None:
    """Never half written, never readable by others."""
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(file)
