"""The form of the Generate page: which fields there are for what is to be made, filled with what was typed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app.clock import now
from app.errors import FieldError
from app.identity import new_id, parse_id
from app.projects.library import BrandVoiceChoice, ProfileChoice
from app.providers import catalog
from app.recipes.forms import FORM_FIELDS, form_field, from_form
from app.recipes.languages import LANGUAGES
from app.recipes.page_types import PAGE_TYPES
from app.runs.generate_views import FormView, KindChoice
from app.runs.tables import Lane
from app.web.fields import FieldKind, FieldView, OptionView

KINDS = (("text", "Text", "write, rewrite, describe"), ("page", "Page", "for a shop or a site"))
ACTIONS = (
    OptionView("WRITE", "Write", "something new"),
    OptionView("REWRITE", "Rewrite", "improve a text you have"),
    OptionView("DESCRIBE", "Describe", "a thing, a place, a scene"),
)
# Form field → the request's name for it, for the fields that all kinds share.
SHARED = {"language": "language", "modelProfileId": "modelProfileId", "brandVoiceId": "brandVoiceId"}
# What was typed into a field that is not shown now travels under this prefix, so that nothing typed is lost and nothing
# hidden is asked for.
KEPT = "kept."
OWN_FIELDS = {name for fields in FORM_FIELDS.values() for name in fields}
LANES = (OptionView("", "Let Pressroom choose"), *(OptionView(lane.label, lane.label.capitalize()) for lane in Lane))


@dataclass(frozen=True, slots=True)
class Choices:
    """What the project offers. ``language`` is its default."""

    profiles: tuple[ProfileChoice, ...]
    voices: tuple[BrandVoiceChoice, ...]
    language: str
    default_voice: str = ""


def request_fields(kind: str, form: Mapping[str, str]) -> dict[str, object]:
    """The form as the API would have sent it. What cannot be understood stays as typed, and is complained about."""
    fields: dict[str, object] = {"kind": kind, **from_form(kind, form)}
    for name in SHARED:
        if form.get(name, "").strip():
            fields[name] = form[name].strip()
    if form.get("priority"):
        fields["priority"] = form["priority"]
    if form.get("temperature", "").strip():
        fields["temperature"] = _number(form["temperature"])
    for name in ("scheduledFor", "deadline"):
        if form.get(name, "").strip():
            fields[name] = _utc(form[name].strip())
    fields["skipQualityCheck"] = form.get("skipQualityCheck") == "on"
    return fields


def form_view(
    kind: str, base: str, values: Mapping[str, str], choices: Choices, errors: tuple[FieldError, ...] = ()
) -> FormView:
    """``base`` is the project's path."""
    typed = _typed(values)
    messages: dict[str, str] = {}
    for error in errors:
        messages.setdefault(form_field(kind, error.field), error.message)
    fields = [_filled(field, typed, messages) for field in _fields(kind, typed, choices)]
    advanced = [_filled(field, typed, messages) for field in _advanced(kind, typed, choices)]
    known = {field.name for field in (*fields, *advanced)}
    homeless = [message for name, message in messages.items() if name not in known]
    url = f"{base}/generate"
    return FormView(
        url=url,
        once=str(parse_id(values.get("once", "")) or new_id()),
        fields_url=f"{url}/fields",
        estimate_url=f"{url}/estimate",
        kinds=tuple(KindChoice(name, label, hint, f"{url}?kind={name}", name == kind) for name, label, hint in KINDS),
        fields=tuple(fields),
        advanced=tuple(advanced),
        problem=" ".join(homeless),
        kept=tuple(
            (f"{KEPT}{name}", typed[name]) for name in sorted(OWN_FIELDS - known) if typed.get(name, "").strip()
        ),
    )


def _typed(values: Mapping[str, str]) -> dict[str, str]:
    """With what was typed into fields that another choice has hidden since."""
    hidden = {name.removeprefix(KEPT): value for name, value in values.items() if name.startswith(KEPT)}
    return hidden | {name: value for name, value in values.items() if not name.startswith(KEPT)}


def _filled(field: FieldView, values: Mapping[str, str], messages: Mapping[str, str]) -> FieldView:
    return replace(field, value=values.get(field.name, field.value), error=messages.get(field.name, ""))


def _fields(kind: str, values: Mapping[str, str], choices: Choices) -> list[FieldView]:
    library = _library_fields(choices)
    if kind == "page":
        page_type, *others = _page_fields()
        return [page_type, _language_field(choices), *others, *library]
    return [*_text_fields(values.get("action") or "WRITE"), _language_field(choices), *library]


