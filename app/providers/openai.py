"""OpenAI, by the Responses API of the official SDK (https://developers.openai.com/api/docs/api-reference/responses)."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import cast

from openai import (
    APIConnectionError,
    APIError,
    APIResponseValidationError,
    APIStatusError,
    AsyncOpenAI,
    AsyncStream,
    DefaultAsyncHttpx2Client,
    omit,
)
from openai.types.responses import Response, ResponseInputParam, ResponseStreamEvent
from openai.types.shared_params import Reasoning, ReasoningEffort

from app.errors import PressroomError
from app.providers import failures
from app.providers.catalog import UnknownModel, model
from app.providers.connection import DEFAULT_TIMEOUTS, Timeouts, broken, next_event, read_to_end, uses_proxies
from app.providers.contract import Delta, Finished, FinishReason, Prompt, TextCall, Usage

LABEL = "OpenAI"
ADDRESS = "https://api.openai.com/v1"
LEAST_OUTPUT_TOKENS = 16
"""OpenAI refuses a request for fewer."""
LONGEST_CACHE_KEY = 64
_DECLINED = {"invalid_prompt", "bio_policy", "misalignment_policy_violation", "content_filter"}


class OpenAI:
    """A ``TextProvider``. A refusal after the start is ``Finished(REFUSED)``, because it has been paid for."""

    name = "openai"

    def __init__(self, api_key: str, base_url: str | None = None, timeouts: Timeouts = DEFAULT_TIMEOUTS) -> None:
        self._timeouts = timeouts
        self._client = AsyncOpenAI(
            api_key=api_key,
            base_url=base_url or ADDRESS,
            timeout=timeouts.for_http(),
            max_retries=0,
            http_client=DefaultAsyncHttpx2Client(timeout=timeouts.for_http(), trust_env=uses_proxies(base_url)),
        )

    async def stream(self, call: TextCall) -> AsyncGenerator[Delta | Finished, None]:
        deadline = asyncio.get_running_loop().time() + call.total_timeout
        with self._translated(call.model, call.total_timeout):
            async with asyncio.timeout_at(deadline):
                stream = await self._start(call)
            async with stream:
                events = aiter(stream)
                while event := await next_event(events, deadline):
                    if event.type == "response.output_text.delta":
                        yield Delta(event.delta)
                    elif finished := _finished(event, stream.response.headers.get("x-request-id")):
                        await read_to_end(events)
                        yield finished
                        return
            raise failures.truncated(LABEL)

    async def models(self) -> list[str]:
        """The ids that the key may use."""
        with self._translated("", self._timeouts.read):
            return [known.id async for known in self._client.models.list()]

    async def close(self) -> None:
        await self._client.close()

    async def _start(self, call: TextCall) -> AsyncStream[ResponseStreamEvent]:
        return await self._client.responses.create(
            model=call.model,
            instructions=call.prompt.system or omit,
            input=_input(call.prompt),
            max_output_tokens=max(call.max_output_tokens, LEAST_OUTPUT_TOKENS),
            temperature=omit if call.temperature is None else call.temperature,
            reasoning=_without_thinking(call.model) or omit,
            prompt_cache_key=call.cache_key[:LONGEST_CACHE_KEY] if call.cache_key else omit,
            store=False,
            stream=True,
        )

    @contextmanager
    def _translated(self, model_id: str, total: float) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise failures.too_slow(LABEL, total) from None
        except APIStatusError as error:
            codes = {code for code in (error.code, error.type) if code}
            headers = error.response.headers
            # Not chained, here and below: the SDK's message may quote the key.
            raise failures.refused(LABEL, model_id, error.status_code, codes, error.message, headers) from None
        except APIConnectionError as error:
            raise broken(LABEL, error, self._timeouts) from error
        except APIResponseValidationError as error:
            raise failures.nonsense(LABEL) from error
        except APIError as error:
            raise _midway(error.code or error.type) from None
        except (ValueError, AttributeError, TypeError) as error:
            # An event that is no JSON, or none of OpenAI's: the SDK checks neither.
            raise failures.nonsense(LABEL) from error


def _input(prompt: Prompt) -> ResponseInputParam:
    texts = [text for text in (prompt.shared, prompt.user) if text]
    return [{"role": "user", "content": [{"type": "input_text", "text": text} for text in texts]}]


def _without_thinking(model_id: str) -> Reasoning | None:
    try:
        effort = model(model_id).thinking_off
    except UnknownModel:
        return None
    return {"effort": cast("ReasoningEffort", effort)} if effort else None


def _finished(event: ResponseStreamEvent, request_id: str | None) -> Finished | None:
    """None for an event that ends nothing. Raises where the event tells of a failure."""
    if event.type == "error":
        raise _midway(event.code)
    if event.type == "response.failed":
        raise _midway(event.response.error.code if event.response.error else None)
    if event.type != "response.completed" and event.type != "response.incomplete":
        return None
    response = event.response
    return Finished(_reason(response), _usage(response), response.model, request_id)


def _reason(response: Response) -> FinishReason:
    details = response.incomplete_details
    if details and details.reason == "content_filter":
        return FinishReason.REFUSED
    if details or response.status == "incomplete":
        return FinishReason.LENGTH
    parts = [part for item in response.output if item.type == "message" for part in item.content]
    return FinishReason.REFUSED if any(part.type == "refusal" for part in parts) else FinishReason.STOP


def _usage(response: Response) -> Usage | None:
    usage = response.usage
    if usage is None:
        return None
    return Usage(
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        cached_tokens=usage.input_tokens_details.cached_tokens,
        cache_write_tokens=getattr(usage.input_tokens_details, "cache_write_tokens", 0) or 0,
        reasoning_tokens=usage.output_tokens_details.reasoning_tokens,
    )


def _midway(code: str | None) -> PressroomError:
    if code in _DECLINED:
        return failures.declined(LABEL)
    if code == "rate_limit_exceeded":
        return failures.rate_limited(LABEL, None)
    return failures.failed_midway(LABEL)
