"""The seven page types: what each asks of its parts, from ``page_types/<type>.toml``.

Beside each stands ``<type>.md.jinja``, which puts its parts together.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import msgspec
from msgspec import Struct

NAMES = ("category", "product", "brand", "landing", "article", "faq", "local")

_FOLDER = Path(__file__).parent / "page_types"


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    about: str
    guidance: str


class Words(Struct, frozen=True, forbid_unknown_fields=True):
    """How long each part is to be, in words of English."""

    intro: int
    sections: int
    faq: int


class PageType(Struct, frozen=True, forbid_unknown_fields=True):
    """``label`` and ``help`` are for people and for the prompt; each part's sentence is what this type asks of it."""

    label: str
    help: str
    words: Words
    questions: int
    title: str
    meta_description: str
    h1: str
    intro: str
    faq: str
    sections: tuple[Section, ...]


def _load(name: str) -> PageType:
    return msgspec.toml.decode((_FOLDER / f"{name}.toml").read_bytes(), type=PageType)


PAGE_TYPES: Mapping[str, PageType] = MappingProxyType({name: _load(name) for name in NAMES})
