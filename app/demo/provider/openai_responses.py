"""OpenAI's Responses endpoint: what a request says, and a reply as its sequence of events.

The order and the fields follow https://developers.openai.com/api/docs/api-reference/responses-streaming; tests hold
every event against the official SDK's types.
"""

from typing import Any

import msgspec

from app.demo.provider.openai_common import openai_problem
from app.demo.provider.protocol import Asked, Dialect, Ending, Problem, Reply, UnreadableRequest, Wire, bearer

_encode = msgspec.json.Encoder().encode


class _Part(msgspec.Struct):
    type: str
    text: str = ""


class _Item(msgspec.Struct):
    role: str
    content: str | list[_Part]


class _Request(msgspec.Struct):
    model: str
    input: str | list[_Item]
    instructions: str | None = None
    stream: bool | None = False
    max_output_tokens: int | None = None
    temperature: float | None = None
    prompt_cache_key: str | None = None


class ResponsesDialect(Dialect):
    provider = "openai"
    request_id_header = "x-request-id"

    def key(self, headers: dict[str, str]) -> str | None:
        return bearer(headers)

    def read(self, body: bytes) -> Asked:
        try:
            request = msgspec.json.decode(body, type=_Request)
        except msgspec.MsgspecError as error:
            raise UnreadableRequest(str(error)) from None
        texts = [request.instructions or "", *_texts(request.input)]
        return Asked(
            model=request.model,
            prompt="\n\n".join(filter(None, texts)),
            prefix="\n\n".join(filter(None, texts[:-1])),
            stream=bool(request.stream),
            max_tokens=request.max_output_tokens,
            cache_key=request.prompt_cache_key,
            instructions=request.instructions,
            temperature=request.temperature,
        )

    def problem(self, problem: Problem, about: str) -> tuple[int, bytes]:
        return openai_problem(problem, about)

    def wire(self, reply: Reply) -> Wire:
        return ResponsesWire(reply)


def _texts(given: str | list[_Item]) -> list[str]:
    if isinstance(given, str):
        return [given]
    return [
        text
        for item in given
        for text in ([item.content] if isinstance(item.content, str) else [part.text for part in item.content])
    ]


class ResponsesWire(Wire):
    def __init__(self, reply: Reply) -> None:
        self.reply = reply
        self.item_id = f"msg_{reply.id}"
        self.refused = reply.ending is Ending.REFUSED
        self.kind = "refusal" if self.refused else "output_text"
        self.sequence = 0

    def opening(self) -> bytes:
        begun = self._response("in_progress")
        return b"".join(
            (
                self._event("response.created", response=begun),
                self._event("response.in_progress", response=begun),
                self._event("response.output_item.added", output_index=0, item=self._item("in_progress")),
                self._placed("response.content_part.added", part=self._part("")),
            )
        )

    def delta(self, piece: str) -> bytes:
        if self.refused:
            return self._placed("response.refusal.delta", delta=piece)
        return self._placed("response.output_text.delta", delta=piece, logprobs=[])

    def closing(self) -> bytes:
        text, status = self.reply.text, self._status
        done = {"refusal": text} if self.refused else {"text": text, "logprobs": []}
        return b"".join(
            (
                self._placed(f"response.{self.kind}.done", **done),
                self._placed("response.content_part.done", part=self._part(text)),
                self._event("response.output_item.done", output_index=0, item=self._item(status)),
                self._event(f"response.{status}", response=self._response(status)),
            )
        )

    def error(self) -> bytes:
        return self._event("error", code="server_error", message="The server had an error.", param=None)

    def body(self) -> bytes:
        return _encode(self._response(self._status))

    @property
    def _status(self) -> str:
        return "incomplete" if self.reply.ending is Ending.LENGTH else "completed"

    def _event(self, name: str, **fields: Any) -> bytes:
        data = _encode({"type": name, "sequence_number": self.sequence, **fields})
        self.sequence += 1
        return b"event: %b\ndata: %b\n\n" % (name.encode(), data)

    def _placed(self, name: str, **fields: Any) -> bytes:
        return self._event(name, item_id=self.item_id, output_index=0, content_index=0, **fields)

    def _part(self, text: str) -> dict[str, Any]:
        if self.refused:
            return {"type": "refusal", "refusal": text}
        return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}

    def _item(self, status: str) -> dict[str, Any]:
        content = [] if status == "in_progress" else [self._part(self.reply.text)]
        return {"id": self.item_id, "type": "message", "status": status, "role": "assistant", "content": content}

    def _response(self, status: str) -> dict[str, Any]:
        asked, ended = self.reply.asked, status != "in_progress"
        return {
            "id": f"resp_{self.reply.id}",
            "object": "response",
            "created_at": self.reply.created,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if status == "incomplete" else None,
            "instructions": asked.instructions,
            "max_output_tokens": asked.max_tokens,
            "metadata": {},
            "model": self.reply.model,
            "output": [self._item(status)] if ended else [],
            "parallel_tool_calls": True,
            "prompt_cache_key": asked.cache_key,
            "reasoning": {"effort": "none", "summary": None},
            "temperature": asked.temperature,
            "text": {"format": {"type": "text"}},
            "tool_choice": "auto",
            "tools": [],
            "top_p": 1.0,
            "truncation": "disabled",
            "usage": self._usage() if ended else None,
        }

    def _usage(self) -> dict[str, Any]:
        use = self.reply.use
        return {
            "input_tokens": use.input,
            "input_tokens_details": {"cached_tokens": use.cached, "cache_write_tokens": use.written},
            "output_tokens": use.output,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": use.input + use.output,
        }
