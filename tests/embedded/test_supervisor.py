"""`make run` from start to end, with a small Procfile in place of Pressroom's own."""

import os
import re
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.embedded.home import running_environment
from app.embedded.readiness import why_not_ready
from tests.embedded.conftest import READY, STUDIO, StartPressroom, eventually, processes_of

only_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the kernel does not end orphans")


@pytest.fixture
def home(lived_in_home: Path) -> Path:
    return lived_in_home


def test_it_gets_ready_says_so_once_and_ends_by_ctrl_c(start_pressroom: StartPressroom, home: Path) -> None:
    pressroom = start_pressroom()
    said = pressroom.said_until_ready()
    assert said == [
        f"Pressroom is starting. Its data is in {home}, its logs are in {home / 'log'}.",
        "Started web, worker, scheduler, demo.",
        f"{READY}http://127.0.0.1/sign-in/once",
    ]
    pressroom.process.send_signal(signal.SIGINT)
    assert pressroom.ended() == (0, "Pressroom has stopped.\n")
    assert processes_of(home) == {}


def test_its_processes_and_commands_beside_it_get_the_same_environment(
    start_pressroom: StartPressroom, home: Path
) -> None:
    first = start_pressroom()
    first.said_until_ready()
    given = running_environment(home)
    told = (home / "log" / "release.log").read_text().splitlines()[0].split()
    assert told == [given[name] for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "DEMO_PROVIDER_URL")]
    assert (home / "secret.key").stat().st_mode & 0o077 == 0
    first.process.send_signal(signal.SIGTERM)
    assert first.ended()[0] == 0
    assert running_environment(home) == {}
    second = start_pressroom()
    second.said_until_ready()
    assert running_environment(home)["SECRET_KEY"] == given["SECRET_KEY"]
    assert (home / "log" / "release.previous.log").read_text().startswith(" ".join(told))


def test_real_keys_need_no_demo_provider(start_pressroom: StartPressroom, home: Path) -> None:
    pressroom = start_pressroom(
        OPENAI_API_KEY="a key", ANTHROPIC_API_KEY="a key", DEMO_PROVIDER_URL="", SECRET_KEY="my own " * 6
    )
    assert "Started web, worker, scheduler." in pressroom.said_until_ready()
    given = running_environment(home)
    assert "DEMO_PROVIDER_URL" not in given
    assert "SECRET_KEY" not in given


def test_a_second_one_says_where_the_first_is(start_pressroom: StartPressroom, home: Path) -> None:
    first = start_pressroom()
    first.said_until_ready()
    status, said = start_pressroom().ended()
    assert status == 1
    assert said == (
        f"Pressroom is already running in {home} as process {first.process.pid}: "
        f"open http://127.0.0.1:{first.port}, or stop it first.\n"
    )
    assert first.process.poll() is None