def _text_fields(action: str) -> list[FieldView]:
    choice = FieldView("action", "What to do", FieldKind.CHOICE, "WRITE", options=ACTIONS, reshapes=True)
    length = FieldView("lengthTarget", "Length", FieldKind.NUMBER, aside="in words", half=True, smallest="1", step="1")
    tone = FieldView("tone", "Tone", aside="if it matters", placeholder="warm and factual", half=True, longest=200)
    if action == "REWRITE":
        return [
            choice,
            FieldView("text", "Text to rewrite", FieldKind.LONG, rows=10, required=True),
            FieldView("instruction", "What to change", FieldKind.LONG, aside="if anything in particular", rows=3),
            length,
            tone,
        ]
    subject = "What to describe" if action == "DESCRIBE" else "What to write"
    hint = "A brass desk lamp with a weighted base" if action == "DESCRIBE" else "A short guide to choosing a desk lamp"
    return [
        choice,
        FieldView("instruction", subject, FieldKind.LONG, rows=4, placeholder=hint),
        FieldView("notes", "Notes", FieldKind.LONG, aside="facts and wishes that it should know", rows=4),
        length,
        tone,
    ]


def _page_fields() -> list[FieldView]:
    types = tuple(OptionView(name, page_type.label) for name, page_type in PAGE_TYPES.items())
    return [
        FieldView("pageType", "Page type", FieldKind.SELECT, "category", options=types, half=True),
        FieldView(
            "targetUrl",
            "Address of the page",
            FieldKind.URL,
            placeholder="https://shop.example/lamps/desk/brass",
            required=True,
        ),
        FieldView("keywords", "Keywords", FieldKind.KEYWORDS, aside="in order of weight", rows=2),
        FieldView("facts", "Facts", FieldKind.LONG, aside="only these will be stated as facts, one a line", rows=5),
    ]


def _language_field(choices: Choices) -> FieldView:
    languages = tuple(OptionView(code, language.english_name) for code, language in LANGUAGES.items())
    return FieldView("language", "Language", FieldKind.SELECT, choices.language, options=languages, half=True)


def _library_fields(choices: Choices) -> list[FieldView]:
    profiles = tuple(OptionView(str(profile.id), f"{profile.name} ({profile.model})") for profile in choices.profiles)
    voices = (OptionView("none", "None"), *(OptionView(str(voice.id), voice.label) for voice in choices.voices))
    voice = choices.default_voice or "none"
    return [
        FieldView("brandVoiceId", "Brand voice", FieldKind.SELECT, voice, options=voices, half=True),
        FieldView("modelProfileId", "Model", FieldKind.SELECT, options=profiles, half=True, reshapes=True),
    ]


def _advanced(kind: str, values: Mapping[str, str], choices: Choices) -> list[FieldView]:
    fields = [
        FieldView("priority", "Lane", FieldKind.SELECT, options=LANES, half=True),
        FieldView(
            "scheduledFor", "Start at", FieldKind.DATETIME, aside="UTC", half=True, help="Empty: as soon as it can."
        ),
        FieldView("deadline", "Due by", FieldKind.DATETIME, aside="UTC", half=True),
    ]
    if _takes_temperature(values, choices):
        fields.append(
            FieldView("temperature", "Temperature", FieldKind.NUMBER, half=True, smallest="0", largest="2", step="0.1")
        )
    if kind == "text":
        fields += [
            FieldView("scene", "Scene", FieldKind.LONG, rows=3),
            FieldView("characters", "Characters", FieldKind.LONG, aside="one a line", rows=3),
            FieldView("previous", "Earlier text", FieldKind.LONG, aside="that this continues", rows=4),
            FieldView("promptSystem", "Your own system prompt", FieldKind.LONG, aside="instead of ours", rows=3),
            FieldView("promptUser", "Your own prompt", FieldKind.LONG, aside="instead of ours", rows=3),
        ]
    fields.append(FieldView("skipQualityCheck", "Skip the quality checks", FieldKind.TICK))
    return fields


def _takes_temperature(values: Mapping[str, str], choices: Choices) -> bool:
    chosen = next((profile for profile in choices.profiles if str(profile.id) == values.get("modelProfileId")), None)
    chosen = chosen or (choices.profiles[0] if choices.profiles else None)
    model = catalog.find(chosen.model) if chosen else None
    return bool(model and model.takes_temperature)


def _number(text: str) -> object:
    try:
        return float(text.strip().replace(",", "."))
    except ValueError:
        return text


def _utc(text: str) -> str:
    """A ``datetime-local`` field has no time zone; ours are UTC and say so."""
    try:
        moment = datetime.fromisoformat(text)  # browsers leave the seconds out, which RFC 3339 does not allow
    except ValueError:
        return text
    return text if moment.tzinfo else moment.replace(tzinfo=now().tzinfo).isoformat()
