"""What can go wrong at the demo provider, and when it is told to.

A fault is asked for in the model's name (``gpt-6-luna+429:7``, ``claude-haiku-5-5+500x2``, ``gpt-6-luna+cut:20``; see
``parse_model``) or by ``POST /admin/faults``. To add one, add one entry to ``FAULTS``.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from enum import Enum
from hashlib import blake2b
from time import monotonic

from msgspec import Struct

from app.demo.provider.protocol import Problem

REMEMBERED_PROMPTS = 10_000


class Break(Enum):
    """What happens to a stream that has begun."""

    STALL = "no more bytes, the connection stays open"
    CUT = "a clean end without the final event"
    RESET = "the connection is lost"
    ERROR = "an error event"
    MALFORMED = "an event that is no JSON"


class Twist(Enum):
    """What happens to an answer that is otherwise whole."""

    SLOW = "the first token is late"
    REFUSAL = "the model declines"
    BLANK = "an answer without text"
    NONSENSE = "status 200 with a web page instead of an answer"
    OUTAGE = "every call fails for some seconds"


class Argument(Enum):
    """What the number after the colon means."""

    RETRY_AFTER = "seconds"
    CHUNKS = "tokens sent before it happens"
    SECONDS = "seconds that it lasts"
    NONE = "nothing"


@dataclass(frozen=True, slots=True)
class FaultKind:
    name: str
    does: Problem | Break | Twist
    argument: Argument = Argument.NONE
    default: float = 0
    times: int | None = None


FAULTS = {
    kind.name: kind
    for kind in (
        FaultKind("429", Problem.RATE_LIMITED, Argument.RETRY_AFTER, 1),
        FaultKind("500", Problem.SERVER_ERROR),
        FaultKind("503", Problem.UNAVAILABLE),
        FaultKind("529", Problem.OVERLOADED),
        FaultKind("invalid-key", Problem.BAD_KEY),
        FaultKind("no-credit", Problem.NO_CREDIT),
        FaultKind("token-limit", Problem.TOO_LONG),
        FaultKind("model-gone", Problem.UNKNOWN_MODEL),
        FaultKind("stall", Break.STALL, Argument.CHUNKS),
        FaultKind("cut", Break.CUT, Argument.CHUNKS, 10),
        FaultKind("reset", Break.RESET, Argument.CHUNKS, 10),
        FaultKind("error", Break.ERROR, Argument.CHUNKS, 10),
        FaultKind("malformed", Break.MALFORMED, Argument.CHUNKS, 10),
        FaultKind("slow", Twist.SLOW, Argument.SECONDS, 3),
        FaultKind("refusal", Twist.REFUSAL),
        FaultKind("blank", Twist.BLANK),
        FaultKind("nonsense", Twist.NONSENSE),
        FaultKind("outage", Twist.OUTAGE, Argument.SECONDS, 10, times=1),
    )
}


@dataclass(frozen=True, slots=True)
class Fault:
    """``times`` is how many calls it meets before it is over; None: all of them."""

    kind: FaultKind
    argument: float
    times: int | None

    @property
    def breaks_after(self) -> int | None:
        return int(self.argument) if isinstance(self.kind.does, Break) else None


class FaultOrder(Struct, forbid_unknown_fields=True):
    """The body of ``POST /admin/faults``. What is None does not narrow it."""

    fault: str
    provider: str | None = None
    model: str | None = None
    match: str | None = None
    times: int | None = 1
    after_chunks: int | None = None
    retry_after: float | None = None
    seconds: float | None = None


_MARKER = re.compile(r"(?P<name>[a-z0-9-]+?)(?::(?P<argument>\d+(?:\.\d+)?))?(?:x(?P<times>\d+))?")


def parse_model(model: str) -> tuple[str, tuple[Fault, ...]]:
    """``gpt-6-luna+500x2+429:7`` is ``gpt-6-luna``, which fails twice with 500 and then always with 429.

    A marker that is no fault stays part of the name, and so makes the model unknown.
    """
    base, *markers = model.split("+")
    faults = [_parse_marker(marker) for marker in markers]
    if None in faults:
        return model, ()
    return base, tuple(fault for fault in faults if fault)


def _parse_marker(marker: str) -> Fault | None:
    found = _MARKER.fullmatch(marker)
    kind = FAULTS.get(found["name"]) if found else None
    if not found or not kind:
        return None
    argument = float(found["argument"]) if found["argument"] else kind.default
    return Fault(kind, argument, int(found["times"]) if found["times"] else kind.times)


@dataclass(slots=True)
class _Posted:
    order: FaultOrder
    fault: Fault
    left: int | None

    def meets(self, provider: str, model: str, prompt: str) -> bool:
        order = self.order
        return (
            (self.left is None or self.left > 0)
            and order.provider in (None, provider)
            and order.model in (None, model)
            and (order.match is None or order.match in prompt)
        )


class FaultBook:
    """Which fault the next call meets."""

    def __init__(self) -> None:
        self._posted: list[_Posted] = []
        self._calls: OrderedDict[bytes, int] = OrderedDict()
        self._out_until: dict[str, float] = {}

    def post(self, order: FaultOrder) -> None:
        """Raises ``KeyError`` where there is no such fault."""
        kind = FAULTS[order.fault]
        given = {
            Argument.RETRY_AFTER: order.retry_after,
            Argument.CHUNKS: order.after_chunks,
            Argument.SECONDS: order.seconds,
        }.get(kind.argument)
        argument = kind.default if given is None else given
        self._posted.append(_Posted(order, Fault(kind, argument, order.times), order.times))

    def clear(self) -> None:
        self._posted.clear()
        self._calls.clear()
        self._out_until.clear()

    def next(self, provider: str, model: str, faults: tuple[Fault, ...], prompt: str) -> Fault | None:
        """``model`` is the whole name, with its markers, which ``faults`` are."""
        base = model.split("+")[0]
        posted = next((one for one in self._posted if one.meets(provider, base, prompt)), None)
        if posted:
            posted.left = None if posted.left is None else posted.left - 1
            fault: Fault | None = posted.fault
        else:
            fault = self._of_marker(model, faults, prompt) if faults else None
        if fault and fault.kind.does is Twist.OUTAGE:
            self._out_until[provider] = monotonic() + fault.argument
        return fault

    def is_out(self, provider: str) -> bool:
        return monotonic() < self._out_until.get(provider, 0)

    def _of_marker(self, model: str, faults: tuple[Fault, ...], prompt: str) -> Fault | None:
        key = blake2b(f"{model}\n{prompt}".encode(), digest_size=16).digest()
        earlier = self._calls.pop(key, 0)
        self._calls[key] = earlier + 1
        if len(self._calls) > REMEMBERED_PROMPTS:
            self._calls.popitem(last=False)
        for fault in faults:
            if fault.times is None or earlier < fault.times:
                return fault
            earlier -= fault.times
        return None
