"""Every sample page in a browser. ``python -m tests.web.gallery FOLDER [NAME …]`` takes pictures of them, at three
widths, light and dark."""

import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import uvicorn
from litestar import Litestar, Response, get
from litestar.config.csrf import CSRFConfig
from litestar.datastructures import State
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler
from playwright.sync_api import Browser, sync_playwright

from app.errors import NotFound
from app.settings import Settings
from app.web.page import AnyRequest, render
from app.web.problems import exception_handlers
from app.web.security import security_headers
from app.web.static_files import static_router
from tests.web.samples import PAGES

WIDTHS = (1440, 768, 390)
BROWSER_FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@get("/gallery/{name:str}", sync_to_thread=False)
def sample(request: AnyRequest, name: FromPath[str]) -> Response[str]:
    if name not in PAGES:
        raise NotFound(f"There is no page called {name}.")
    return render(request, *PAGES[name])


def gallery_app(*more: ControllerRouterHandler) -> Litestar:
    return Litestar(
        [sample, static_router(), *more],
        exception_handlers=dict(exception_handlers(Settings())),
        before_send=[security_headers(https=False)],
        csrf_config=CSRFConfig(secret="only for the gallery"),
        openapi_config=None,
        state=State(),
    )


@contextmanager
def served(app: Litestar) -> Iterator[str]:
    """The address of ``app``, on a free port."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(timeout=5)
        listener.close()


@contextmanager
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=which("chromium") or None, args=BROWSER_FLAGS, chromium_sandbox=False
        )
        yield opened
        opened.close()


def take_pictures(folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with served(gallery_app()) as address, browser() as chromium:
        for scheme in ("light", "dark"):
            for width in WIDTHS:
                page = chromium.new_page(
                    color_scheme="light" if scheme == "light" else "dark", viewport={"width": width, "height": 900}
                )
                for name in names or PAGES:
                    page.goto(f"{address}/gallery/{name}")
                    page.screenshot(path=folder / f"{name}-{scheme}-{width}.png", full_page=True)
                page.close()


if __name__ == "__main__":
    take_pictures(Path(sys.argv[1]), sys.argv[2:])
