"""The demo provider as a process: it answers, and it ends at once even while it writes."""

import json
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection

import pytest

from tests.demo.asking import PROMPT
from tests.demo_provider import DemoProvider

PROGRAM = "import sys; from app.demo.provider import serve; serve('127.0.0.1', int(sys.argv[1]), 1)"


def test_answers(demo_provider: DemoProvider) -> None:
    assert demo_provider.calls() == []


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_ends_at_once_while_it_writes(ending: signal.Signals) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(port)], stderr=subprocess.PIPE)
    connection = HTTPConnection("127.0.0.1", port)
    body = json.dumps({"model": "gpt-6-luna", "input": PROMPT, "stream": True})
    connect(connection)
    connection.request("POST", "/openai/v1/responses", body, {"authorization": "Bearer x"})
    answer = connection.getresponse()
    assert answer.read(10)
    process.send_signal(ending)
    sent = time.monotonic()
    _, complaints = process.communicate(timeout=5)
    assert time.monotonic() - sent < 3  # far less on an idle machine; waiting for the stream would take five
    assert b"Traceback" not in complaints
    connection.close()


def test_port_that_is_taken_is_an_error_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run([sys.executable, "-c", PROGRAM, str(port)], capture_output=True, timeout=10, check=False)
    assert done.returncode == 1
    assert b"OSError" in done.stderr


def connect(connection: HTTPConnection) -> None:
    until = time.monotonic() + 10
    while True:
        try:
            return connection.connect()
        except ConnectionRefusedError:
            assert time.monotonic() < until
            time.sleep(0.01)
