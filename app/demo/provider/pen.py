"""A pen fills the phrases of a language with the words of a request, and never writes the same sentence twice."""

import re
from collections.abc import Iterable, Mapping, Sequence
from random import Random

from app.demo.provider.ask import Ask
from app.demo.provider.phrasebook import Phrases

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(subject|keywords|keyword|fact)\}")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_TRIES = 4
NO_WORDS: Mapping[str, str] = {}


def length(text: str, spaced: bool = True) -> int:
    """Words; where a language has no spaces between them, each character counts as one."""
    if spaced:
        return len(text.split())
    return len(_WIDE.findall(text)) + len(_WIDE.sub(" ", text).split())


class Pen:
    def __init__(self, ask: Ask, phrases: Phrases) -> None:
        self.ask = ask
        self.phrases = phrases
        self.random = Random(ask.seed)  # noqa: S311 - it chooses words, and has to choose them again
        self.subject = ask.subject or (ask.keywords[0] if ask.keywords else phrases.topic)
        self.keywords = ask.keywords or (self.subject,)
        self._written: set[str] = set()
        self._used: set[str] = set()
        self._turn = 0

    def shuffled(self, patterns: Iterable[str]) -> list[str]:
        order = list(patterns)
        self.random.shuffle(order)
        return order

    def fill(self, pattern: str, words: Mapping[str, str] = NO_WORDS) -> str:
        """One wording of the pattern. ``keyword`` is the next one in turn, where it is not given."""
        while found := _CHOICE.search(pattern):
            pattern = pattern[: found.start()] + self.random.choice(found[1].split("|")) + pattern[found.end() :]
        text = _SLOT.sub(lambda slot: words.get(slot[1]) or self._word(slot[1]), pattern)
        return text[:1].upper() + text[1:]

    def sentence(
        self, patterns: Sequence[str], words: Mapping[str, str] = NO_WORDS, *, again: bool = False
    ) -> str | None:
        """A sentence that is not written yet, of a pattern that is not used yet; None where there is none left.

        ``again`` allows used patterns, in another wording.
        """
        for pattern in self.shuffled(patterns):
            for _ in range(_TRIES if again or pattern not in self._used else 0):
                text = self.fill(pattern, words)
                if text not in self._written and not self._is_avoided(text):
                    self._written.add(text)
                    self._used.add(pattern)
                    return text
        return None

    def join(self, sentences: Iterable[str]) -> str:
        return (" " if self.phrases.spaced else "").join(sentences)

    def length(self, text: str) -> int:
        return length(text, self.phrases.spaced)

    def _word(self, slot: str) -> str:
        if slot == "subject":
            return self.subject
        self._turn += 1
        return self.keywords[(self._turn - 1) % len(self.keywords)]

    def _is_avoided(self, text: str) -> bool:
        lowered = text.lower()
        return any(word.lower() in lowered for word in self.ask.avoid)
