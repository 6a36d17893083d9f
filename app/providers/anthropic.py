"""Anthropic, by the Messages API of the official SDK (https://platform.claude.com/docs/en/api/messages)."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import httpx2  # the SDK lets its HTTP client's errors through while it reads a stream
from anthropic import (
    APIConnectionError,
    APIResponseValidationError,
    APIStatusError,
    AsyncAnthropic,
    AsyncStream,
    DefaultAsyncHttpxClient,
    omit,
)
from anthropic.types import (
    MessageDeltaUsage,
    RawMessageStreamEvent,
    StopReason,
    TextBlockParam,
    ThinkingConfigParam,
)
from anthropic.types import Usage as ReportedUsage

from app.errors import PressroomError
from app.providers import failures
from app.providers.catalog import UnknownModel, model
from app.providers.connection import DEFAULT_TIMEOUTS, Timeouts, broken, next_event, read_to_end, uses_proxies
from app.providers.contract import Delta, Finished, FinishReason, Prompt, TextCall, Usage

LABEL = "Anthropic"
ADDRESS = "https://api.anthropic.com"
WORTH_CACHING = 4_096
"""Characters of system and shared text, about 1,024 tokens: Anthropic caches nothing shorter."""
_REASONS = {
    "max_tokens": FinishReason.LENGTH,
    "model_context_window_exceeded": FinishReason.LENGTH,
    "refusal": FinishReason.REFUSED,
}
_MIDWAY_STATUS = {"rate_limit_error": 429, "authentication_error": 401, "billing_error": 402}


class Anthropic:
    """A ``TextProvider``. A refusal after the start is ``Finished(REFUSED)``, because it has been paid for.

    No current Claude model takes a temperature, and the SDK has no argument for one: ``call.temperature`` is not sent.
    """

    name = "anthropic"

    def __init__(self, api_key: str, base_url: str | None = None, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._timeouts = timeouts
        self._client = AsyncAnthropic(
            api_key=api_key,
            base_url=base_url or ADDRESS,
            timeout=timeouts.for_http(),
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(timeout=timeouts.for_http(), trust_env=uses_proxies(base_url)),
        )

    async def stream(self, call: TextCall) -> AsyncGenerator[Delta | Finished, None]:
        deadline = asyncio.get_running_loop().time() + call.total_timeout
        with self._translated(call.model, call.total_timeout):
            async with asyncio.timeout_at(deadline):
                stream = await self._start(call)
            async with stream:
                events = aiter(stream)
                account = _Account(call.model)
                while event := await next_event(events, deadline):
                    if event.type == "content_block_delta":
                        if event.delta.type == "text_delta":
                            yield Delta(event.delta.text)
                    elif event.type == "message_stop":
                        await read_to_end(events)
                        break
                    else:
                        account.note(event)
                yield account.closed(stream.response.headers.get("request-id"))

    async def models(self) -> list[str]:
        """The ids that the key may use."""
        with self._translated("", self._timeouts.read):
            return [known.id async for known in self._client.models.list()]

    async def close(self) -> None:
        await self._client.close()

    async def _start(self, call: TextCall) -> AsyncStream[RawMessageStreamEvent]:
        return await self._client.messages.create(
            model=call.model,
            max_tokens=call.max_output_tokens,
            system=_system(call.prompt, cached=call.cache_key is not None) or omit,
            messages=[{"role": "user", "content": call.prompt.user}],
            thinking=_without_thinking(call.model) or omit,
            stream=True,
        )

    @contextmanager
    def _translated(self, model_id: str, total: float) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise failures.too_slow(LABEL, total) from None
        except APIStatusError as error:
            # Not chained: the SDK's message may quote the key.
            raise _refused(error, model_id) from None
        except (APIConnectionError, httpx2.HTTPError) as error:
            raise broken(LABEL, error, self._timeouts) from error
        except (APIResponseValidationError, ValueError, AttributeError, TypeError) as error:
            # An event that is no JSON, or none of Anthropic's: the SDK checks neither.
            raise failures.nonsense(LABEL) from error


@dataclass(slots=True)
class _Account:
    """What a stream has said so far about itself, beside its text."""

    model: str
    usage: Usage | None = None
    stop: StopReason | None = None

    def note(self, event: RawMessageStreamEvent) -> None:
        if event.type == "message_start":
            self.model = event.message.model
            self.usage = _usage(event.message.usage, Usage())
        elif event.type == "message_delta":
            self.stop = event.delta.stop_reason or self.stop
            self.usage = _usage(event.usage, self.usage or Usage())

    def closed(self, request_id: str | None) -> Finished:
        """Raises ``StreamTruncated`` where no reason to stop was given."""
        if self.stop is None:
            raise failures.truncated(LABEL)
        return Finished(_REASONS.get(self.stop, FinishReason.STOP), self.usage, self.model, request_id)


def _system(prompt: Prompt, cached: bool) -> list[TextBlockParam]:
    blocks: list[TextBlockParam] = [{"type": "text", "text": text} for text in (prompt.system, prompt.shared) if text]
    if cached and prompt.shared and len(prompt.system) + len(prompt.shared) >= WORTH_CACHING:
        blocks[-1]["cache_control"] = {"type": "ephemeral"}
    return blocks


def _without_thinking(model_id: str) -> ThinkingConfigParam | None:
    try:
        kind = model(model_id).thinking_off
    except UnknownModel:
        return None
    return cast("ThinkingConfigParam", {"type": kind}) if kind else None


def _usage(reported: ReportedUsage | MessageDeltaUsage, before: Usage) -> Usage:
    """Figures of ``message_delta`` are totals so far; what it leaves out stays as ``message_start`` said."""
    read, written, fresh = reported.cache_read_input_tokens, reported.cache_creation_input_tokens, reported.input_tokens
    read = before.cached_tokens if read is None else read
    written = before.cache_write_tokens if written is None else written
    known_fresh = before.input_tokens - before.cached_tokens - before.cache_write_tokens
    details = reported.output_tokens_details
    return Usage(
        input_tokens=(known_fresh if fresh is None else fresh) + read + written,
        output_tokens=reported.output_tokens,
        cached_tokens=read,
        cache_write_tokens=written,
        reasoning_tokens=details.thinking_tokens if details else before.reasoning_tokens,
    )


def _refused(error: APIStatusError, model_id: str) -> PressroomError:
    """An error event in mid-stream has status 200 and tells only by its type what it is."""
    kind = error.type or ""
    status = error.status_code
    if status < 400:
        if kind not in _MIDWAY_STATUS:
            return failures.failed_midway(LABEL)
        status = _MIDWAY_STATUS[kind]
    codes = {code for code in (kind, error.error_code) if code}
    return failures.refused(LABEL, model_id, status, codes, error.api_message or "", error.response.headers)
