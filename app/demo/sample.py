"""The sample project that a first start finds: a lighting shop, with models and a house voice."""

from uuid import UUID

import msgspec

from app.accounts.members import add_member, grant
from app.accounts.tables import Role
from app.database import execute, fetchval
from app.identity import new_id
from app.providers import catalog

SLUG, NAME = "demo", "Lighting shop"
OWNER = "owner@example.com"
PROFILES = (
    ("Careful and cheap", "claude-haiku-5-5", True),
    ("Best writing", "claude-sonnet-5-5", False),
    ("Quick drafts", "gpt-6-luna", False),
    ("Long and structured", "gpt-6.1-terra", False),
)
VOICE = "House voice"
GUIDELINES = (
    "Write as a shop assistant who knows lamps: friendly, exact, never pushy. Short sentences. Name the material and "
    "the use before the feeling. No superlatives, no exclamation marks."
)
PREFERRED = ["warm light", "made to last", "easy to place"]
FORBIDDEN = ["cheap", "revolutionary", "game-changing"]
SAMPLE = "A good desk lamp does two things: it lights the page, and it stays out of the way."


async def seed() -> UUID:
    """The owner's id. Seeding again changes nothing that is there."""
    await execute(
        """insert into project (id, slug, name, language, is_sample, created_at)
        values ($1, $2, $3, 'en', true, now()) on conflict (slug) do nothing""",
        new_id(),
        SLUG,
        NAME,
    )
    project: UUID = await fetchval("select id from project where slug = $1", SLUG)
    owner = await add_member(OWNER, "Owner")
    await grant(owner, project, Role.OWNER)
    await add_profiles(project)
    await _add_voice(project)
    return owner


async def add_profiles(project: UUID) -> None:
    for name, model, is_default in PROFILES:
        await _add_profile(project, name, model, is_default)


async def _add_profile(project: UUID, name: str, model: str, is_default: bool) -> None:
    await execute(
        """insert into model_profile (id, project, name, provider, model, temperature, is_default, created_at)
        values ($1, $2, $3, $4, $5, null, $6, now()) on conflict (project, name) do nothing""",
        new_id(),
        project,
        name,
        catalog.model(model).provider,
        model,
        is_default,
    )


async def _add_voice(project: UUID) -> None:
    await execute(
        """insert into brand_voice (id, project, name, version, guidelines, preferred_words, forbidden_words, sample,
            is_default, created_at)
        values ($1, $2, $3, 1, $4, $5, $6, $7, true, now()) on conflict (project, name, version) do nothing""",
        new_id(),
        project,
        VOICE,
        GUIDELINES,
        msgspec.json.encode(PREFERRED).decode(),
        msgspec.json.encode(FORBIDDEN).decode(),
        SAMPLE,
    )
