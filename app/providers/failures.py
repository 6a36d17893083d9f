"""How a provider's failures become ours, in sentences for people. No key, address or raw answer ever gets into one.

The adapters know how each SDK reports a failure; here stands what it means, which is the same for all of them.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from app.errors import (
    ContentRejected,
    ModelUnavailable,
    PressroomError,
    ProviderAccountRefused,
    ProviderPermanent,
    ProviderRateLimited,
    ProviderTransient,
    StreamTruncated,
    TimedOut,
    TokenLimitExceeded,
)

_NO_CREDIT = {"insufficient_quota", "billing_error", "billing_not_active", "billing_hard_limit_reached"}
_CONTENT = {"content_policy_violation", "content_filter", "bio_policy", "misalignment_policy_violation"}
_TOO_LONG = {"context_length_exceeded", "string_above_max_length"}
_TOO_LONG_SENTENCE = re.compile(r"prompt is too long|context (?:window|length)|exceed context limit", re.IGNORECASE)
_NO_CREDIT_SENTENCE = re.compile(r"credit balance is too low", re.IGNORECASE)


def refused(
    label: str, model: str, status: int, codes: set[str], message: str, headers: Mapping[str, str]
) -> PressroomError:
    """The error for an HTTP status of 400 and above.

    ``codes`` are the provider's own names for it, ``message`` its sentence, which is only looked at, never shown.
    """
    if codes & _NO_CREDIT or status == 402 or _NO_CREDIT_SENTENCE.search(message):
        return ProviderAccountRefused(f"{label} says that the account has no credit left. Top it up there.")
    if status == 401:
        return ProviderAccountRefused(f"{label} did not accept the API key. Ask whoever runs Pressroom to look at it.")
    if status == 403:
        return ProviderAccountRefused(f"{label} does not allow this with the API key. Check what the key may do.")
    if status == 404:
        return ModelUnavailable(f"{label} does not have the model {model}, or not for this key. Choose another one.")
    if status == 429:
        return rate_limited(label, retry_after(headers))
    if status >= 500 or status in (408, 409, 425):
        return failed(label, status)
    if codes & _TOO_LONG or status == 413 or _TOO_LONG_SENTENCE.search(message):
        return TokenLimitExceeded(f"The request is too long for {model}. Shorten the inputs or the context.")
    if codes & _CONTENT:
        return declined(label)
    return ProviderPermanent(f"{label} did not accept the request ({status}). Another model may do better.")


def rate_limited(label: str, seconds: float | None) -> ProviderRateLimited:
    return ProviderRateLimited(f"{label} asked for a pause: too many requests at once.", retry_after=seconds)


def failed(label: str, status: int) -> ProviderTransient:
    busy = status in (503, 529)
    return ProviderTransient(
        f"{label} is overloaded at the moment ({status})." if busy else f"{label} answered with an error ({status})."
    )


def failed_midway(label: str) -> ProviderTransient:
    return ProviderTransient(f"{label} reported an error in the middle of its answer.")


def declined(label: str) -> ContentRejected:
    return ContentRejected(f"{label} declined to write this. Change the instruction or the inputs.")


def unreachable(label: str) -> ProviderTransient:
    return ProviderTransient(f"{label} could not be reached. The connection or the provider may be down.")


def lost(label: str) -> ProviderTransient:
    return ProviderTransient(f"The connection to {label} was lost in the middle of the answer.")


def stalled(label: str, seconds: float) -> ProviderTransient:
    return ProviderTransient(f"{label} stalled: it sent nothing for {seconds:g} seconds.")


def truncated(label: str) -> StreamTruncated:
    return StreamTruncated(f"The answer from {label} stopped before its end.")


def nonsense(label: str) -> ProviderTransient:
    return ProviderTransient(f"{label} answered with something that could not be read.")


def too_slow(label: str, seconds: float) -> TimedOut:
    return TimedOut(f"{label} did not finish within {seconds:g} seconds.")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds, from ``Retry-After`` as a number or a date (RFC 9110, 10.2.3), or the ``-ms`` form both SDKs know."""
    milliseconds = _number(headers.get("retry-after-ms", ""))
    if milliseconds is not None:
        return milliseconds / 1000
    given = headers.get("retry-after", "")
    seconds = _number(given)
    return _seconds_until(given) if seconds is None else seconds


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return max(0.0, number) if number < float("inf") else None


def _seconds_until(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return max(0.0, (moment.astimezone(UTC) - datetime.now(UTC)).total_seconds())
