"""Every recipe there is, by its name."""

from collections.abc import Mapping
from types import MappingProxyType

from app.recipes.contract import Recipe
from app.recipes.page import PageRecipe
from app.recipes.text import TextRecipe

RECIPES: Mapping[str, Recipe] = MappingProxyType({"text": TextRecipe(), "page": PageRecipe()})

_TELLING_FIELDS = {"action": "text", "pageType": "page", "scriptType": "script", "mode": "image"}


def infer_kind(fields: Mapping[str, object]) -> str | None:
    """What a request without ``kind`` asks for, told by the field that only this recipe has."""
    return next((kind for field, kind in _TELLING_FIELDS.items() if fields.get(field) is not None), None)
