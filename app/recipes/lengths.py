"""Wished lengths, said to a model and held against its output in the counting of the language."""

from app.recipes.contract import Bounds
from app.recipes.languages import Language


def about_words(words: int, language: Language) -> str:
    if language.counts_characters:
        return f"about {language.from_words(words)} characters, as long as about {words} words of English"
    return f"about {words} words"


def word_bounds(component: str, low: float, high: float, language: Language) -> Bounds:
    """``low`` and ``high`` in words of English."""
    unit = "characters" if language.counts_characters else "words"
    least = language.from_words(round(low))
    return Bounds(component, unit, least, max(language.from_words(round(high)), least + 1))


def letter_bounds(component: str, low: int, high: int, language: Language) -> Bounds:
    """``low`` and ``high`` in Latin letters, spaces included."""
    return Bounds(component, "characters", language.from_letters(low), language.from_letters(high))
