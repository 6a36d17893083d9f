"""The web application: all wiring, on one screen. ``uvicorn app.main:create_app --factory``."""

import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from types import FrameType

import redis.asyncio
from litestar import Litestar, Router
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin

from app import health
from app.accounts import pages as accounts
from app.database import open_pool
from app.desk import pages as desk
from app.live.hub import Hub
from app.live.publish import Publisher
from app.logs import configure
from app.projects.access import provide_access
from app.runs import api, generate_pages, list_pages
from app.runs import pages as runs
from app.settings import BadEnvironment, Settings
from app.studio import Studio
from app.wake import Wake
from app.web.problems import exception_handlers
from app.web.security import security_headers
from app.web.static_files import static_router

LARGEST_BODY = 2 * 1024 * 1024
PAGES = (
    accounts.sign_in_page,
    accounts.confirm_link_page,
    accounts.sign_in,
    accounts.sign_out,
    desk.front_door,
    desk.desk_page,
    desk.desk_stream,
    generate_pages.generate_page,
    generate_pages.generate,
    generate_pages.other_fields,
    generate_pages.estimate_partial,
    generate_pages.generate_stream,
    list_pages.runs_page,
    list_pages.runs_stream,
    runs.run_page,
    runs.run_stream,
    runs.run_download,
    runs.cancel_run,
    runs.retry_run,
    runs.regenerate_run,
)
API = (api.create_generation, api.get_generation, api.delete_generation, api.generation_events)


def create_app(settings: Settings | None = None) -> Litestar:
    settings = settings or _settings()
    return Litestar(
        route_handlers=[
            Router(path="/", route_handlers=PAGES, include_in_schema=False),
            Router(path="/", route_handlers=API),
            health.healthz,
            health.readyz,
            static_router(),
        ],
        state=State({"settings": settings}),
        lifespan=[_opened],
        dependencies={
            "access": Provide(provide_access, sync_to_thread=False),
            "studio": Provide(_studio, sync_to_thread=False),
            "hub": Provide(_hub, sync_to_thread=False),
            "live_redis": Provide(_redis, sync_to_thread=False),
        },
        exception_handlers=dict(exception_handlers(settings)),
        before_send=[security_headers(https=settings.is_https)],
        csrf_config=CSRFConfig(
            secret=settings.secret_key, cookie_secure=settings.is_https, cookie_httponly=True, exclude=["^/api/"]
        ),
        openapi_config=OpenAPIConfig(
            title="Pressroom",
            version="1",
            openapi_router=Router("/api/v1/openapi", route_handlers=[], opt={"open_to": "everybody"}),
            render_plugins=[JsonRenderPlugin()],
        ),
        request_max_body_size=LARGEST_BODY,
        logging_config=None,
    )


@asynccontextmanager
async def _opened(app: Litestar) -> AsyncIterator[None]:
    """Pools and the live hub belong to the process that serves; a stop signal ends the streams at once."""
    settings: Settings = app.state.settings
    configure(json=settings.is_production)
    client = redis.asyncio.Redis.from_url(settings.redis_url, socket_connect_timeout=5)
    hub = Hub(client)
    wake = Wake(settings.redis_url)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(client.aclose)
        stack.callback(wake.close)
        await stack.enter_async_context(open_pool(settings))
        await stack.enter_async_context(hub.running())
        app.state.update(hub=hub, redis=client, studio=Studio(settings, Publisher(client), wake))
        _end_streams_on_stop(hub)
        yield


def _end_streams_on_stop(hub: Hub) -> None:
    """The server waits for open connections before it stops; the endless ones have to hear of it first."""
    for number in (signal.SIGTERM, signal.SIGINT):
        server_handler = signal.getsignal(number)

        def stop(received: int, frame: FrameType | None, server_handler: object = server_handler) -> None:
            hub.end()
            if callable(server_handler):
                server_handler(received, frame)

        try:
            signal.signal(number, stop)
        except ValueError:
            return  # not the main thread: whoever embeds us stops us otherwise


def _settings() -> Settings:
    try:
        return Settings.from_environment()
    except BadEnvironment as problem:
        raise SystemExit(str(problem)) from None


def _studio(state: State) -> Studio:
    studio: Studio = state.studio
    return studio


def _hub(state: State) -> Hub:
    hub: Hub = state.hub
    return hub


def _redis(state: State) -> "redis.asyncio.Redis":
    client: redis.asyncio.Redis = state.redis
    return client
