"""The real demo provider for tests: one process per test process, and what tests ask of it.

``tests/conftest.py`` imports the fixture. Tests that run at the same time share one demo provider only within one
worker of pytest-xdist, where they run one after another.
"""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from urllib.request import Request, urlopen

import pytest

PATIENCE = 10.0
"""Seconds after which a condition that never came true fails the test."""
_PROGRAM = """
import socket, sys
from app.demo.provider import serve
from app.end_with_parent import end_with_parent

end_with_parent()
serve("", 0, 0, socket.socket(fileno=int(sys.argv[1])))
"""

Call = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DemoProvider:
    """A running demo provider, which writes at full speed unless told otherwise."""

    url: str

    @property
    def openai_url(self) -> str:
        return f"{self.url}/openai/v1"

    @property
    def anthropic_url(self) -> str:
        return f"{self.url}/anthropic"

    def calls(self, match: str = "") -> list[Call]:
        """The calls whose prompt contains ``match``, oldest first."""
        answer: list[Call] = self._ask("GET", f"/admin/calls?match={quote(match)}")
        return answer

    def wait_for(self, condition: Callable[[list[Call]], object], match: str = "") -> list[Call]:
        """The calls, as soon as the condition holds for them."""
        until = time.monotonic() + PATIENCE
        while not condition(calls := self.calls(match)):
            assert time.monotonic() < until, f"it never came true for {calls}"
            time.sleep(0.01)
        return calls

    def hold(self, match: str = "", after_chunks: int = 0) -> None:
        """Keeps the calls whose prompt contains ``match`` after that many tokens, until ``release``."""
        self._ask("POST", "/admin/hold", {"match": match, "after_chunks": after_chunks})

    def release(self) -> None:
        self._ask("DELETE", "/admin/hold")

    def fault(self, fault: str, **narrowed: object) -> None:
        """See ``app.demo.provider.faults.FaultOrder`` for what narrows it; one call meets it where nothing is said."""
        self._ask("POST", "/admin/faults", {"fault": fault, **narrowed})

    def speed(self, tokens_per_second: float) -> None:
        self._ask("PUT", "/admin/speed", {"tokens_per_second": tokens_per_second})

    def reset(self) -> None:
        """As it was when it started."""
        self.release()
        self._ask("DELETE", "/admin/faults")
        self._ask("DELETE", "/admin/calls")
        self.speed(0)

    def _ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"content-type": "application/json"}, method=method)
        with urlopen(request, timeout=PATIENCE) as answer:
            content = answer.read()
        return json.loads(content) if content else None


@pytest.fixture(scope="session")
def demo_provider_process() -> Iterator[DemoProvider]:
    listener = socket.create_server(("127.0.0.1", 0), backlog=512)
    process = subprocess.Popen([sys.executable, "-c", _PROGRAM, str(listener.fileno())], pass_fds=[listener.fileno()])
    with listener:
        host, port = listener.getsockname()
    yield DemoProvider(f"http://{host}:{port}")
    process.terminate()
    assert process.wait(PATIENCE) is not None


@pytest.fixture
def demo_provider(demo_provider_process: DemoProvider) -> Iterator[DemoProvider]:
    """The demo provider, without calls, faults and holds of the tests before."""
    demo_provider_process.reset()
    yield demo_provider_process
    demo_provider_process.release()
