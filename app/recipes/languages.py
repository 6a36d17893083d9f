"""The languages that Pressroom writes in, from ``data/languages.toml``, and how long a text is in each of them."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

import msgspec
from msgspec import Struct

from app.errors import FieldError, ValidationFailed

# A title that is 60 Latin letters wide holds about half as many ideographs.
WIDE_CHARACTER_SHARE = 0.5

_DATA = Path(__file__).parent / "data" / "languages.toml"
_WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")
# Scripts that put no spaces between words: each of their characters counts as a word.
_UNSPACED = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")


class _Entry(Struct, forbid_unknown_fields=True):
    english_name: str
    own_name: str
    counting: Literal["words", "characters"]
    headings: dict[str, str]
    characters_per_word: float = 1.0
    direction: Literal["ltr", "rtl"] = "ltr"


class Language(Struct, frozen=True):
    """``counting`` is ``words`` or ``characters``; ``headings`` are the words of a page that no model writes."""

    code: str
    english_name: str
    own_name: str
    counting: str
    characters_per_word: float
    direction: str
    headings: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.english_name} ({self.code})"

    @property
    def counts_characters(self) -> bool:
        return self.counting == "characters"

    def from_words(self, words: int) -> int:
        """``words`` of English, in this language's own counting."""
        return round(words * self.characters_per_word) if self.counts_characters else words

    def from_letters(self, letters: int) -> int:
        """A limit in Latin letters, such as a title's 60, as this script needs it."""
        return round(letters * WIDE_CHARACTER_SHARE) if self.counts_characters else letters


def find_language(code: str) -> Language | None:
    """``de``, ``DE`` and ``de-AT`` are all German: what is known is the language, not its regions."""
    return LANGUAGES.get(re.split(r"[-_]", code.strip().lower(), maxsplit=1)[0])


def language_of(code: str) -> Language:
    """Like ``find_language``, with English for a code that is unknown."""
    return find_language(code) or LANGUAGES["en"]


def read_language(value: object) -> Language:
    """The request field ``language``. Raises ``ValidationFailed``."""
    language = find_language(value) if isinstance(value, str) else None
    if language is None:
        known = ", ".join(LANGUAGES)
        raise ValidationFailed.of(FieldError("language", "unknown", f"Choose one of these languages: {known}."))
    return language


def count_words(text: str) -> int:
    """How many words a text has, in whatever languages; an ideograph counts as a word, as word processors count it."""
    spaced, unspaced = _UNSPACED_CHARACTER.subn(" ", text)
    return len(_WORD.findall(spaced)) + unspaced


def _load() -> Mapping[str, Language]:
    entries = msgspec.toml.decode(_DATA.read_bytes(), type=dict[str, _Entry])
    return MappingProxyType(
        {
            code: Language(
                code=code,
                english_name=entry.english_name,
                own_name=entry.own_name,
                counting=entry.counting,
                characters_per_word=entry.characters_per_word,
                direction=entry.direction,
                headings=MappingProxyType(entry.headings),
            )
            for code, entry in entries.items()
        }
    )


LANGUAGES: Mapping[str, Language] = _load()
