"""The command ``pressroom``, run as people and programs run it."""

import asyncio
import json
import subprocess
from dataclasses import dataclass
from uuid import UUID

import pytest
import redis.asyncio

from app.accounts.secrets import hash_of
from app.accounts.tables import Role
from app.database import execute, fetchrow, fetchval
from app.projects.access import access_by_token
from app.queue.workers_alive import say
from app.settings import Settings
from app.spending.budgets import budget_of
from app.studio import Studio
from tests.press import PROGRAMS, environment_of
from tests.world import World, submitted


@dataclass(frozen=True, slots=True)
class Said:
    status: int
    out: str
    err: str


async def pressroom(settings: Settings, *arguments: str, **more: str) -> Said:
    done = await asyncio.to_thread(
        subprocess.run,
        [str(PROGRAMS / "pressroom"), *arguments],
        env=environment_of(settings, **more),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


async def member_of_link(link: str) -> UUID | None:
    member: UUID | None = await fetchval(
        "select member from sign_in_link where token_hash = $1 and used_at is null", hash_of(link.rsplit("/", 1)[1])
    )
    return member


async def test_adding_somebody_prints_the_link_they_come_in_by(settings: Settings, world: World) -> None:
    said = await pressroom(
        settings,
        "users",
        "add",
        " Nina@Example.com",
        "--project",
        "lamps",
        "--role",
        "owner",
        PUBLIC_URL="https://press.example",
    )
    assert (said.status, said.err) == (0, "")
    link = said.out.strip()
    assert link.startswith("https://press.example/sign-in/")
    row = await fetchrow(
        """select member.id, role from member join membership on membership.member = member.id
        where email = 'nina@example.com'"""
    )
    assert row is not None
    assert (await member_of_link(link), row["role"]) == (row["id"], "owner")


async def test_adding_somebody_again_changes_their_role(settings: Settings, world: World) -> None:
    said = await pressroom(settings, "users", "add", "vera@example.com", "--project", "lamps", "--role", "editor")
    assert said.status == 0
    assert await fetchval("select role from membership where member = $1", world.vera) == "editor"
    assert await fetchval("select count(*) from member where email = 'vera@example.com'") == 1


async def test_a_link_for_a_member(settings: Settings, world: World) -> None:
    said, unknown = await asyncio.gather(
        pressroom(settings, "users", "link", "MARA@example.com"),
        pressroom(settings, "users", "link", "nina@example.com"),
    )
    assert await member_of_link(said.out.strip()) == world.mara
    assert (unknown.status, unknown.out) == (1, "")
    assert "There is no member nina@example.com: add them with `pressroom users add nina@example.com`." in unknown.err


async def test_a_token_is_printed_alone_and_works(settings: Settings, world: World) -> None:
    said = await pressroom(
        settings, "tokens", "create", "--email", "colin@example.com", "--project", "lamps", "--role", "viewer"
    )
    assert (said.status, said.err) == (0, "")
    assert said.out.count("\n") == 1
    access = await access_by_token(said.out.strip())
    assert access is not None
    assert (access.member, access.project.slug, access.role) == (world.colin, "lamps", Role.VIEWER)
    assert await fetchval("select count(*) from api_token where token_hash = $1", said.out.strip()) == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("users", "add", "nina@example.com", "--project", "nowhere"), "There is no project 'nowhere'."),
        (("users", "add", "nina", "--project", "lamps"), "Write an e-mail address, as in anna@example.com."),
        (("users", "add", "nina@example.com", "--project", "lamps", "--role", "boss"), "'boss' is not one of"),
        (("tokens", "create", "--email", "mara@example.com", "--project", "nowhere"), "There is no project 'nowhere'."),
        (
            ("tokens", "create", "--email", "nina@example.com", "--project", "lamps"),
            "There is no member nina@example.com.",
        ),
        (("tokens", "create", "--email", "otto@example.com", "--project", "lamps"), "otto@example.com is no member of"),
    ],
    ids=lambda value: "" if isinstance(value, str) else "-".join(value[:2]),
)
async def test_what_cannot_be_done_is_one_sentence(
    settings: Settings, world: World, arguments: tuple[str, ...], sentence: str
) -> None:
    said = await pressroom(settings, *arguments)
    assert said.status != 0
    assert sentence in said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    assert await fetchval("select count(*) from api_token") == 0
    assert await fetchval("select count(*) from member") == 4


