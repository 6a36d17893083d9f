"""The command ``pressroom``: what the frameworks' own commands lack."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import click

from app.settings import BadEnvironment, Settings

T = TypeVar("T")
ROLES = ("viewer", "editor", "owner")


@click.group()
def main() -> None:
    """Pressroom, a studio for generating text and images."""


@main.command()
def up() -> None:
    """Everything on this machine: databases, web, worker, scheduler, demo provider. What `make run` starts."""
    from app.embedded.supervisor import up as start

    sys.exit(start(_settings(beside=False)))


@main.command()
def migrate() -> None:
    """Bring the database to this version's tables."""
    from app import database

    try:
        click.echo(asyncio.run(database.migrate(_settings())).strip())
    except database.UnavailableError as problem:
        raise click.ClickException(str(problem)) from None


@main.command()
def web() -> None:
    """The web server."""
    settings = _settings()
    _become(
        *("uvicorn", "app.main:create_app", "--factory", "--host", settings.host, "--port", str(settings.port)),
        *("--loop", "uvloop", "--http", "httptools", "--ws", "none", "--no-access-log", "--no-server-header"),
        *("--timeout-graceful-shutdown", "5"),
    )


@main.command()
def worker() -> None:
    """A worker process."""
    threads = str(_settings().runs_per_worker)
    os.environ.setdefault("dramatiq_worker_timeout", "50")  # milliseconds between two looks for a message
    _become(
        *("dramatiq", "workers.actors", "--processes", "1", "--threads", threads, "--worker-shutdown-timeout", "8000"),
        *("--worker-fork-timeout", "3000"),
    )


@main.command()
def scheduler() -> None:
    """The scheduler, which sweeps once a second."""
    _settings()
    _become("python", "-m", "workers.schedule")


@main.command("demo-provider")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=int, required=True)
def demo_provider(host: str, port: int) -> None:
    """The demo provider: speaks the protocols of OpenAI and Anthropic, and costs nothing."""
    from app.demo.provider.serving import serve

    serve(host, port, _settings().demo_tokens_per_second)


@main.command()
def seed() -> None:
    """The sample project `demo`; prints a sign-in link for its owner."""
    from app.accounts.sign_in import new_link
    from app.demo.sample import seed as plant

    settings = _settings()

    async def work() -> str:
        return await new_link(await plant(), settings.origin)

    click.echo(_with_database(settings, work))


@main.group()
def users() -> None:
    """People."""


@users.command("add")
@click.argument("email")
@click.option("--project", "slug", default="demo", show_default=True)
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True)
def add_user(email: str, slug: str, role: str) -> None:
    """Add somebody to a project; prints a sign-in link."""
    from app.accounts.members import add_member, grant
    from app.accounts.sign_in import new_link
    from app.accounts.tables import Role

    settings = _settings()

    async def work() -> str:
        project = await _project(slug)
        member = await add_member(email)
        await grant(member, project, Role(role))
        return await new_link(member, settings.origin)

    click.echo(_with_database(settings, work))


@users.command("link")
@click.argument("email")
def user_link(email: str) -> None:
    """A sign-in link for somebody who is a member already."""
    from app.accounts.members import member_by_email
    from app.accounts.sign_in import new_link

    settings = _settings()

    async def work() -> str:
        member = await member_by_email(email)
        if member is None:
            raise click.ClickException(f"There is no member {email}: add them with `pressroom users add {email}`.")
        return await new_link(member, settings.origin)

    click.echo(_with_database(settings, work))


@main.group()
def tokens() -> None:
    """API tokens."""


@tokens.command("create")
@click.option("--email", required=True)
@click.option("--project", "slug", required=True)
@click.option("--role", type=click.Choice(ROLES), default="editor", show_default=True)
@click.option("--name", default="made on the command line", show_default=True)
def create_token(email: str, slug: str, role: str, name: str) -> None:
    """A bearer token for the API. It is printed now and never again."""
    from app.accounts.members import is_member, member_by_email
    from app.accounts.tables import Role
    from app.accounts.tokens import create_token as create

    async def work() -> str:
        project = await _project(slug)
        member = await member_by_email(email)
        if member is None:
            raise click.ClickException(f"There is no member {email}.")
        if not await is_member(member, project):
            raise click.ClickException(f"{email} is no member of {slug}: a token of theirs would open nothing.")
        return await create(member, project, Role(role), name)

    click.echo(_with_database(_settings(), work))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def doctor(as_json: bool) -> None:
    """Is everything as it should be? The exit status tells: 0 yes, 1 no."""
    from app.doctor import examine

    settings = _settings()
    _require_database(settings)
    findings = asyncio.run(examine(settings))
    fine = all(finding.fine for finding in findings)
    if as_json:
        parts = [{"part": f.part, "fine": f.fine, "says": f.says} for f in findings]
        click.echo(json.dumps({"fine": fine, "findings": parts}))
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.fine else 'BAD'}  {finding.part}: {finding.says}")
    sys.exit(0 if fine else 1)


def _settings(*, beside: bool = True) -> Settings:
    """``beside``: without a DATABASE_URL, those of the Pressroom that ``make run`` has started in this home."""
    from app.embedded.home import running_environment

    try:
        settings = Settings.from_environment()
        if beside and not settings.database_url:
            settings = Settings.from_environment({**running_environment(settings.home), **os.environ})
    except BadEnvironment as problem:
        raise click.ClickException(str(problem)) from None
    return settings


def _with_database(settings: Settings, work: Callable[[], Awaitable[T]]) -> T:
    from app.database import open_pool
    from app.errors import PressroomError

    async def with_pool() -> T:
        async with open_pool(settings, size=2):
            return await work()

    _require_database(settings)
    try:
        return asyncio.run(with_pool())
    except PressroomError as problem:
        raise click.ClickException(problem.message) from None
    except OSError as problem:
        raise click.ClickException(f"The database does not answer: {problem}.") from None


def _require_database(settings: Settings) -> None:
    if not settings.database_url:
        raise click.ClickException(
            "No Pressroom is running in this folder: start it with `make run`, or set DATABASE_URL."
        )


async def _project(slug: str) -> UUID:
    from app.database import fetchval

    project: UUID | None = await fetchval("select id from project where slug = $1", slug)
    if project is None:
        raise click.ClickException(f"There is no project {slug!r}.")
    return project


def _become(command: str, *arguments: str) -> None:
    """This process goes on as another program of the same environment."""
    program = sys.executable if command == "python" else str(Path(sys.executable).parent / command)
    os.execv(program, [program, *arguments])  # noqa: S606 - becoming it is the point
