"""The phrases of each language, read once from ``phrases/``."""

from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

FOLDER = Path(__file__).parent / "phrases"
FALLBACK = "en"


class Question(Struct, frozen=True):
    ask: str
    answer: str


class Theme(Struct, frozen=True):
    headings: list[str]
    sentences: list[str]
    questions: list[Question]


class Phrases(Struct, frozen=True, forbid_unknown_fields=True):
    """``spaced`` says whether the language puts spaces between words; ``synonyms`` are for rewriting."""

    code: str
    spaced: bool
    topic: str
    titles: list[str]
    headlines: list[str]
    summaries: list[str]
    openings: list[str]
    bridges: list[str]
    mentions: list[str]
    listings: list[str]
    facts: list[str]
    facts_heading: list[str]
    closings: list[str]
    connectives: list[str]
    synonyms: dict[str, str]
    themes: list[Theme]
    list_comma: str = ", "


def languages() -> list[str]:
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


@cache
def phrases(language: str) -> Phrases:
    """English where there is no phrase book of this language."""
    known = language if language in languages() else FALLBACK
    return msgspec.toml.decode((FOLDER / f"{known}.toml").read_bytes(), type=Phrases)
