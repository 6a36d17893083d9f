"""PostgreSQL and Valkey for one home, as long as a ``with`` block lasts."""

import hashlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded.children import Child, stop_children
from app.embedded.leftovers import end_leftovers, run_folder
from app.embedded.postgres import database_url, start_postgres
from app.embedded.trouble import CannotStart
from app.embedded.valkey import redis_url, start_valkey

STOP_WITHIN = 20.0  # seconds
LONGEST_SOCKET_FOLDER = (
    80  # characters; with the sockets' own names a path stays below 100, and the systems' limit is 104
)
PLAIN_PATH = re.compile(
    r"[\w./-]+", re.ASCII
)  # a comma or a space means something in the settings and URLs it goes into


@dataclass(frozen=True, slots=True)
class Servers:
    database_url: str
    redis_url: str
    children: tuple[Child, ...]


@contextmanager
def running_servers(home: Path, *, throwaway: bool = False) -> Iterator[Servers]:
    """Both answer when the block begins and have ended when it is left. Raises ``CannotStart``.

    The caller alone uses ``home``. ``throwaway`` trades safety of the data for speed. On Linux the servers end with
    the calling thread, however it ends.
    """
    home = home.resolve()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    end_leftovers(home)
    sockets = _socket_folder(home)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, sockets, ignore_errors=True)
        valkey = start_valkey(home, sockets, throwaway=throwaway)
        stack.callback(stop_children, [valkey], STOP_WITHIN)
        postgres = start_postgres(home, sockets, throwaway=throwaway)
        stack.callback(stop_children, [postgres], STOP_WITHIN)
        yield Servers(database_url(sockets), redis_url(sockets), (postgres, valkey))


def _socket_folder(home: Path) -> Path:
    """In the home, or where that is too long or too odd a path for a socket, in the system's temporary folder."""
    folder = run_folder(home)
    if len(str(folder)) > LONGEST_SOCKET_FOLDER or not PLAIN_PATH.fullmatch(str(folder)):
        name = hashlib.sha256(str(home).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"pressroom-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise CannotStart(f"{folder} belongs to somebody else: delete it, then start again.") from None
    return folder
