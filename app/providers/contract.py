"""What Pressroom asks of a provider of text: one call in, a stream of text and one ending out.

An adapter is an object with a ``name`` and these three methods. It knows no table, no Redis and no web framework, and
raises only errors of ``app.errors``.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Prompt:
    """``shared`` is the part that many calls of one run or batch have in common, word for word, and that the provider
    may cache: it is sent first, after ``system``."""

    system: str
    user: str
    shared: str = ""


@dataclass(frozen=True, slots=True)
class TextCall:
    """One request for text. ``temperature`` is only ever set for models that take one (see ``catalog``).

    ``total_timeout`` is in seconds and covers the whole call, from connecting to the last token. ``cache_key`` names
    the group of calls that share ``prompt.shared``.
    """

    model: str
    prompt: Prompt
    max_output_tokens: int
    temperature: float | None = None
    total_timeout: float = 240.0
    cache_key: str | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider reported them. ``input_tokens`` includes those read from and written to the cache."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    reasoning_tokens: int = 0


class FinishReason(StrEnum):
    """``REFUSED`` is a refusal that came as an answer and has been paid for, so that its usage is not lost. One that
    came instead of an answer raises ``ContentRejected``."""

    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Delta:
    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """Comes last, exactly once. ``usage`` is None where the provider reported none. ``model`` is what answered."""

    reason: FinishReason
    usage: Usage | None
    model: str
    request_id: str | None = field(default=None)


class TextProvider(Protocol):
    name: str

    def stream(self, call: TextCall) -> AsyncGenerator[Delta | Finished, None]:
        """Use it under ``contextlib.aclosing``: leaving it closes the connection to the provider at once.

        A stream that ends without ``Finished`` does not exist: it raises ``StreamTruncated`` instead.
        """
        ...

    async def models(self) -> list[str]: ...

    async def close(self) -> None: ...
