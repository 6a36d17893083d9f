"""What every adapter promises, held against the real SDKs and the real demo provider over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from app.errors import (
    ContentRejected,
    ModelUnavailable,
    PressroomError,
    ProviderAccountRefused,
    ProviderRateLimited,
    ProviderTransient,
    StreamTruncated,
    TimedOut,
    TokenLimitExceeded,
)
from app.providers import failures
from app.providers.anthropic import Anthropic
from app.providers.connection import Timeouts
from app.providers.contract import Delta, Finished, FinishReason, Prompt, TextCall, TextProvider
from app.providers.openai import OpenAI
from tests.demo_provider import DemoProvider

LONG_SHARED = "Context:\n" + "The workshop weaves blankets from the wool of its own sheep.\n" * 120


@dataclass(frozen=True, slots=True)
class Adapter:
    """One adapter under test: how to open it, and a model of its provider."""

    name: str
    model: str
    open: Callable[..., TextProvider]


def open_openai(demo: DemoProvider, key: str = "demo", read: float = 5.0) -> TextProvider:
    return OpenAI(key, demo.openai_url, Timeouts(connect=2, read=read))


def open_anthropic(demo: DemoProvider, key: str = "demo", read: float = 5.0) -> TextProvider:
    return Anthropic(key, demo.anthropic_url, Timeouts(connect=2, read=read))


ADAPTERS = (Adapter("openai", "gpt-6-luna", open_openai), Adapter("anthropic", "claude-haiku-5-5", open_anthropic))


@pytest.fixture(params=ADAPTERS, ids=lambda adapter: adapter.name)
def adapter(request: pytest.FixtureRequest) -> Adapter:
    assert isinstance(request.param, Adapter)
    return request.param


@pytest.fixture
async def provider(adapter: Adapter, demo_provider: DemoProvider) -> AsyncIterator[TextProvider]:
    opened = adapter.open(demo_provider)
    yield opened
    await opened.close()


def call(model: str, subject: str = "Wool blankets", *, words: int = 90, **changes: object) -> TextCall:
    user = f"Write: intro\nLanguage: English (en)\nSubject: {subject}\nKeywords: wool\nLength: about {words} words"
    fields = {"prompt": Prompt("You write for a shop.", user), "max_output_tokens": 2_000} | changes
    return TextCall(model=model, **fields)  # type: ignore[arg-type]  # the tests' own short form


async def read(provider: TextProvider, asked: TextCall) -> tuple[list[str], Finished]:
    """The deltas and the ending; raises what the provider raises."""
    got: list[Delta | Finished] = []
    await collect(provider, asked, got)
    *deltas, last = got
    assert isinstance(last, Finished)
    return [delta.text for delta in deltas if isinstance(delta, Delta)], last


async def collect(provider: TextProvider, asked: TextCall, into: list[Delta | Finished], pause: float = 0) -> None:
    """``pause`` is what the reader does with each part, in seconds."""
    async with aclosing(provider.stream(asked)) as parts:
        async for part in parts:
            into.append(part)
            if pause:
                await asyncio.sleep(pause)


async def failure(provider: TextProvider, asked: TextCall) -> PressroomError:
    with pytest.raises(PressroomError) as raised:
        await read(provider, asked)
    assert_for_people(raised.value)
    return raised.value


def assert_for_people(error: PressroomError) -> None:
    """One or two plain sentences, without a key, an address or a raw answer."""
    assert error.message.endswith(".")
    assert error.message[0].isupper()
    for leak in ("http", "{", "sk-", "127.0.0.1", "Traceback"):
        assert leak not in error.message


async def test_text_arrives_in_pieces_and_ends_with_usage(provider: TextProvider, adapter: Adapter) -> None:
    deltas, finished = await read(provider, call(adapter.model))
    assert len(deltas) > 20
    assert "wool" in "".join(deltas).lower()
    assert finished.reason is FinishReason.STOP
    assert finished.model == adapter.model
    assert finished.request_id
    assert finished.usage
    assert finished.usage.input_tokens > 10
    assert finished.usage.output_tokens == len(deltas)
    assert finished.usage.cached_tokens == 0


async def test_connection_is_used_again(provider: TextProvider, adapter: Adapter, demo_provider: DemoProvider) -> None:
    for turn in range(3):
        await read(provider, call(adapter.model, f"turn {turn}"))
    assert len({called["client"] for called in demo_provider.calls()}) == 1


async def test_shared_context_is_cached_for_the_next_call(provider: TextProvider, adapter: Adapter) -> None:
    asked = [
        call(
            adapter.model,
            prompt=Prompt("You write.", f"Write: {part}\nKeywords: wool", LONG_SHARED),
            cache_key="run-1",
        )
        for part in ("title", "intro")
    ]
    _, first = await read(provider, asked[0])
    _, second = await read(provider, asked[1])
    assert first.usage
    assert second.usage
    assert (first.usage.cached_tokens, second.usage.cache_write_tokens) == (0, 0)
    assert first.usage.cache_write_tokens == second.usage.cached_tokens > 1_024
    assert second.usage.input_tokens > second.usage.cached_tokens


async def test_length_is_the_reason_when_the_tokens_run_out(provider: TextProvider, adapter: Adapter) -> None:
    deltas, finished = await read(provider, call(adapter.model, max_output_tokens=20))
    assert finished.reason is FinishReason.LENGTH
    assert len(deltas) == 20


async def test_refusal_is_an_ending_with_its_usage(provider: TextProvider, adapter: Adapter) -> None:
    _, finished = await read(provider, call(f"{adapter.model}+refusal"))
    assert finished.reason is FinishReason.REFUSED
    assert finished.usage


async def test_answer_without_text(provider: TextProvider, adapter: Adapter) -> None:
    deltas, finished = await read(provider, call(f"{adapter.model}+blank"))
    assert (deltas, finished.reason) == ([], FinishReason.STOP)


@pytest.mark.parametrize(
    ("fault", "expected", "words"),
    [
        ("500", ProviderTransient, "500"),
        ("503", ProviderTransient, "overloaded"),
        ("529", ProviderTransient, "overloaded"),
        ("error:5", ProviderTransient, "middle of its answer"),
        ("malformed:5", ProviderTransient, "could not be read"),
        ("nonsense", StreamTruncated, "before its end"),
        ("cut:20", StreamTruncated, "before its end"),
        ("reset:20", ProviderTransient, "was lost"),
        ("no-credit", ProviderAccountRefused, "no credit"),
        ("invalid-key", ProviderAccountRefused, "API key"),
        ("token-limit", TokenLimitExceeded, "too long"),
        ("model-gone", ModelUnavailable, "does not have the model"),
    ],
)
async def test_failures_become_ours(
    provider: TextProvider, adapter: Adapter, fault: str, expected: type[PressroomError], words: str
) -> None:
    error = await failure(provider, call(f"{adapter.model}+{fault}"))
    assert type(error) is expected
    assert words in error.message


async def test_rate_limit_carries_the_delay(provider: TextProvider, adapter: Adapter) -> None:
    error = await failure(provider, call(f"{adapter.model}+429:7"))
    assert type(error) is ProviderRateLimited
    assert error.retry_after == 7
    assert error.retryable


async def test_one_failure_then_success(provider: TextProvider, adapter: Adapter) -> None:
    asked = call(f"{adapter.model}+500x1")
    await failure(provider, asked)
    deltas, _ = await read(provider, asked)
    assert deltas


async def test_nothing_is_tried_twice_by_the_adapter(
    provider: TextProvider, adapter: Adapter, demo_provider: DemoProvider
) -> None:
    await failure(provider, call(f"{adapter.model}+500"))
    assert len(demo_provider.calls()) == 1


async def test_text_before_a_cut_is_delivered(provider: TextProvider, adapter: Adapter) -> None:
    got: list[Delta | Finished] = []
    with pytest.raises(StreamTruncated):
        await collect(provider, call(f"{adapter.model}+cut:12"), got)
    assert len(got) == 12


@pytest.mark.parametrize("fault", ["stall", "stall:5", "slow:60"])
async def test_silence_is_not_waited_for_for_ever(adapter: Adapter, demo_provider: DemoProvider, fault: str) -> None:
    provider = adapter.open(demo_provider, read=0.2)
    error = await failure(provider, call(f"{adapter.model}+{fault}"))
    assert type(error) is ProviderTransient
    assert error.message.endswith("stalled: it sent nothing for 0.2 seconds.")
    demo_provider.wait_for(lambda calls: calls[0]["closed_by_client"])
    await provider.close()


async def test_whole_call_has_a_deadline(provider: TextProvider, adapter: Adapter, demo_provider: DemoProvider) -> None:
    demo_provider.speed(20)
    error = await failure(provider, call(adapter.model, total_timeout=0.3))
    assert type(error) is TimedOut
    demo_provider.wait_for(lambda calls: calls[0]["closed_by_client"])


async def test_deadline_does_not_interrupt_whoever_reads(provider: TextProvider, adapter: Adapter) -> None:
    with pytest.raises(TimedOut):
        await collect(provider, call(adapter.model, words=900, total_timeout=0.1), [], pause=0.02)


async def test_unknown_key(adapter: Adapter, demo_provider: DemoProvider) -> None:
    provider = adapter.open(demo_provider, key="invalid")
    assert type(await failure(provider, call(adapter.model))) is ProviderAccountRefused
    with pytest.raises(ProviderAccountRefused):
        await provider.models()
    await provider.close()


async def test_unknown_model(provider: TextProvider) -> None:
    error = await failure(provider, call("model-of-tomorrow"))
    assert type(error) is ModelUnavailable
    assert "model-of-tomorrow" in error.message


async def test_provider_that_is_not_there(adapter: Adapter) -> None:
    provider = adapter.open(DemoProvider("http://127.0.0.1:9"))
    error = await failure(provider, call(adapter.model))
    assert type(error) is ProviderTransient
    assert "could not be reached" in error.message
    await provider.close()


async def test_leaving_the_stream_closes_the_connection(
    provider: TextProvider, adapter: Adapter, demo_provider: DemoProvider
) -> None:
    demo_provider.hold(after_chunks=5)
    async with aclosing(provider.stream(call(adapter.model))) as parts:
        await anext(parts)
        assert not demo_provider.calls()[0]["closed_by_client"]
    (called,) = demo_provider.wait_for(lambda calls: calls[0]["ended_at"])
    assert called["closed_by_client"]
    assert not called["finished"]
    assert called["chunks_sent"] == 5


@pytest.mark.parametrize("fault", ["", "+stall:5", "+slow:60"], ids=["held", "stalled", "before the first byte"])
async def test_cancelling_closes_the_connection(
    provider: TextProvider, adapter: Adapter, demo_provider: DemoProvider, fault: str
) -> None:
    demo_provider.hold(after_chunks=5)
    reading = asyncio.create_task(read(provider, call(adapter.model + fault)))
    await asyncio.to_thread(demo_provider.wait_for, lambda calls: calls)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    (called,) = demo_provider.wait_for(lambda calls: calls[0]["ended_at"])
    assert called["closed_by_client"]


async def test_models(provider: TextProvider, adapter: Adapter) -> None:
    assert adapter.model in await provider.models()


def test_retry_after_as_a_date() -> None:
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)
    seconds = failures.retry_after({"retry-after": soon})
    assert seconds is not None
    assert 28 < seconds <= 30


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "2.5"}, 2.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0),
        ({"retry-after": "9", "retry-after-ms": "1500"}, 1.5),
    ],
)
def test_retry_after(headers: dict[str, str], seconds: float | None) -> None:
    assert failures.retry_after(headers) == seconds


def test_content_policy_is_a_rejection() -> None:
    error = failures.refused("OpenAI", "gpt-6-luna", 400, {"content_policy_violation"}, "", {})
    assert type(error) is ContentRejected
