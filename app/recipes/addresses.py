"""The address of the page that is to be written."""

import re
from urllib.parse import SplitResult, unquote, urlsplit

EXAMPLE = "as in https://shop.example/lamps"

_FILE_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp)$", re.IGNORECASE)
# Parts of a path that name nothing: indexes, locales, numbers, ids.
_MEANINGLESS = re.compile(
    r"index|home|default|p|product|products|category|c|[a-z]{2}(?:[-_][a-z]{2})?|[\d\W_]*|[0-9a-f]{8,}(?:-[0-9a-f]+)*",
    re.IGNORECASE,
)


def problem_with(address: str) -> str | None:
    """What to do about an address that is none; None for a usable one."""
    if re.search(r"\s", address):
        return f"Leave out the spaces in this address, {EXAMPLE}."
    parts = _split(address)
    if not re.match(r"https?://", address, re.IGNORECASE):
        return f"Begin with https://, {EXAMPLE}."
    if parts is None:
        return f"Check the site's name and port in this address, {EXAMPLE}."
    if not parts.hostname or not re.search(r"\w", parts.hostname):
        return f"Name the site in this address, {EXAMPLE}."
    if parts.username is not None:
        return "Leave the user name and password out of this address."
    return None


def subject_of(address: str) -> str:
    """What the last telling part of its path says, as words: ``Brass desk lamps``. Empty where no part does."""
    parts = _split(address)
    for segment in reversed(parts.path.split("/") if parts else []):
        words = _FILE_ENDING.sub("", unquote(segment, errors="ignore"))
        if not _MEANINGLESS.fullmatch(words):
            told = " ".join(re.split(r"[-_+\s]+", words)).strip()
            return told[:1].upper() + told[1:]
    return ""


def host_of(address: str) -> str:
    parts = _split(address)
    return (parts.hostname or "") if parts else ""


def _split(address: str) -> SplitResult | None:
    try:
        parts = urlsplit(address)
        _ = parts.port, parts.hostname  # only looked at now: a bad port or bracket raises here
    except ValueError:
        return None
    return parts
