"""PostgreSQL and Valkey, started for real."""

import ctypes
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
import redis

from app.embedded.servers import Servers, running_servers
from app.embedded.trouble import CannotStart
from tests.embedded.conftest import UNFINISHED, eventually, processes_of

only_root_on_linux = pytest.mark.skipif(
    sys.platform != "linux" or os.geteuid() != 0, reason="only root can become others, only Linux has namespaces"
)
UNNAMED, NOBODY = 54321, 65534
PR_SET_DUMPABLE = 4  # prctl(2)


async def sql(servers: Servers, statement: str) -> object:
    connection = await asyncpg.connect(servers.database_url)
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


def cache(servers: Servers) -> redis.Redis:
    return redis.Redis.from_url(servers.redis_url, decode_responses=True)


def kill_nine(servers: Servers) -> None:
    for child in servers.children:
        os.kill(child.process.pid, signal.SIGKILL)
        child.process.wait()


async def test_data_survives_a_stop_and_a_start(lived_in_home: Path) -> None:
    with running_servers(lived_in_home) as servers:
        await sql(servers, "create table note as select 'kept' as text")
        with cache(servers) as first:
            first.set("note", "kept")
    assert processes_of(lived_in_home) == {}
    with running_servers(lived_in_home) as servers, cache(servers) as second:
        assert await sql(servers, "select text from note") == "kept"
        assert second.get("note") == "kept"


async def test_a_crash_is_no_obstacle_to_the_next_start(lived_in_home: Path) -> None:
    with running_servers(lived_in_home) as servers:
        await sql(servers, "create table saved as select 'kept' as text")
        with cache(servers) as first:
            first.set("saved", "kept")
        kill_nine(servers)
        assert (lived_in_home / "postgres" / "postmaster.pid").exists()
        stale = (lived_in_home / "postgres" / "postmaster.pid").read_text().splitlines()
    stale[0] = str(os.getppid())  # by now the number belongs to somebody else, who lives
    (lived_in_home / "postgres" / "postmaster.pid").write_text("\n".join(stale) + "\n")
    with running_servers(lived_in_home) as servers, cache(servers) as second:
        assert await sql(servers, "select text from saved") == "kept"
        assert second.get("saved") == "kept"


def test_servers_listen_on_no_port_and_let_nobody_else_in(lived_in_home: Path) -> None:
    with running_servers(lived_in_home) as servers:
        sockets = lived_in_home / "run"
        assert sockets.stat().st_mode & 0o777 == 0o700
        pids = {str(child.process.pid) for child in servers.children}
        owned = subprocess.run(
            ["ls", "-l", *(f"/proc/{pid}/fd" for pid in pids)], capture_output=True, text=True
        ).stdout
        inodes = [line.split()[9] for table in ("tcp", "tcp6") for line in _table(table)]
        assert inodes
        assert not [inode for inode in inodes if f"socket:[{inode}]" in owned]


def _table(name: str) -> list[str]:
    return Path(f"/proc/net/{name}").read_text().splitlines()[1:]


async def test_a_long_home_gets_its_sockets_elsewhere(tmp_path: Path) -> None:
    home = tmp_path / ("a home, with a long name " * 5)
    with running_servers(home, throwaway=True) as servers, cache(servers) as valkey:
        assert await sql(servers, "select current_database()") == "pressroom"
        assert valkey.ping()
        assert str(home) not in servers.database_url
        sockets = Path(servers.redis_url.removeprefix("unix://").partition("?")[0]).parent
        assert sockets.stat().st_mode & 0o777 == 0o700
    assert not sockets.exists()


def test_data_of_another_major_version_is_left_alone(home: Path) -> None:
    data = home / "postgres"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("12\n")
    with pytest.raises(
        CannotStart, match=r"holds the data of PostgreSQL 12, but this Pressroom brings PostgreSQL 18: "
    ):
        running_servers(home).__enter__()
    assert [file.name for file in data.iterdir()] == ["PG_VERSION"]
    assert processes_of(home) == {}


async def test_a_start_cut_short_in_the_middle_of_setting_up_is_begun_anew(lived_in_home: Path) -> None:
    """This home's first start was one."""
    with running_servers(lived_in_home) as servers:
        assert await sql(servers, "select current_user") == "pressroom"
    assert not (lived_in_home / UNFINISHED).exists()


def test_a_server_that_dies_while_starting_is_reported_with_its_last_words(lived_in_home: Path) -> None:
    with running_servers(lived_in_home):
        pass
    settings = lived_in_home / "postgres" / "postgresql.auto.conf"
    before = settings.read_text()
    settings.write_text("work_mem = 'plenty'\n")
    with pytest.raises(CannotStart, match=r'(?s)postgres ended with exit status 1\. .*"work_mem": "plenty"'):
        running_servers(lived_in_home).__enter__()
    settings.write_text(before)
    assert processes_of(lived_in_home) == {}


@only_root_on_linux
def test_root_without_namespaces_starts_postgres_as_nobody_and_back(home: Path) -> None:
    start_and_stop = "from pathlib import Path; import sys; from app.embedded.servers import *\n"
    start_and_stop += "with running_servers(Path(sys.argv[1])): pass"
    helper = Path(__file__).parent / "without_namespaces.py"
    subprocess.run([sys.executable, helper, sys.executable, "-c", start_and_stop, home], check=True)
    assert (home / "postgres").stat().st_uid == NOBODY
    with running_servers(home):
        assert (home / "postgres" / "PG_VERSION").stat().st_uid == os.geteuid()


@pytest.fixture
def open_home() -> Iterator[Path]:
    """Where others than root can get to; pytest's own folders are closed to them."""
    folder = Path(tempfile.mkdtemp(prefix="pressroom-test-"))
    yield folder
    shutil.rmtree(folder)


@only_root_on_linux
@pytest.mark.parametrize("uid", [UNNAMED, NOBODY])
def test_ordinary_users_with_and_without_a_name(open_home: Path, uid: int) -> None:
    os.chown(open_home, uid, uid)

    def start_and_stop() -> None:
        os.setgid(uid)
        os.setuid(uid)
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # as a program started by that user would be
        with running_servers(open_home):
            pass

    somebody = multiprocessing.get_context("fork").Process(target=start_and_stop)
    somebody.start()
    somebody.join()
    assert somebody.exitcode == 0
    assert (open_home / "postgres" / "PG_VERSION").stat().st_uid == uid


def test_servers_end_with_the_process_that_started_them(lived_in_home: Path) -> None:
    program = "from pathlib import Path; import sys, signal; from app.embedded.servers import *\n"
    program += "with running_servers(Path(sys.argv[1])): print('up', flush=True); signal.pause()"
    with subprocess.Popen([sys.executable, "-c", program, lived_in_home], stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        assert starter.stdout.readline() == "up\n"
        assert len(processes_of(lived_in_home)) > 3  # the starter, Valkey and PostgreSQL with its own children
        starter.kill()
    eventually(lambda: processes_of(lived_in_home) == {})
