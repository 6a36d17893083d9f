"""A process that was told to does not outlive the one that started it."""

import os
import select
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux alone tells children of their parent's end")

PATIENCE = 10.0  # seconds

STARTER = """
import subprocess, sys
child = subprocess.Popen([sys.executable, *sys.argv[1:]], stdout=subprocess.PIPE)
child.stdout.readline()
print(child.pid, flush=True)
child.wait()
"""
PATIENT = "import signal; print('here', flush=True); signal.pause()"


@pytest.mark.parametrize(
    "tied",
    [
        pytest.param(["-c", f"from app.end_with_parent import *; end_with_parent(); {PATIENT}"], id="asks for it"),
        pytest.param(["-m", "app.end_with_parent", sys.executable, "-c", PATIENT], id="is started by it"),
    ],
)
def test_a_killed_parent_takes_its_child_along(tied: list[str]) -> None:
    with subprocess.Popen([sys.executable, "-c", STARTER, *tied], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        child = os.pidfd_open(int(starter.stdout.readline()))
        starter.kill()
    assert _has_ended(child)


def test_a_parent_that_is_gone_already_is_noticed() -> None:
    late = "import os; from app.end_with_parent import *; end_with_parent(parent=os.getppid() + 1); print('went on')"
    done = subprocess.run([sys.executable, "-c", late], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_wished_for_signal_arrives() -> None:
    wish = "import sys; from app.end_with_parent import *; signal.signal(signal.SIGUSR1, lambda *_: sys.exit('told'))"
    starter = "import os, subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); sys.stdin.readline()"
    child = f"{wish}; end_with_parent(signal.SIGUSR1); {PATIENT}"
    process = subprocess.Popen(
        [sys.executable, "-c", starter, child],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "here\n"
    process.kill()
    said, _ = process.communicate(timeout=PATIENCE)
    assert said == "told\n"


def _has_ended(pidfd: int) -> bool:
    """A pidfd can be read once its process has ended: pidfd_open(2)."""
    readable, _, _ = select.select([pidfd], [], [], PATIENCE)
    os.close(pidfd)
    return bool(readable)
