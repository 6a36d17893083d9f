"""What is logged tells where something went wrong, and no secret."""

import subprocess
import sys

import pytest

SECRET = "sk-never-in-a-log"
PROGRAM = f"""
import structlog
from app.logs import configure
configure(json=%s)
def fail(key):
    settings = {{"key": key}}
    raise ValueError("it broke")
try:
    fail("{SECRET[:8]}" + "{SECRET[8:]}")
except ValueError:
    structlog.get_logger().exception("something_failed")
"""


@pytest.mark.parametrize("json", [True, False])
def test_a_traceback_shows_no_variables(json: bool) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM % json], capture_output=True, text=True, check=True)
    assert "it broke" in done.stderr
    assert "fail" in done.stderr
    assert SECRET not in done.stderr
