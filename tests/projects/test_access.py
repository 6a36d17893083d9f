"""Who somebody is in a project, as sessions and tokens tell it."""

from datetime import timedelta

import pytest

from app.accounts import sessions
from app.accounts.members import LONGEST_EMAIL, add_member, grant, normal_email
from app.accounts.sessions import SEEN_EVERY
from app.accounts.tables import Role
from app.accounts.tokens import create_token, revoke_token
from app.clock import now
from app.database import execute, fetchval
from app.errors import NotAllowed, NotFound, NotSignedIn, ValidationFailed
from app.identity import parse_id
from app.projects.access import access_by_session, access_by_token, first_project, projects_of
from app.projects.library import default_profile, default_voice, profile, voice, voices
from app.projects.tables import BrandVoice
from tests.world import World


@pytest.mark.parametrize("own", Role)
@pytest.mark.parametrize("needed", Role)
def test_a_role_covers_itself_and_those_below(own: Role, needed: Role) -> None:
    rank = {Role.VIEWER: 1, Role.EDITOR: 2, Role.OWNER: 3}
    assert own.covers(needed) is (rank[own] >= rank[needed])


@pytest.mark.parametrize("of_token", Role)
@pytest.mark.parametrize("of_member", Role)
async def test_a_token_can_do_the_lesser_of_its_role_and_its_creators(
    world: World, of_token: Role, of_member: Role
) -> None:
    await grant(world.colin, world.lamps.id, of_member)
    access = await access_by_token(await create_token(world.colin, world.lamps.id, of_token, "test"))
    assert access is not None
    assert access.role is (of_token if of_member.covers(of_token) else of_member)


async def test_a_session_says_who_where_and_as_what(world: World) -> None:
    token = await sessions.begin(world.colin)
    access = await access_by_session(token, "lamps", Role.EDITOR)
    assert (access.member, access.email, access.role) == (world.colin, "colin@example.com", Role.EDITOR)
    assert access.project.id == world.lamps.id
    with pytest.raises(NotAllowed, match="needs the role of owner; yours here is editor"):
        await access_by_session(token, "lamps", Role.OWNER)
    with pytest.raises(NotFound):
        await access_by_session(token, "chairs", Role.VIEWER)
    for nobody in (None, "", "made-up"):
        with pytest.raises(NotSignedIn):
            await access_by_session(nobody, "lamps", Role.VIEWER)


async def test_a_session_in_use_stays_and_is_written_rarely(world: World) -> None:
    token = await sessions.begin(world.mara)
    await access_by_session(token, "lamps", Role.VIEWER)
    first = await fetchval("select seen_at from session")
    await access_by_session(token, "lamps", Role.VIEWER)
    assert await fetchval("select seen_at from session") == first
    long_ago = now() - SEEN_EVERY - timedelta(seconds=1)
    await execute("update session set seen_at = $1", long_ago)
    await access_by_session(token, "lamps", Role.VIEWER)
    assert await fetchval("select seen_at from session") > long_ago + SEEN_EVERY


async def test_beginning_a_session_sweeps_out_those_that_have_ended(world: World) -> None:
    await sessions.begin(world.mara)
    await execute("update session set expires_at = now() - interval '1 second'")
    await sessions.begin(world.otto)
    assert await fetchval("select count(*) from session") == 1


async def test_a_token_is_revoked_once_and_remembers_its_use(world: World) -> None:
    token = await create_token(world.mara, world.lamps.id, Role.OWNER, "test")
    assert await fetchval("select used_at from api_token") is None
    assert await access_by_token(token) is not None
    assert await fetchval("select used_at from api_token") is not None
    assert await revoke_token(token)
    assert not await revoke_token(token)
    assert await access_by_token(token) is None


async def test_projects_are_listed_by_name_and_the_oldest_is_first(world: World) -> None:
    await grant(world.mara, world.chairs.id, Role.VIEWER)
    assert [row["slug"] for row in await projects_of(world.mara)] == ["chairs", "lamps"]
    token = await sessions.begin(world.mara)
    assert await first_project(token) == "lamps"
    await execute("delete from membership where member = $1", world.mara)
    assert await first_project(token) is None
    with pytest.raises(NotSignedIn):
        await first_project(None)


class TestMembers:
    async def test_somebody_is_one_member_however_the_address_is_written(self, world: World) -> None:
        assert await add_member("  MARA@Example.Com ") == world.mara

    @pytest.mark.parametrize(
        "address",
        ["", "mara", "@example.com", "mara@", "a b@example.com", "mara@example", "a@b@c.de", "x" * 250 + "@a.de"],
    )
    def test_what_is_no_address_is_refused(self, address: str) -> None:
        with pytest.raises(ValidationFailed) as refusal:
            normal_email(address)
        assert [error.field for error in refusal.value.errors] == ["email"]

    def test_the_longest_address_is_taken(self) -> None:
        address = "x" * (LONGEST_EMAIL - 5) + "@a.de"
        assert normal_email(address) == address


@pytest.mark.parametrize(
    "text", ["", "1", "\x00", "💡", "0" * 31, "0" * 33, "x" * 32, "0199a1b2-0000-7000-8000-00000000000g"]
)
def test_what_is_no_id_is_none(text: str) -> None:
    assert parse_id(text) is None


class TestLibrary:
    async def test_another_projects_profile_and_voice_are_none(self, world: World) -> None:
        theirs = await default_profile(world.chairs.id)
        assert theirs.id is not None
        assert await profile(world.chairs.id, theirs.id) == theirs
        assert await profile(world.lamps.id, theirs.id) is None
        spoken = BrandVoice(project=world.chairs.id, name="Plain", is_default=True)
        await spoken.save()
        assert await voice(world.lamps.id, spoken.id) is None
        assert await default_voice(world.lamps.id) is None

    async def test_of_a_voice_the_newest_version_is_in_use_and_the_others_stay(self, world: World) -> None:
        for version in (1, 3, 2):
            await BrandVoice(
                project=world.lamps.id, name="Warm", version=version, forbidden_words=["cheap"], is_default=True
            ).save()
        [newest] = await voices(world.lamps.id)
        assert (newest.version, newest.label, newest.forbidden_words) == (3, "Warm, version 3", ("cheap",))
        assert await default_voice(world.lamps.id) == newest

    async def test_a_project_without_profiles_says_what_to_do(self, world: World) -> None:
        await execute("delete from model_profile where project = $1", world.lamps.id)
        with pytest.raises(NotFound, match="add one in its settings"):
            await default_profile(world.lamps.id)
