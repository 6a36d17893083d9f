"""Every body and event of the demo provider, held strictly against the types of the official SDKs.

The SDKs themselves read leniently: they let missing fields pass and keep unknown ones. Here neither is allowed.
"""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import anthropic
import openai
import pytest
from anthropic.types import ErrorResponse, Message, ModelInfo, RawMessageStreamEvent
from openai.types import Model
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from tests.demo.asking import PROMPT, post
from tests.demo_provider import DemoProvider

FAULTS_THAT_STILL_ANSWER = ["", "+refusal", "+blank"]
PING = {"type": "ping"}


def check(kind: Any, data: bytes | str) -> Any:
    """``data`` as ``kind``, with nothing missing, nothing unknown and nothing converted."""
    read = adapter_of(kind).validate_json(data, strict=True)
    for part in parts(read):
        assert not part.model_extra, f"unknown fields in {type(part).__name__}: {part.model_extra}"
    return read


@cache
def adapter_of(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def parts(value: object) -> Iterator[BaseModel]:
    if isinstance(value, BaseModel):
        yield value
        for name in type(value).model_fields:
            yield from parts(getattr(value, name))
    elif isinstance(value, list):
        for item in value:
            yield from parts(item)


def events(stream: bytes) -> list[tuple[str | None, str]]:
    """Name and data of each event; every block has to be one whole event."""
    found = []
    for block in stream.decode().removesuffix("\n\n").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        assert fields.keys() <= {"event", "data"}
        found.append((fields.get("event"), fields["data"]))
    return found


@pytest.mark.parametrize("fault", FAULTS_THAT_STILL_ANSWER)
def test_responses_stream(demo_provider: DemoProvider, fault: str) -> None:
    body = {"model": f"gpt-6-luna{fault}", "input": PROMPT, "stream": True, "temperature": 0.4}
    read = [(name, check(ResponseStreamEvent, data)) for name, data in events(post(demo_provider, "responses", body))]
    assert all(name == event.type for name, event in read)
    assert [event.sequence_number for _, event in read] == list(range(len(read)))
    names = [name for name, _ in read]
    assert names[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert names[-3:] == ["response.content_part.done", "response.output_item.done", "response.completed"]
    deltas = "".join(event.delta for name, event in read if name and name.endswith(".delta"))
    part = read[-1][1].response.output[0].content[0]
    assert deltas == (part.refusal if fault == "+refusal" else part.text)


def test_responses_stream_that_runs_out_of_tokens(demo_provider: DemoProvider) -> None:
    body = {"model": "gpt-6-luna", "input": PROMPT, "stream": True, "max_output_tokens": 16}
    *_, (name, data) = events(post(demo_provider, "responses", body))
    last = check(ResponseStreamEvent, data)
    assert (name, last.response.incomplete_details.reason) == ("response.incomplete", "max_output_tokens")
    assert last.response.usage.output_tokens == 16


def test_responses_body(demo_provider: DemoProvider) -> None:
    body = {"model": "gpt-6.1-terra", "input": [{"role": "user", "content": PROMPT}], "instructions": "Be brief."}
    read = check(Response, post(demo_provider, "responses", body))
    assert read.status == "completed"
    assert read.usage.total_tokens == read.usage.input_tokens + read.usage.output_tokens


@pytest.mark.parametrize("fault", FAULTS_THAT_STILL_ANSWER)
def test_chat_stream(demo_provider: DemoProvider, fault: str) -> None:
    body = {
        "model": f"gpt-6-luna{fault}",
        "messages": [{"role": "user", "content": PROMPT}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    *chunks, done = events(post(demo_provider, "chat/completions", body))
    assert done == (None, "[DONE]")
    read = [check(ChatCompletionChunk, data) for _, data in chunks]
    assert read[-1].choices == []
    assert read[-1].usage.completion_tokens >= 0
    assert read[-2].choices[0].finish_reason == ("content_filter" if fault == "+refusal" else "stop")


def test_chat_stream_without_usage(demo_provider: DemoProvider) -> None:
    body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": PROMPT}], "stream": True}
    chunks = events(post(demo_provider, "chat/completions", body))[:-1]
    assert all("usage" not in json.loads(data) for _, data in chunks)


def test_chat_body(demo_provider: DemoProvider) -> None:
    body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": [{"type": "text", "text": PROMPT}]}]}
    read = check(ChatCompletion, post(demo_provider, "chat/completions", body))
    assert read.choices[0].message.content


@pytest.mark.parametrize("fault", FAULTS_THAT_STILL_ANSWER)
def test_messages_stream(demo_provider: DemoProvider, fault: str) -> None:
    body = {
        "model": f"claude-haiku-5-5{fault}",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": PROMPT}],
        "stream": True,
    }
    told = events(post(demo_provider, "messages", body))
    read = [(name, check(RawMessageStreamEvent, data)) for name, data in told if name != "ping"]
    assert all(name == event.type for name, event in read)
    assert [json.loads(data) for name, data in told if name == "ping"] == [PING]
    assert [name for name, _ in read][-3:] == ["content_block_stop", "message_delta", "message_stop"]
    assert read[-2][1].delta.stop_reason == ("refusal" if fault == "+refusal" else "end_turn")


def test_messages_body(demo_provider: DemoProvider) -> None:
    body = {
        "model": "claude-sonnet-5-5",
        "max_tokens": 20,
        "system": [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": PROMPT}],
    }
    read = check(Message, post(demo_provider, "messages", body))
    assert (read.stop_reason, read.usage.output_tokens) == ("max_tokens", 20)


def test_models(demo_provider: DemoProvider) -> None:
    client = openai.OpenAI(api_key="any", base_url=demo_provider.openai_url)
    assert [check(Model, model.to_json()).id for model in client.models.list()] == ["gpt-6.1-terra", "gpt-6-luna"]
    other = anthropic.Anthropic(api_key="any", base_url=demo_provider.anthropic_url)
    ids = [check(ModelInfo, model.to_json()).id for model in other.models.list()]
    assert ids == ["claude-sonnet-5-5", "claude-haiku-5-5"]


def test_sdks_read_a_whole_stream(demo_provider: DemoProvider) -> None:
    client = openai.OpenAI(api_key="any", base_url=demo_provider.openai_url)
    with client.responses.stream(model="gpt-6-luna", input=PROMPT) as stream:
        assert stream.get_final_response().output_text
    chat = client.chat.completions.create(model="gpt-6-luna", messages=[{"role": "user", "content": PROMPT}])
    assert chat.choices[0].message.content
    other = anthropic.Anthropic(api_key="any", base_url=demo_provider.anthropic_url)
    asked = {"model": "claude-haiku-5-5", "max_tokens": 300, "messages": [{"role": "user", "content": PROMPT}]}
    with other.messages.stream(**asked) as told:  # type: ignore[arg-type]  # one dictionary for both ways of asking
        text = told.get_final_text()
    whole = other.messages.create(**asked)  # type: ignore[call-overload]
    assert whole.content[0].text == text


@pytest.mark.parametrize("fault", ["429", "500", "503", "529", "invalid-key", "no-credit", "token-limit", "model-gone"])
def test_errors_have_the_providers_own_shape(demo_provider: DemoProvider, fault: str) -> None:
    client = openai.OpenAI(api_key="any", base_url=demo_provider.openai_url, max_retries=0)
    with pytest.raises(openai.APIStatusError) as raised:
        client.responses.create(model=f"gpt-6-luna+{fault}", input=PROMPT)
    assert isinstance(raised.value.body, dict)
    assert raised.value.body.keys() == {"message", "type", "param", "code"}
    other = anthropic.Anthropic(api_key="any", base_url=demo_provider.anthropic_url, max_retries=0)
    with pytest.raises(anthropic.APIStatusError) as refused:
        other.messages.create(
            model=f"claude-haiku-5-5+{fault}", max_tokens=9, messages=[{"role": "user", "content": PROMPT}]
        )
    check(ErrorResponse, json.dumps(refused.value.body))


def test_keys(demo_provider: DemoProvider) -> None:
    client = openai.OpenAI(api_key="invalid", base_url=demo_provider.openai_url, max_retries=0)
    with pytest.raises(openai.AuthenticationError):
        client.models.list()
    assert post(demo_provider, "responses", {"model": "gpt-6-luna", "input": "x"}, key=None, status=401)
    assert post(demo_provider, "messages", {}, key=None, status=401)


@pytest.mark.parametrize("endpoint", ["responses", "chat/completions", "messages"])
def test_requests_that_are_none(demo_provider: DemoProvider, endpoint: str) -> None:
    assert b"invalid_request_error" in post(demo_provider, endpoint, {"nothing": "useful"}, status=400)
    assert b"invalid_request_error" in post(demo_provider, endpoint, b"\xff not JSON", status=400)
