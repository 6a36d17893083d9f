"""Making a person's text safe to store and send, without changing what it says."""

import re
import unicodedata

# Word processors and PDFs paste these for a line or page break.
_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SPACES = re.compile(r"\s+")
_INVISIBLE = {"Zs", "Zl", "Zp", "Cc", "Cf"}


def find_binary(text: str) -> int | None:
    """The position (from 1) of the first character that no text has: NUL, other controls, half a surrogate pair."""
    found = _NOT_TEXT.search(_BREAKS.sub("\n", text))
    return found.start() + 1 if found else None


def clean(text: str) -> str:
    """Normalised to NFC and ``\\n``, without a byte order mark or blank space around it; else word for word.

    A text of which nothing can be seen is empty.
    """
    tidy = unicodedata.normalize("NFC", _BREAKS.sub("\n", text)).replace("\ufeff", "").strip()
    return tidy if any(unicodedata.category(sign) not in _INVISIBLE for sign in tidy) else ""


def one_line(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def first_words(text: str, most: int) -> str:
    """The beginning of a text as one line of at most ``most`` characters, ended between words where it can be."""
    line = one_line(text)
    if len(line) <= most:
        return line
    head = line[: most - 1]
    between_words, space, _ = head.rpartition(" ")
    kept = between_words if space and len(between_words) > most // 2 else head
    return kept.rstrip(" ,;:–-") + "…"
