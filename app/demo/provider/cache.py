"""The prompt cache: which beginnings of prompts were seen before, and what that does to the tokens billed."""

from collections import OrderedDict
from hashlib import blake2b

from app.demo.provider import tokens
from app.demo.provider.protocol import Asked, TokenUse

SHORTEST_CACHED = 1_024
"""Tokens below which neither provider caches a beginning."""
REMEMBERED = 10_000


class PromptCache:
    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def use(self, model: str, asked: Asked, output: int) -> TokenUse:
        """The tokens of this call. Remembers its beginning for the next one."""
        total = tokens.count(asked.prompt)
        beginning = tokens.count(asked.prefix) if asked.prefix else 0
        if not asked.prefix or beginning < SHORTEST_CACHED:
            return TokenUse(input=total, output=output)
        if self._remember(f"{model}\n{asked.cache_key}\n{asked.prefix}"):
            return TokenUse(input=total, output=output, cached=min(beginning, total))
        return TokenUse(input=total, output=output, written=min(beginning, total))

    def clear(self) -> None:
        self._seen.clear()

    def _remember(self, beginning: str) -> bool:
        """Whether it was known already."""
        key = blake2b(beginning.encode(), digest_size=16).digest()
        known = key in self._seen
        self._seen[key] = None
        self._seen.move_to_end(key)
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return known
