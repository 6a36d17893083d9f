"""Rewrites a text so that it stays the same text: most sentences remain, some words change, always the same ones."""

import re

from app.demo.provider.ask import Ask
from app.demo.provider.pen import Pen
from app.demo.provider.phrasebook import phrases

INTRODUCED = 0.25
"""Share of the sentences without a replaced word that get an introductory one."""
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_MARKUP = ("#", "-", "*", ">", "|")


def rewrite(ask: Ask) -> str:
    pen = Pen(ask, phrases(ask.language))
    text = "\n".join(_rewrite_line(pen, line) for line in ask.source.splitlines())
    missing = [keyword for keyword in ask.keywords if keyword.lower() not in text.lower()]
    added = [pen.sentence(pen.phrases.mentions, {"keyword": keyword}) for keyword in missing]
    if text == ask.source and not added:
        added = [pen.sentence(pen.phrases.closings)]
    return "\n\n".join(filter(None, (text, pen.join(filter(None, added)))))


def _rewrite_line(pen: Pen, line: str) -> str:
    if not line.strip() or line.lstrip().startswith(_MARKUP):
        return line
    return pen.join(_rewrite_sentence(pen, sentence) for sentence in _SENTENCE.split(line) if sentence)


def _rewrite_sentence(pen: Pen, sentence: str) -> str:
    changed = _with_synonyms(pen, sentence)
    if changed == sentence and pen.random.random() < INTRODUCED:
        return pen.random.choice(pen.phrases.connectives) + sentence
    return changed


def _with_synonyms(pen: Pen, sentence: str) -> str:
    synonyms = pen.phrases.synonyms
    edge = r"\b" if pen.phrases.spaced else ""
    words = "|".join(sorted(map(re.escape, synonyms), key=len, reverse=True))
    return re.sub(f"{edge}(?:{words}){edge}", lambda found: _in_case(synonyms, found[0]), sentence, flags=re.IGNORECASE)


def _in_case(synonyms: dict[str, str], word: str) -> str:
    other = synonyms.get(word) or synonyms.get(word.lower(), word)
    return other[:1].upper() + other[1:] if word[:1].isupper() else other
