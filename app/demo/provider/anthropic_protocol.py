"""Anthropic's Messages endpoint: what a request says, a reply as its sequence of events, its errors and models.

The order and the fields follow https://platform.claude.com/docs/en/build-with-claude/streaming; tests hold every event
against the official SDK's types.
"""

from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

import msgspec

from app.demo.provider.models import MODELS, Provider
from app.demo.provider.protocol import Asked, Dialect, Ending, Problem, Reply, UnreadableRequest, Wire, bearer

_encode = msgspec.json.Encoder().encode
_STOP = {Ending.STOP: "end_turn", Ending.LENGTH: "max_tokens", Ending.REFUSED: "refusal"}
_ERRORS: dict[Problem, tuple[int, str, str]] = {
    Problem.BAD_REQUEST: (400, "invalid_request_error", "{about}"),
    Problem.NO_KEY: (401, "authentication_error", "x-api-key header is required"),
    Problem.BAD_KEY: (401, "authentication_error", "invalid x-api-key"),
    Problem.NO_CREDIT: (402, "billing_error", "Your credit balance is too low to access the Anthropic API."),
    Problem.UNKNOWN_MODEL: (404, "not_found_error", "model: {about}"),
    Problem.TOO_LONG: (400, "invalid_request_error", "prompt is too long: it exceeds the maximum of this model"),
    Problem.RATE_LIMITED: (429, "rate_limit_error", "This request would exceed your organization's rate limit."),
    Problem.SERVER_ERROR: (500, "api_error", "Internal server error"),
    Problem.UNAVAILABLE: (503, "api_error", "Service unavailable"),
    Problem.OVERLOADED: (529, "overloaded_error", "Overloaded"),
}


class _Block(msgspec.Struct):
    type: str
    text: str = ""
    cache_control: dict[str, Any] | None = None


class _Message(msgspec.Struct):
    role: str
    content: str | list[_Block]


class _Request(msgspec.Struct):
    model: str
    max_tokens: int
    messages: list[_Message]
    system: str | list[_Block] = ""
    stream: bool | None = False
    temperature: float | None = None


class MessagesDialect(Dialect):
    provider = "anthropic"
    request_id_header = "request-id"

    def key(self, headers: dict[str, str]) -> str | None:
        return headers.get("x-api-key") or bearer(headers)

    def read(self, body: bytes) -> Asked:
        try:
            request = msgspec.json.decode(body, type=_Request)
        except msgspec.MsgspecError as error:
            raise UnreadableRequest(str(error)) from None
        if request.temperature is not None:
            raise UnreadableRequest("temperature: this model does not take sampling parameters")
        blocks = _blocks(request.system) + [block for message in request.messages for block in _blocks(message.content)]
        return Asked(
            model=request.model,
            prompt="\n\n".join(block.text for block in blocks if block.text),
            prefix=_prefix(blocks),
            stream=bool(request.stream),
            max_tokens=request.max_tokens,
        )

    def problem(self, problem: Problem, about: str) -> tuple[int, bytes]:
        status, kind, message = _ERRORS[problem]
        return status, _encode(_error(kind, message.format(about=about)))

    def wire(self, reply: Reply) -> Wire:
        return MessagesWire(reply)


def _blocks(content: str | list[_Block]) -> list[_Block]:
    return [_Block("text", content)] if isinstance(content, str) else content


def _prefix(blocks: list[_Block]) -> str | None:
    """Everything up to the last block that asks to be cached."""
    marked = [place for place, block in enumerate(blocks) if block.cache_control]
    return "\n\n".join(block.text for block in blocks[: marked[-1] + 1]) if marked else None


def _error(kind: str, message: str) -> dict[str, Any]:
    return {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": f"req_{token_hex(12)}",
    }


class MessagesWire(Wire):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    def opening(self) -> bytes:
        message = self._message([], None, self._usage(1))
        block = {"type": "text", "text": ""}
        return b"".join(
            (
                self._event("message_start", message=message),
                self._event("content_block_start", index=0, content_block=block),
                self._event("ping"),
            )
        )

    def delta(self, piece: str) -> bytes:
        return self._event("content_block_delta", index=0, delta={"type": "text_delta", "text": piece})

    def closing(self) -> bytes:
        delta = {"stop_reason": self._stop, "stop_sequence": None, "stop_details": self._stop_details}
        return b"".join(
            (
                self._event("content_block_stop", index=0),
                self._event("message_delta", delta=delta, usage={"output_tokens": self.reply.use.output}),
                self._event("message_stop"),
            )
        )

    def error(self) -> bytes:
        return b"event: error\ndata: %b\n\n" % _encode(_error("overloaded_error", "Overloaded"))

    def body(self) -> bytes:
        content = [{"type": "text", "text": self.reply.text}]
        return _encode(self._message(content, self._stop, self._usage(self.reply.use.output)))

    @property
    def _stop(self) -> str:
        return _STOP[self.reply.ending]

    @property
    def _stop_details(self) -> dict[str, Any] | None:
        if self.reply.ending is not Ending.REFUSED:
            return None
        return {"type": "refusal", "category": "general_harms", "explanation": None}

    def _event(self, name: str, **fields: Any) -> bytes:
        return b"event: %b\ndata: %b\n\n" % (name.encode(), _encode({"type": name, **fields}))

    def _message(self, content: list[Any], stop: str | None, usage: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": f"msg_{self.reply.id}",
            "type": "message",
            "role": "assistant",
            "model": self.reply.model,
            "content": content,
            "stop_reason": stop,
            "stop_sequence": None,
            "stop_details": self._stop_details if stop else None,
            "usage": usage,
        }

    def _usage(self, output: int) -> dict[str, Any]:
        use = self.reply.use
        return {
            "input_tokens": use.input - use.cached - use.written,
            "cache_creation_input_tokens": use.written,
            "cache_read_input_tokens": use.cached,
            "cache_creation": {"ephemeral_5m_input_tokens": use.written, "ephemeral_1h_input_tokens": 0},
            "output_tokens": output,
            "service_tier": "standard",
        }


def anthropic_models() -> bytes:
    listed = [
        {
            "id": model.id,
            "type": "model",
            "display_name": model.label,
            "created_at": datetime.fromtimestamp(model.created, UTC).isoformat().replace("+00:00", "Z"),
            "lifecycle": "active",
            "max_input_tokens": model.context_window,
            "max_tokens": 128_000,
        }
        for model in MODELS
        if model.provider is Provider.ANTHROPIC
    ]
    return _encode(
        {"data": listed, "has_more": False, "first_id": listed[0]["id"], "last_id": listed[-1]["id"]},
    )
