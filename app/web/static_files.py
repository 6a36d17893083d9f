"""Style sheets, scripts, fonts and icons, served for a year under an address that changes with their content."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from litestar import Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import CacheControlHeader
from litestar.middleware import DefineMiddleware
from litestar.middleware.compression import CompressionMiddleware
from litestar.static_files import create_static_files_router

FOLDER = Path(__file__).resolve().parents[2] / "static"
PATH = "/static"
A_YEAR = 31_536_000
#: Files alone: a page carries a token, which compression could give away to whoever can guess at it (BREACH).
COMPRESSION = CompressionConfig(backend="gzip", exclude=r"\.woff2$")
#: The order of the layers is declared in the first one.
FIRST_STYLES = ("css/tokens.css", "css/base.css", "css/shell.css")


def static_router() -> Router:
    return create_static_files_router(
        path=PATH,
        directories=[FOLDER],
        name="static",
        opt={"open_to": "everybody"},
        cache_control=CacheControlHeader(public=True, max_age=A_YEAR, immutable=True),
        middleware=[DefineMiddleware(CompressionMiddleware, config=COMPRESSION)],
    )


@cache
def static_url(path: str) -> str:
    """The address of ``static/<path>`` with a hash of its content. Raises FileNotFoundError."""
    digest = sha256((FOLDER / path).read_bytes()).hexdigest()[:10]
    return f"{PATH}/{path}?v={digest}"


@cache
def stylesheets() -> tuple[str, ...]:
    """Every style sheet of ``static/css``, tokens first."""
    others = sorted(f"css/{file.name}" for file in (FOLDER / "css").glob("*.css"))
    return tuple(static_url(path) for path in (*FIRST_STYLES, *(path for path in others if path not in FIRST_STYLES)))
