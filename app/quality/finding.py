"""Finding a word or phrase in a text as a reader would: case, line breaks and emphasis marks do not matter."""

import re
import unicodedata

# Scripts without spaces between words, and Hangul, whose words take endings: a phrase may stand inside a longer run.
_INSIDE_WORDS = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff"
)
_LETTER = rf"[^\W{_INSIDE_WORDS}]"
_IS_LETTER = re.compile(_LETTER)
_MARKS = re.compile(r"[*_`]+")
_APOSTROPHES = str.maketrans("’‘ʼ", "'''")
_SPACES = re.compile(r"\s+")


def comparable(text: str) -> str:
    plain = unicodedata.normalize("NFC", _MARKS.sub("", text)).translate(_APOSTROPHES)
    return _SPACES.sub(" ", plain.casefold()).strip()


def contains(text: str, phrase: str) -> bool:
    """Whether ``text``, which is ``comparable`` already, has the phrase as whole words. False for an empty phrase."""
    wanted = comparable(phrase)
    if not wanted or wanted not in text:
        return False
    before = rf"(?<!{_LETTER})" if _IS_LETTER.match(wanted[0]) else ""
    after = rf"(?!{_LETTER})" if _IS_LETTER.match(wanted[-1]) else ""
    return re.search(before + re.escape(wanted) + after, text) is not None


def quoted(phrases: list[str], most: int = 5) -> str:
    """``“a”, “b” and 3 more``."""
    shown = ", ".join(f"“{phrase}”" for phrase in phrases[:most])
    return f"{shown} and {len(phrases) - most} more" if len(phrases) > most else shown
