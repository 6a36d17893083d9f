"""From a call to its answer: the key, the model and the faults are looked at, then the text is written."""

from secrets import token_hex

from litestar.types import ASGIApp, Receive, Scope, Send

from app.demo.provider import tokens
from app.demo.provider.ask import Ask, read_ask
from app.demo.provider.call_log import Call
from app.demo.provider.delivery import Delivery
from app.demo.provider.faults import Fault, Twist, parse_model
from app.demo.provider.models import find_model
from app.demo.provider.protocol import Asked, Dialect, Ending, Problem, Reply, UnreadableRequest
from app.demo.provider.stage import Stage
from app.demo.provider.writer import write

INVALID_KEY = "invalid"
CHARACTERS_PER_TOKEN = 4
_REFUSAL = "I'm sorry, but I can't help with that request."
_NONSENSE = b"<!doctype html><title>Welcome</title><p>It works!</p>"


class Refused(Exception):
    """Nothing is written; ``about`` and ``retry_after`` (seconds) go into the provider's own error."""

    def __init__(self, problem: Problem, about: str = "", retry_after: float | None = None) -> None:
        super().__init__(problem)
        self.problem = problem
        self.about = about
        self.retry_after = retry_after


def check_key(dialect: Dialect, headers: dict[str, str]) -> None:
    """Raises ``Refused``. Every key is good but none and ``invalid``."""
    key = dialect.key(headers)
    if key is None:
        raise Refused(Problem.NO_KEY)
    if key == INVALID_KEY:
        raise Refused(Problem.BAD_KEY)


def answer(stage: Stage, dialect: Dialect, headers: dict[str, str], body: bytes, client: str) -> ASGIApp:
    """The answer to one call, as the ASGI application that sends it. ``client`` is its address and port."""
    try:
        check_key(dialect, headers)
        asked = dialect.read(body)
    except Refused as refused:
        return refuse(dialect, refused)
    except UnreadableRequest as error:
        return refuse(dialect, Refused(Problem.BAD_REQUEST, str(error)))
    ask = read_ask(asked.prompt, parse_model(asked.model)[0])
    call = stage.calls.start(dialect.provider, asked.model, ask.component, asked.prompt, client)
    try:
        return _accept(stage, dialect, asked, ask, call)
    except Refused as refused:
        return refuse(dialect, refused, call)


def refuse(dialect: Dialect, refused: Refused, call: Call | None = None) -> ASGIApp:
    status, body = dialect.problem(refused.problem, refused.about)
    headers = [_request_id(dialect)]
    if refused.retry_after is not None:
        headers.append((b"retry-after", f"{refused.retry_after:g}".encode()))
    return _whole(status, b"application/json", body, headers, call)


def _accept(stage: Stage, dialect: Dialect, asked: Asked, ask: Ask, call: Call) -> ASGIApp:
    model, faults = parse_model(asked.model)
    fault = stage.faults.next(dialect.provider, asked.model, faults, asked.prompt)
    call.fault = fault.kind.name if fault else None
    _check(stage, dialect, model, asked, fault)
    if fault and fault.kind.does is Twist.NONSENSE:
        return _whole(200, b"text/html", _NONSENSE, [], call)
    reply = _reply(stage, model, asked, ask, fault)
    delivery = Delivery(dialect.wire(reply), reply, call, fault, stage.pace, stage.holds)
    delivery.headers.append(_request_id(dialect))
    stage.deliveries.add(delivery)
    return delivery


def _check(stage: Stage, dialect: Dialect, model: str, asked: Asked, fault: Fault | None) -> None:
    if stage.faults.is_out(dialect.provider):
        raise Refused(Problem.UNAVAILABLE)
    if fault and isinstance(fault.kind.does, Problem):
        limited = fault.kind.does is Problem.RATE_LIMITED
        raise Refused(fault.kind.does, model, fault.argument if limited else None)
    known = find_model(model, dialect.provider)
    if not known:
        raise Refused(Problem.UNKNOWN_MODEL, model)
    if len(asked.prompt) > known.context_window * CHARACTERS_PER_TOKEN:
        raise Refused(Problem.TOO_LONG, model)


def _reply(stage: Stage, model: str, asked: Asked, ask: Ask, fault: Fault | None) -> Reply:
    twist = fault.kind.does if fault else None
    ending = Ending.REFUSED if twist is Twist.REFUSAL else Ending.STOP
    text = _REFUSAL if twist is Twist.REFUSAL else "" if twist is Twist.BLANK else write(ask)
    pieces = tokens.split(text)
    if asked.max_tokens is not None and len(pieces) > asked.max_tokens:
        pieces, ending = pieces[: asked.max_tokens], Ending.LENGTH
    return Reply(model, asked, tuple(pieces), ending, stage.cache.use(model, asked, len(pieces)))


def _request_id(dialect: Dialect) -> tuple[bytes, bytes]:
    return dialect.request_id_header.encode(), f"req_{token_hex(12)}".encode()


def _whole(
    status: int, content_type: bytes, body: bytes, headers: list[tuple[bytes, bytes]], call: Call | None
) -> ASGIApp:
    if call:
        call.status = status
        call.end()

    async def send_whole(scope: Scope, receive: Receive, send: Send) -> None:
        all_headers = [(b"content-type", content_type), (b"content-length", b"%d" % len(body)), *headers]
        await send({"type": "http.response.start", "status": status, "headers": all_headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return send_whole