async def test_a_bad_environment_and_an_absent_database_are_one_sentence(settings: Settings) -> None:
    absent = "postgresql://nobody@127.0.0.1:9/none"
    bad, none, away = await asyncio.gather(
        pressroom(settings, "web", PORT="eighty"),
        pressroom(settings, "users", "link", "mara@example.com", DATABASE_URL=""),
        pressroom(settings, "users", "link", "mara@example.com", DATABASE_URL=absent),
    )
    assert "PORT is 'eighty': write a number." in bad.err
    assert "No Pressroom is running in this folder" in none.err
    assert "The database does not answer" in away.err
    for said in (bad, none, away):
        assert said.status == 1
        assert len(said.err.strip().splitlines()) == 1


class TestDoctor:
    async def test_finds_nothing_where_all_is_well(
        self, settings: Settings, studio: Studio, world: World, live_redis: "redis.asyncio.Redis"
    ) -> None:
        await submitted(studio, world)
        await say(live_redis, "worker-1")
        await say(live_redis, "worker-2")
        plain, spoken = await asyncio.gather(pressroom(settings, "doctor", "--json"), pressroom(settings, "doctor"))
        assert (plain.status, spoken.status) == (0, 0)
        body = json.loads(plain.out)
        assert body["fine"] is True
        assert [finding["part"] for finding in body["findings"]] == [
            *("database", "migrations", "queue", "stuck runs", "ledger", "reservations", "calls", "redis", "workers")
        ]
        assert all(set(finding) == {"part", "fine", "says"} and finding["fine"] for finding in body["findings"])
        lines = spoken.out.splitlines()
        assert "ok   queue: 1 queued." in lines
        assert "ok   ledger: Every balance is the sum of its entries." in lines
        assert "ok   workers: 2 alive: worker-1, worker-2." in lines

    async def test_finds_a_broken_ledger_stuck_runs_and_absent_workers(
        self, settings: Settings, studio: Studio, world: World
    ) -> None:
        run = await submitted(studio, world)
        await budget_of(world.chairs.id, "2026-11", settings.monthly_budget)
        await execute("update budget set spent = spent + 1 where project = $1", world.chairs.id)
        await execute(
            "update run set status = 'running', lease_until = now() - interval '6 minutes', reserved = reserved + 1"
        )
        plain, spoken = await asyncio.gather(pressroom(settings, "doctor", "--json"), pressroom(settings, "doctor"))
        assert (plain.status, spoken.status) == (1, 1)
        findings = {finding["part"]: finding for finding in json.loads(plain.out)["findings"]}
        assert {part for part, finding in findings.items() if not finding["fine"]} == {
            *("stuck runs", "ledger", "reservations", "workers")
        }
        assert f"project {world.chairs.id} in 2026-11: spent $1.00 but entries say $0.00" in findings["ledger"]["says"]
        assert "BAD  stuck runs: 1 runs hang with dead workers: is the scheduler running?" in spoken.out
        assert run.reserved > 0

    async def test_says_which_server_does_not_answer(self, settings: Settings) -> None:
        said = await pressroom(
            settings,
            "doctor",
            "--json",
            DATABASE_URL="postgresql://nobody@127.0.0.1:9/x",
            REDIS_URL="redis://127.0.0.1:9",
        )
        assert said.status == 1
        findings = json.loads(said.out)["findings"]
        assert [(finding["part"], finding["fine"]) for finding in findings] == [("database", False), ("redis", False)]
        assert "Traceback" not in said.err

    async def test_needs_no_database_url_to_say_what_is_missing(self, settings: Settings) -> None:
        said = await pressroom(settings, "doctor", DATABASE_URL="", REDIS_URL="")
        assert said.status == 1
        assert said.err.strip().startswith("Error: No Pressroom is running in this folder")
