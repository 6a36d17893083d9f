"""OpenAI's chat completions endpoint, which many other servers speak too.

Fields follow https://developers.openai.com/api/docs/api-reference/chat-streaming; tests hold every chunk against the
official SDK's types.
"""

from typing import Any

import msgspec

from app.demo.provider.openai_common import openai_problem
from app.demo.provider.protocol import Asked, Dialect, Ending, Problem, Reply, UnreadableRequest, Wire, bearer

_encode = msgspec.json.Encoder().encode
_FINISH = {Ending.STOP: "stop", Ending.LENGTH: "length", Ending.REFUSED: "content_filter"}


class _Part(msgspec.Struct):
    type: str
    text: str = ""


class _Message(msgspec.Struct):
    role: str
    content: str | list[_Part]


class _StreamOptions(msgspec.Struct):
    include_usage: bool = False


class _Request(msgspec.Struct):
    model: str
    messages: list[_Message]
    stream: bool | None = False
    stream_options: _StreamOptions | None = None
    max_completion_tokens: int | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    prompt_cache_key: str | None = None


class ChatDialect(Dialect):
    provider = "openai"
    request_id_header = "x-request-id"

    def key(self, headers: dict[str, str]) -> str | None:
        return bearer(headers)

    def read(self, body: bytes) -> Asked:
        try:
            request = msgspec.json.decode(body, type=_Request)
        except msgspec.MsgspecError as error:
            raise UnreadableRequest(str(error)) from None
        texts = [text for message in request.messages for text in _texts(message.content)]
        return Asked(
            model=request.model,
            prompt="\n\n".join(texts),
            prefix="\n\n".join(texts[:-1]),
            stream=bool(request.stream),
            max_tokens=request.max_completion_tokens or request.max_tokens,
            wants_usage=bool(request.stream_options and request.stream_options.include_usage),
            cache_key=request.prompt_cache_key,
            temperature=request.temperature,
        )

    def problem(self, problem: Problem, about: str) -> tuple[int, bytes]:
        return openai_problem(problem, about)

    def wire(self, reply: Reply) -> Wire:
        return ChatWire(reply)


def _texts(content: str | list[_Part]) -> list[str]:
    return [content] if isinstance(content, str) else [part.text for part in content]


class ChatWire(Wire):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def opening(self) -> bytes:
        return self._choice({"role": "assistant", "content": "", "refusal": None}, None)

    def delta(self, piece: str) -> bytes:
        refused = self.reply.ending is Ending.REFUSED
        return self._choice({"refusal" if refused else "content": piece}, None)

    def closing(self) -> bytes:
        parts = [self._choice({}, _FINISH[self.reply.ending])]
        if self.reply.asked.wants_usage:
            parts.append(self._chunk([], self._usage()))
        return b"".join((*parts, b"data: [DONE]\n\n"))

    def error(self) -> bytes:
        error = {"message": "The server had an error.", "type": "server_error", "param": None, "code": "server_error"}
        return b"data: %b\n\n" % _encode({"error": error})

    def body(self) -> bytes:
        text, refused = self.reply.text, self.reply.ending is Ending.REFUSED
        message: dict[str, Any] = {
            "role": "assistant",
            "content": None if refused else text,
            "refusal": text if refused else None,
            "annotations": [],
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _FINISH[self.reply.ending]}
        return _encode(self._head("chat.completion") | {"choices": [choice], "usage": self._usage()})

    def _choice(self, delta: dict[str, Any], finish: str | None) -> bytes:
        return self._chunk([{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}], None)

    def _chunk(self, choices: list[dict[str, Any]], usage: dict[str, Any] | None) -> bytes:
        chunk = self._head("chat.completion.chunk") | {"choices": choices}
        if self.reply.asked.wants_usage:
            chunk["usage"] = usage
        return b"data: %b\n\n" % _encode(chunk)

    def _head(self, kind: str) -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{self.reply.id}",
            "object": kind,
            "created": self.reply.created,
            "model": self.reply.model,
            "service_tier": "default",
        }

    def _usage(self) -> dict[str, Any]:
        use = self.reply.use
        return {
            "prompt_tokens": use.input,
            "completion_tokens": use.output,
            "total_tokens": use.input + use.output,
            "prompt_tokens_details": {
                "cached_tokens": use.cached,
                "audio_tokens": 0,
                "cache_write_tokens": use.written,
            },
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        }
