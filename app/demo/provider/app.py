"""The demo provider: OpenAI and Anthropic over HTTP, without either, and with faults on request.

``/openai/v1`` and ``/anthropic/v1`` speak the providers' protocols; ``/admin`` is for tests and for the curious.
"""

from typing import Any

from litestar import Litestar, Request, get, post
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp

from app.demo.provider.admin import admin
from app.demo.provider.answering import Refused, answer, check_key, refuse
from app.demo.provider.anthropic_protocol import MessagesDialect, anthropic_models
from app.demo.provider.delivery import Pace
from app.demo.provider.openai_chat import ChatDialect
from app.demo.provider.openai_common import openai_models
from app.demo.provider.openai_responses import ResponsesDialect
from app.demo.provider.protocol import Dialect
from app.demo.provider.stage import Stage

LARGEST_REQUEST = 20 * 1024 * 1024


def create_demo_provider(tokens_per_second: float = 60) -> Litestar:
    """``tokens_per_second`` 0 writes everything at once. The app's ``state.stage`` is what it knows."""
    stage = Stage(Pace(tokens_per_second))
    app = Litestar(
        [
            healthz,
            admin,
            _writing("/openai/v1/responses", ResponsesDialect()),
            _writing("/openai/v1/chat/completions", ChatDialect()),
            _writing("/anthropic/v1/messages", MessagesDialect()),
            _models("/openai/v1/models", ResponsesDialect(), openai_models()),
            _models("/anthropic/v1/models", MessagesDialect(), anthropic_models()),
        ],
        dependencies={"stage": Provide(lambda: stage, sync_to_thread=False)},
        request_max_body_size=LARGEST_REQUEST,
        openapi_config=None,
    )
    app.state.stage = stage
    return app


@get("/healthz")
async def healthz() -> dict[str, str]:
    return {"status": "ok"}


def _writing(path: str, dialect: Dialect) -> HTTPRouteHandler:
    @post(path, name=path)
    async def write_text(request: Request[Any, Any, Any], stage: Stage) -> ASGIApp:
        client = f"{request.client.host}:{request.client.port}" if request.client else ""
        return answer(stage, dialect, dict(request.headers), await request.body(), client)

    return write_text


def _models(path: str, dialect: Dialect, models: bytes) -> HTTPRouteHandler:
    @get(path, name=path)
    async def list_models(request: Request[Any, Any, Any]) -> ASGIApp:
        try:
            check_key(dialect, dict(request.headers))
        except Refused as refused:
            return refuse(dialect, refused)
        return ASGIResponse(body=models, media_type="application/json")

    return list_models
