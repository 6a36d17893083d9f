"""The headers that every answer carries."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar.datastructures import MutableScopeHeaders

CONTENT_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
TWO_YEARS = "max-age=63072000; includeSubDomains"

BeforeSend = Callable[[Any, Any], Awaitable[None]]


def security_headers(*, https: bool) -> BeforeSend:
    """For Litestar's ``before_send``: unlike a middleware it also sees the answers to errors."""
    headers = HEADERS | ({"Strict-Transport-Security": TWO_YEARS} if https else {})

    async def add(message: Any, scope: Any) -> None:
        if message["type"] == "http.response.start":
            sent = MutableScopeHeaders.from_message(message)
            for name, value in headers.items():
                sent.setdefault(name, value)
            if https:
                message["headers"] = [_secured(name, value) for name, value in message["headers"]]

    return add


def _secured(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A cookie, whoever sets it, never travels without encryption."""
    is_open = name.lower() == b"set-cookie" and b"; secure" not in value.lower()
    return name, value + b"; Secure" if is_open else value