def test_a_taken_port_is_named(start_pressroom: StartPressroom, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        status, said = start_pressroom(PORT=str(port)).ended()
    assert status == 1
    assert said.startswith(f"Port {port} is taken by another program: stop it, or choose another with PORT")
    assert said.count("\n") == 1
    assert processes_of(home) == {}


def test_an_address_of_another_machine_is_named(start_pressroom: StartPressroom) -> None:
    status, said = start_pressroom(HOST="192.0.2.1").ended()
    assert status == 1
    assert re.fullmatch(
        r"Pressroom cannot listen on 192\.0\.2\.1 \(.+\): set HOST to an address of this machine\.\n", said
    )


def test_a_home_that_cannot_be_written_is_named(start_pressroom: StartPressroom, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    home = tmp_path / "file" / "home"
    status, said = start_pressroom(PRESSROOM_HOME=str(home)).ended()
    assert status == 1
    assert said == (
        f"Pressroom cannot keep its data in {home} (Not a directory): "
        "make that folder writable, or name another with PRESSROOM_HOME.\n"
    )


@pytest.fixture
def procfile_with(tmp_path: Path) -> Callable[[str, str], Path]:
    """The Procfile with one command replaced by another."""

    def written(replaced: str, by: str) -> Path:
        procfile = tmp_path / "Procfile"
        text = (STUDIO / "Procfile").read_text().replace(replaced, by)
        procfile.write_text(re.sub(r"python (\w+\.py)", rf"python {STUDIO}/\1", text))
        return procfile

    return written


@pytest.mark.parametrize(
    ("replaced", "by", "complaint"),
    [
        ("worker: python family.py", "worker: sh -c 'echo Out of paper; exit 3'", "worker ended with exit status 3"),
        ("worker: python family.py", "worker: sh -c 'echo Out of paper; kill -9 $$'", "worker ended by SIGKILL"),
        (
            "release: python announce.py",
            "release: sh -c 'echo Out of paper; exit 4'",
            "release ended with exit status 4",
        ),
    ],
)
def test_a_process_that_ends_before_it_is_ready_ends_everything(
    start_pressroom: StartPressroom,
    home: Path,
    procfile_with: Callable[[str, str], Path],
    replaced: str,
    by: str,
    complaint: str,
) -> None:
    pressroom = start_pressroom(procfile_with(replaced, by))
    status, said = pressroom.ended()
    name = complaint.split()[0]
    assert status == 1
    assert said.endswith(f"{complaint}. The end of its log, {home / 'log' / name}.log:\n    Out of paper\n")
    assert "Traceback" not in said
    assert processes_of(home) == {}


def pid_of(home: Path, name: str) -> int:
    return int((home / "run" / f"{name}.pid").read_text().split()[0])


def test_processes_that_are_killed_are_started_again(start_pressroom: StartPressroom, home: Path) -> None:
    pressroom = start_pressroom()
    pressroom.said_until_ready()
    assert pressroom.process.stdout is not None
    crew = ("web", "worker", "scheduler", "demo")
    before = {name: pid_of(home, name) for name in crew}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    said = {pressroom.process.stdout.readline().rstrip("\n") for _ in crew}
    assert said == {
        f"{name} ended by SIGKILL and starts again in 0.05 seconds; see {home / 'log' / name}.log." for name in crew
    }
    eventually(lambda: not {pid_of(home, name) for name in crew} & set(before.values()))
    eventually(lambda: why_not_ready("127.0.0.1", pressroom.port) == "")
    assert not before.keys() & processes_of(home).keys()
    pressroom.process.send_signal(signal.SIGTERM)
    assert pressroom.ended() == (0, "Pressroom has stopped.\n")
    assert processes_of(home) == {}


def test_a_master_that_ends_with_its_child_is_started_again_with_a_new_one(
    start_pressroom: StartPressroom, home: Path
) -> None:
    pressroom = start_pressroom()
    pressroom.said_until_ready()
    master = pid_of(home, "worker")
    children = Path(f"/proc/{master}/task/{master}/children")
    eventually(lambda: children.read_text() != "")
    os.kill(int(children.read_text()), signal.SIGKILL)
    assert pressroom.process.stdout is not None
    assert pressroom.process.stdout.readline().startswith("worker ended with exit status 1 and starts again in ")
    eventually(lambda: pid_of(home, "worker") != master)
    assert pressroom.process.poll() is None


def test_what_ends_again_and_again_ends_everything(
    start_pressroom: StartPressroom, home: Path, tmp_path: Path, procfile_with: Callable[[str, str], Path]
) -> None:
    """It was ready, so it may be started again; but broken it stays."""
    broken = tmp_path / "broken"
    procfile = procfile_with(
        "worker: python family.py", f"worker: sh -c 'test -e {broken} || sleep 60; echo No; exit 3'"
    )
    pressroom = start_pressroom(procfile)
    pressroom.said_until_ready()
    broken.touch()
    os.kill(pid_of(home, "worker"), signal.SIGKILL)
    status, said = pressroom.ended()
    lines = said.splitlines()
    assert status == 1
    assert [line.partition(" and starts again")[0] for line in lines[:4]] == [
        "worker ended by SIGKILL",
        *["worker ended with exit status 3"] * 3,
    ]
    assert lines[4] == f"worker ended with exit status 3. The end of its log, {home / 'log' / 'worker'}.log:"
    assert lines[5:] == ["    No"] * 4
    assert processes_of(home) == {}


def test_a_server_that_ends_ends_everything(start_pressroom: StartPressroom, home: Path) -> None:
    pressroom = start_pressroom()
    pressroom.said_until_ready()
    os.kill(pid_of(home, "valkey"), signal.SIGKILL)
    status, said = pressroom.ended()
    assert (status, said.partition(".")[0]) == (1, "valkey ended by SIGKILL")
    assert processes_of(home) == {}


@only_linux
def test_nothing_is_left_after_a_kill_and_the_next_start_finds_its_data(
    start_pressroom: StartPressroom, home: Path
) -> None:
    killed = start_pressroom()
    killed.said_until_ready()
    eventually(lambda: [command for command in processes_of(home).values() if "family.py" in command][1:] != [])
    family = processes_of(home)
    os.kill(killed.process.pid, signal.SIGKILL)
    again = start_pressroom(PORT=str(killed.port))  # at once, while the old ones are still ending
    assert again.said_until_ready()[-1].startswith(READY)
    eventually(lambda: not family.keys() & processes_of(home).keys())
