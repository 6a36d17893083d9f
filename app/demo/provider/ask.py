"""What a prompt asks for, found by the lines that Pressroom's prompts carry (``Write:``, ``Language:``, ``Keywords:``).

Later lines win over earlier ones, because the particular part of a prompt stands after the shared one. What is
inside ``<source>`` is never read as such a line.
"""

import re
from dataclasses import dataclass
from hashlib import sha256

from app.demo.provider.topic import topic_of

DEFAULT_WORDS = {"intro": 90, "sections": 320, "faq": 220, "text": 180}
DEFAULT_CHARACTERS = {"title": 60, "meta_description": 155, "h1": 70}


@dataclass(frozen=True, slots=True)
class Ask:
    """``words`` is the aim of running text, ``characters`` the limit of a single line. ``seed`` decides all choices.

    Where a language has no spaces, ``words`` counts characters.
    """

    component: str
    language: str
    subject: str
    keywords: tuple[str, ...]
    facts: tuple[str, ...]
    words: int | None
    characters: int | None
    least_characters: int
    questions: int | None
    avoid: tuple[str, ...]
    source: str
    rewrites: bool
    seed: int


_SOURCE = re.compile(r"<source>(.*?)</source>", re.DOTALL)
_LANGUAGE = re.compile(r"^[^\w\n]*Language:.*?\(([a-z]{2,3})(?:-[A-Za-z]+)?\)", re.MULTILINE)
_WRITE_IN = re.compile(r"\b[Ww]rite in [^\n(]*\(([a-z]{2,3})\)")
_REWRITE = re.compile(r"^Rewrite\b", re.MULTILINE)
_RANGE = re.compile(r"(\d+) to \d+ characters")
_QUESTIONS = re.compile(r"(\d+) questions")
_FACTS = re.compile(r"^[^\w\n]*Facts:[^\n]*\n((?:\s*[-*•]\s+[^\n]+\n?)+)", re.MULTILINE)
_LENGTH = re.compile(r"(?:about|around)\s+(\d+)\s+(?:words|characters)|between \d+ and (\d+) words", re.IGNORECASE)
_LIMIT = re.compile(r"(?:at most|up to|no more than|between \d+ and)\s+(\d+)\s+characters", re.IGNORECASE)


def read_ask(prompt: str, model: str) -> Ask:
    source = _SOURCE.findall(prompt)
    rest = _SOURCE.sub("", prompt)
    component = _line(rest, "Write").lower().replace(" ", "_").replace("-", "_") or "text"
    length = _line(rest, "Length")
    keywords = tuple(_split(_line(rest, "Keywords")))
    return Ask(
        component=component,
        language=(_LANGUAGE.findall(rest) or _WRITE_IN.findall(rest) or ["en"])[-1],
        subject=topic_of(_line(rest, "Subject")),
        keywords=keywords,
        facts=_facts(rest),
        words=_number(_LENGTH, length) or DEFAULT_WORDS.get(component),
        characters=_number(_LIMIT, length) or DEFAULT_CHARACTERS.get(component),
        least_characters=_number(_RANGE, rest) or 0,
        questions=_number(_QUESTIONS, rest),
        avoid=tuple(word for label in ("Avoid", "Forbidden words") for word in _split(_line(rest, label))),
        source=source[-1].strip() if source else "",
        rewrites=bool(source and _REWRITE.search(rest)),
        seed=int.from_bytes(sha256(f"{model}\n{prompt}".encode()).digest()[:8], "big"),
    )


def _line(prompt: str, label: str) -> str:
    found = re.findall(rf"^[^\w\n]*{label}:[ \t]*(.+)$", prompt, re.MULTILINE)
    return found[-1].strip() if found else ""


def _split(line: str) -> list[str]:
    return [part.strip() for part in line.split(";") if part.strip()]


def _facts(prompt: str) -> tuple[str, ...]:
    found = _FACTS.findall(prompt)
    lines = re.findall(r"^\s*[-*•]\s+(.+)$", found[-1], re.MULTILINE) if found else []
    return tuple(line.strip().rstrip(".") for line in lines if len(line) <= 200)


def _number(pattern: re.Pattern[str], length: str) -> int | None:
    found = pattern.search(length)
    return int(next(filter(None, found.groups()))) if found else None
