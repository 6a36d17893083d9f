"""The models that Pressroom offers, from ``data/models.toml``."""

from datetime import date
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

_DATA = Path(__file__).parent / "data" / "models.toml"


class UnknownModel(LookupError):
    """No model of ours has this id."""


class Model(Struct, frozen=True, forbid_unknown_fields=True):
    """``context_window`` and ``max_output_tokens`` are in tokens. See the data file for the other fields."""

    id: str
    provider: str
    label: str
    about: str
    takes_temperature: bool
    context_window: int
    max_output_tokens: int
    thinking_off: str = ""
    retires: date | None = None


class _Catalog(Struct, forbid_unknown_fields=True):
    models: tuple[Model, ...]


@cache
def models() -> tuple[Model, ...]:
    return msgspec.toml.decode(_DATA.read_bytes(), type=_Catalog).models


def model(model_id: str) -> Model:
    """Raises ``UnknownModel``.

    ``gpt-6-luna+429`` is the entry of ``gpt-6-luna``: the demo provider takes faults behind a plus sign, and no
    provider has one in a model's name.
    """
    base = model_id.split("+", 1)[0]
    for known in models():
        if known.id == base:
            return known
    raise UnknownModel(model_id)


def find(model_id: str) -> Model | None:
    """Like ``model``, with None for an id that is unknown."""
    try:
        return model(model_id)
    except UnknownModel:
        return None
