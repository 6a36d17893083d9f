"""Whether the web server will get its port, asked before anything is started."""

import errno
import socket

from app.embedded.trouble import CannotStart


def check_port(host: str, port: int) -> None:
    """Raises ``CannotStart`` where a server could not listen there."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in addresses:
            with socket.socket(family, kind, protocol) as trial:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                if family == socket.AF_INET6:
                    trial.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                trial.bind(address)
                trial.listen(1)
    except OSError as error:
        raise CannotStart(_advice(host, port, error)) from None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as trial:
        port: int = trial.getsockname()[1]
        return port


def _advice(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: stop it, or choose another with PORT, as in PORT={port + 1}."
    if error.errno == errno.EACCES:
        return f"Port {port} is reserved for root: choose one above 1023 with PORT, as in PORT=8000."
    return f"Pressroom cannot listen on {host} ({error.strerror}): set HOST to an address of this machine."
