"""What a project offers its runs: model profiles and brand voices."""

from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from app.database import Record, fetch, fetchrow
from app.errors import NotFound

_PROFILE = "select id, name, provider, model, temperature from model_profile"
_VOICE = "select id, name, version, guidelines, preferred_words, forbidden_words, sample from brand_voice"
# The newest version of each name is the one in use.
_NEWEST_VOICES = f"select distinct on (name) * from ({_VOICE} where project = $1) v order by name, version desc"


@dataclass(frozen=True, slots=True)
class ProfileChoice:
    """What a run is made with. ``id`` is None for a model that was named without a profile."""

    id: UUID | None
    name: str
    provider: str
    model: str
    temperature: float | None

    def with_temperature(self, temperature: float) -> "ProfileChoice":
        return replace(self, temperature=temperature)


@dataclass(frozen=True, slots=True)
class BrandVoiceChoice:
    id: UUID
    name: str
    version: int
    guidelines: str
    preferred_words: tuple[str, ...]
    forbidden_words: tuple[str, ...]
    sample: str

    @property
    def label(self) -> str:
        return f"{self.name}, version {self.version}"


async def profiles(project: UUID) -> list[ProfileChoice]:
    rows = await fetch(f"{_PROFILE} where project = $1 order by is_default desc, name", project)
    return [ProfileChoice(**row) for row in rows]


async def profile(project: UUID, profile_id: UUID) -> ProfileChoice | None:
    row = await fetchrow(f"{_PROFILE} where project = $1 and id = $2", project, profile_id)
    return ProfileChoice(**row) if row else None


async def default_profile(project: UUID) -> ProfileChoice:
    found = await profiles(project)
    if not found:
        raise NotFound("This project has no model profile yet: add one in its settings.")
    return found[0]


async def voices(project: UUID) -> list[BrandVoiceChoice]:
    return [_voice(row) for row in await fetch(_NEWEST_VOICES, project)]


async def voice(project: UUID, voice_id: UUID) -> BrandVoiceChoice | None:
    row = await fetchrow(f"{_VOICE} where project = $1 and id = $2", project, voice_id)
    return _voice(row) if row else None


async def default_voice(project: UUID) -> BrandVoiceChoice | None:
    row = await fetchrow(f"{_VOICE} where project = $1 and is_default order by version desc limit 1", project)
    return _voice(row) if row else None


def _voice(row: Record) -> BrandVoiceChoice:
    return BrandVoiceChoice(
        id=row["id"],
        name=row["name"],
        version=row["version"],
        guidelines=row["guidelines"],
        preferred_words=tuple(msgspec.json.decode(row["preferred_words"], type=list[str])),
        forbidden_words=tuple(msgspec.json.decode(row["forbidden_words"], type=list[str])),
        sample=row["sample"],
    )
