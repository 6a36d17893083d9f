"""Between a form's flat fields and the API's shape: the same recipe reads both, and complaints find their field."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from app.recipes.contract import Inputs
from app.recipes.page import PageInputs
from app.recipes.text import TextInputs

# Form field → the API's name for it, with a dot for a field of an object.
FORM_FIELDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "text": MappingProxyType(
            {
                "action": "action",
                "sceneId": "sceneId",
                "instruction": "instruction",
                "text": "text",
                "scene": "context.scene",
                "characters": "context.characters",
                "previous": "context.previous",
                "notes": "context.notes",
                "lengthTarget": "lengthTarget",
                "tone": "tone",
                "promptSystem": "promptOverride.system",
                "promptUser": "promptOverride.user",
            }
        ),
        "page": MappingProxyType(
            {"pageType": "pageType", "targetUrl": "targetUrl", "keywords": "keywords", "facts": "facts"}
        ),
    }
)

_BETWEEN_KEYWORDS = re.compile(r"[\n\r,;，、；]+")
_WHOLE_NUMBER = re.compile(r"\d{1,9}|\d{1,3}(?:[ ,.'\u00a0\u202f]\d{3}){1,2}")


def from_form(recipe: str, form: Mapping[str, str]) -> dict[str, object]:
    """The API's fields of this recipe. Empty form fields are not given; other fields of the form are left alone.

    What cannot be understood stays as it was typed, so that ``read`` complains at that field.
    """
    fields: dict[str, object] = {}
    for form_name, api_name in FORM_FIELDS[recipe].items():
        typed = form.get(form_name, "")
        if typed.strip():
            _put(fields, api_name, _VALUES.get(form_name, str)(typed))
    return fields


def to_form(recipe: str, inputs: Inputs) -> dict[str, str]:
    """What to fill into the form so that it asks for these inputs again."""
    values = _of_text(inputs) if isinstance(inputs, TextInputs) else _of_page(inputs)
    return {name: value for name, value in values.items() if value and name in FORM_FIELDS[recipe]}


def form_field(recipe: str, api_field: str) -> str:
    """The form field at which a problem belongs: ``context.scene`` → ``scene``, ``keywords[3]`` → ``keywords``.

    A field that the form does not have keeps its name.
    """
    whole = api_field.partition("[")[0]
    names = {api_name: form_name for form_name, api_name in FORM_FIELDS.get(recipe, {}).items()}
    return names.get(whole) or names.get(whole.partition(".")[0]) or api_field


def _put(fields: dict[str, object], api_name: str, value: object) -> None:
    outer, dot, inner = api_name.partition(".")
    if not dot:
        fields[outer] = value
        return
    nested = fields.setdefault(outer, {})
    if isinstance(nested, dict):
        nested[inner] = value


def _keywords(typed: str) -> list[str]:
    return [keyword.strip() for keyword in _BETWEEN_KEYWORDS.split(typed) if keyword.strip()]


def _lines(typed: str) -> list[str]:
    return [line.strip() for line in typed.splitlines() if line.strip()]


def _number(typed: str) -> int | str:
    """``1200``, and ``1,200`` or ``1 200`` as people group it, but not ``1.5``."""
    return int(re.sub(r"\D", "", typed)) if _WHOLE_NUMBER.fullmatch(typed.strip()) else typed


_VALUES = {"keywords": _keywords, "facts": _lines, "lengthTarget": _number}


def _of_text(inputs: TextInputs) -> dict[str, str]:
    return {
        "action": inputs.action,
        "sceneId": inputs.scene_id,
        "instruction": inputs.instruction,
        "text": inputs.text,
        "scene": inputs.context.scene,
        "characters": inputs.context.characters,
        "previous": inputs.context.previous,
        "notes": inputs.context.notes,
        "lengthTarget": str(inputs.length_target or ""),
        "tone": inputs.tone,
        "promptSystem": inputs.prompt_override.system,
        "promptUser": inputs.prompt_override.user,
    }


def _of_page(inputs: Inputs) -> dict[str, str]:
    if not isinstance(inputs, PageInputs):
        return {}
    return {
        "pageType": inputs.page_type,
        "targetUrl": inputs.target_url,
        "keywords": "\n".join(inputs.keywords),
        "facts": "\n".join(str(fact) for fact in inputs.facts),
    }
