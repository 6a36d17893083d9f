"""The demo provider as a process."""

import socket
from contextlib import suppress

import uvicorn

from app.demo.provider.app import create_demo_provider


class _DemoServer(uvicorn.Server):
    """Ends the open streams first: uvicorn would wait for them to end by themselves."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        app = self.config.app
        app.state.stage.stop_deliveries()  # type: ignore[union-attr]  # the app is what `serve` gave it
        await super().shutdown(sockets)


def serve(host: str, port: int, tokens_per_second: float = 60, listener: socket.socket | None = None) -> None:
    """Answers until SIGINT or SIGTERM, then ends within a second, open streams included.

    ``listener`` is a socket that listens already and takes the place of ``host`` and ``port``. Raises ``OSError``
    where the port is taken.
    """
    sock = listener or socket.create_server((host, port), backlog=2048)
    app = create_demo_provider(tokens_per_second)
    # A lost connection is a fault that was asked for, not an error to be logged.
    config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=5)
    with suppress(KeyboardInterrupt):  # uvicorn raises it anew, after it has ended everything
        _DemoServer(config).run(sockets=[sock])
