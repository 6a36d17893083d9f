"""What the two protocols have in common: a call as it was asked, and the answer before it is put into their words."""

from dataclasses import dataclass, field
from enum import Enum
from secrets import token_hex
from time import time
from typing import Protocol


class Problem(Enum):
    """Why a call is refused before any text. Each protocol has its own words and status for it."""

    BAD_REQUEST = "bad-request"
    NO_KEY = "no-key"
    BAD_KEY = "bad-key"
    NO_CREDIT = "no-credit"
    UNKNOWN_MODEL = "unknown-model"
    TOO_LONG = "too-long"
    RATE_LIMITED = "rate-limited"
    SERVER_ERROR = "server-error"
    UNAVAILABLE = "unavailable"
    OVERLOADED = "overloaded"


class Ending(Enum):
    STOP = "stop"
    LENGTH = "length"
    REFUSED = "refused"


class UnreadableRequest(Exception):
    """The body is not a request of this protocol; the message says why."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One call, read from the wire. ``prefix`` is the part that the provider may keep in its cache, None if none."""

    model: str
    prompt: str
    prefix: str | None
    stream: bool
    max_tokens: int | None = None
    wants_usage: bool = True
    cache_key: str | None = None
    instructions: str | None = None
    temperature: float | None = None


@dataclass(frozen=True, slots=True)
class TokenUse:
    """``input`` is everything that was read, whether from the cache (``cached``), into it (``written``) or neither."""

    input: int
    output: int
    cached: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    model: str
    asked: Asked
    pieces: tuple[str, ...]
    ending: Ending
    use: TokenUse
    id: str = field(default_factory=lambda: token_hex(12))
    created: int = field(default_factory=lambda: int(time()))

    @property
    def text(self) -> str:
        return "".join(self.pieces)


class Wire(Protocol):
    """One reply in the words of one protocol. The stream is ``opening``, each piece as ``delta``, ``closing``."""

    def opening(self) -> bytes: ...

    def delta(self, piece: str) -> bytes: ...

    def closing(self) -> bytes: ...

    def error(self) -> bytes:
        """The event that tells of a failure in mid-stream."""
        ...

    def body(self) -> bytes:
        """The whole reply, for a call that asked for no stream."""
        ...


class Dialect(Protocol):
    """One endpoint of one provider."""

    provider: str
    request_id_header: str

    def key(self, headers: dict[str, str]) -> str | None: ...

    def read(self, body: bytes) -> Asked:
        """Raises ``UnreadableRequest``."""
        ...

    def problem(self, problem: Problem, about: str) -> tuple[int, bytes]:
        """Status and body. ``about`` is the model, or what is wrong with the request."""
        ...

    def wire(self, reply: Reply) -> Wire: ...


def bearer(headers: dict[str, str]) -> str | None:
    scheme, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() or None if scheme.lower() == "bearer" else None
