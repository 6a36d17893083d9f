"""Short makers for the recipes' tests."""

from app.errors import ValidationFailed
from app.recipes import RECIPES
from app.recipes.contract import BrandVoice, Inputs, Instructions

VOICE = BrandVoice(
    name="Workshop",
    version=2,
    guidelines="Write as a craftsman speaks: exact and friendly.",
    preferred_words=("handmade", "lasting"),
    forbidden_words=("cheap", "ultimate"),
    sample="We bend the arm by hand.",
)


def read(recipe: str, **fields: object) -> Inputs:
    return RECIPES[recipe].read(fields)


def problems(recipe: str, fields: dict[str, object]) -> dict[str, str]:
    """Field → message of everything that the recipe refuses; empty where it refuses nothing."""
    try:
        RECIPES[recipe].read(fields)
    except ValidationFailed as refused:
        return {error.field: error.message for error in refused.errors}
    return {}


def asked(recipe: str, inputs: Inputs, component: str, language: str = "en", context: str = "") -> Instructions:
    wanted = next(each for each in RECIPES[recipe].components(inputs) if each.name == component)
    return RECIPES[recipe].instructions(inputs, wanted, language, None, context)
