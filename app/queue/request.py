"""A generation request: what the API and the forms send, checked as a whole.

``read_request`` takes the fields of ``POST /api/v1/generations`` (camelCase, see docs/api.md) and answers with every
problem at once. The fields that all kinds share are read here, the others by the recipe.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import msgspec

from app.clock import now
from app.errors import FieldError, ValidationFailed
from app.identity import parse_id
from app.projects.library import BrandVoiceChoice, ProfileChoice, default_profile, default_voice, profile, voice
from app.projects.tables import Project
from app.providers import catalog
from app.queue.score import Metadata
from app.recipes import RECIPES, infer_kind
from app.recipes.contract import Inputs
from app.recipes.languages import read_language
from app.runs.tables import Lane

COMMON_FIELDS = frozenset(
    {
        *("projectId", "kind", "language", "modelProfileId", "model", "temperature", "brandVoiceId"),
        *("priority", "scheduledFor", "deadline", "skipCache", "skipQualityCheck", "metadata"),
    }
)
CONTENT_STATUSES = ("missing", "outdated", "ok")


@dataclass(frozen=True, slots=True)
class Request:
    project: Project
    recipe: str
    inputs: Inputs
    language: str
    profile: ProfileChoice
    voice: BrandVoiceChoice | None
    lane: Lane | None = None
    scheduled_for: datetime | None = None
    deadline: datetime | None = None
    metadata: Metadata | None = None
    skip_cache: bool = False
    skip_quality_check: bool = False


async def read_request(project: Project, fields: Mapping[str, object]) -> Request:
    """Raises ``ValidationFailed`` that names every field that needs another look."""
    reader = _Reader(fields)
    kind = reader.kind()
    request = Request(
        project=project,
        recipe=kind,
        inputs=reader.inputs(kind),
        language=reader.language(project.language),
        profile=await _profile(project, reader),
        voice=await _voice(project, reader),
        lane=reader.lane(),
        scheduled_for=reader.moment("scheduledFor"),
        deadline=reader.moment("deadline"),
        metadata=reader.metadata(),
        skip_cache=reader.flag("skipCache"),
        skip_quality_check=reader.flag("skipQualityCheck"),
    )
    reader.finish()
    return request


class _Reader:
    """Reads field by field and keeps every problem for the end."""

    def __init__(self, fields: Mapping[str, object]) -> None:
        self.fields = {name: value for name, value in fields.items() if value is not None}
        self.errors: list[FieldError] = []

    def wrong(self, field: str, message: str, code: str = "invalid") -> None:
        self.errors.append(FieldError(field, code, message))

    def finish(self) -> None:
        if self.errors:
            raise ValidationFailed.of(*self.errors)

    def kind(self) -> str:
        """Without a kind nothing else can be read, so this one problem is raised at once."""
        given = self.fields.get("kind", "")
        if given == "":
            given = infer_kind(self.fields)
        if isinstance(given, str) and given in RECIPES:
            return given
        choices = ", ".join(RECIPES)
        raise ValidationFailed.of(
            FieldError("kind", "unknown" if given else "missing", f"Say what to make: {choices}.")
        )

    def inputs(self, kind: str) -> Inputs:
        own = {name: value for name, value in self.fields.items() if name not in COMMON_FIELDS}
        try:
            return RECIPES[kind].read(own)
        except ValidationFailed as problem:
            self.errors.extend(problem.errors)
            return Inputs()

    def language(self, default: str) -> str:
        try:
            return read_language(self.fields.get("language", default)).code
        except ValidationFailed as problem:
            self.errors.extend(problem.errors)
            return default

    def text(self, field: str) -> str | None:
        value = self.fields.get(field)
        if value is None or (isinstance(value, str) and value):
            return value or None
        self.wrong(field, "Write this as text.")
        return None

    def flag(self, field: str) -> bool:
        value = self.fields.get(field, False)
        if not isinstance(value, bool):
            self.wrong(field, "Answer true or false.")
        return value is True

    def lane(self) -> Lane | None:
        value = self.fields.get("priority")
        if value is None:
            return None
        known = {lane.label: lane for lane in Lane}
        if isinstance(value, str) and value in known:
            return known[value]
        self.wrong("priority", f"Choose a lane: {', '.join(known)}.", "unknown")
        return None

    def moment(self, field: str) -> datetime | None:
        value = self.fields.get(field)
        if value is None:
            return None
        try:
            moment = msgspec.convert(value, datetime)
            return self._to_come(field, moment)
        except (msgspec.ValidationError, OverflowError):  # in another time zone it would be the year 0 or 10000
            self.wrong(field, "Write the time as in 2026-11-20T09:30:00Z.")
            return None

    def _to_come(self, field: str, moment: datetime) -> datetime | None:
        if moment.tzinfo is None:
            self.wrong(field, "Add the time zone, as in 2026-11-20T09:30:00Z.")
            return None
        in_utc = moment.astimezone(UTC)
        if in_utc <= now():
            self.wrong(field, "Choose a time that is still to come.", "past")
        return in_utc

    def temperature(self) -> float | None:
        value = self.fields.get("temperature")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
            self.wrong("temperature", "Choose a number from 0 to 2.")
            return None
        return float(value)

    def metadata(self) -> Metadata | None:
        value = self.fields.get("metadata")
        if value is None:
            return None
        try:
            metadata = msgspec.convert(value, Metadata)
        except msgspec.ValidationError:
            self.wrong(
                "metadata", "Give an object of skuCount and monthlySearches (numbers) and contentStatus, no more."
            )
            return None
        if metadata.content_status not in (None, *CONTENT_STATUSES):
            self.wrong("metadata.contentStatus", f"Choose one of {', '.join(CONTENT_STATUSES)}.", "unknown")
        for field, number in (("skuCount", metadata.sku_count), ("monthlySearches", metadata.monthly_searches)):
            if number is not None and not 0 <= number <= 10**12:
                self.wrong(f"metadata.{field}", "Write a number of 0 or more.")
        return metadata


async def _profile(project: Project, reader: _Reader) -> ProfileChoice:
    chosen = await _named_profile(project, reader) or await default_profile(project.id)
    model = reader.text("model")
    if model is not None:
        known = catalog.find(model)
        if known is None:
            reader.wrong("model", f"Pressroom does not know the model “{model[:80]}”.", "unknown")
        else:
            chosen = ProfileChoice(None, known.label, known.provider, model, None)
    temperature = reader.temperature()
    return chosen if temperature is None else chosen.with_temperature(temperature)


async def _named_profile(project: Project, reader: _Reader) -> ProfileChoice | None:
    given = reader.text("modelProfileId")
    if given is None:
        return None
    profile_id = parse_id(given)
    found = await profile(project.id, profile_id) if profile_id else None
    if found is None:
        reader.wrong("modelProfileId", "This project has no such model profile.", "unknown")
    return found


async def _voice(project: Project, reader: _Reader) -> BrandVoiceChoice | None:
    given = reader.text("brandVoiceId")
    if given is None:
        return await default_voice(project.id)
    if given == "none":
        return None
    voice_id = parse_id(given)
    found = await voice(project.id, voice_id) if voice_id else None
    if found is None:
        reader.wrong("brandVoiceId", "This project has no such brand voice.", "unknown")
    return found
