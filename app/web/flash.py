"""One sentence that survives a redirect: "Canceled. $0.0031 went back to the budget."

It travels in a cookie of its own and is shown once. The cookie is not signed: it is bounded, it is shown as text, and
only a page of this origin can set it.
"""

import base64
import binascii
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.datastructures import Cookie

COOKIE = "flash"
LONGEST = 600  # characters, so that the cookie stays far below 4 KB
SECONDS = 60


class Tone(StrEnum):
    GOOD = "good"
    INFO = "info"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class FlashView:
    """``link`` is a path of ours with ``link_text`` on it, or both are empty."""

    text: str
    tone: Tone = Tone.INFO
    link: str = ""
    link_text: str = ""


def leave_flash(response: Response[Any], text: str, tone: Tone = Tone.GOOD) -> None:
    """Show this on the next page. Longer texts are cut after 600 characters."""
    packed = base64.urlsafe_b64encode(msgspec.json.encode((tone, text[:LONGEST]))).decode().rstrip("=")
    response.set_cookie(Cookie(key=COOKIE, value=packed, path="/", max_age=SECONDS, httponly=True, samesite="lax"))


def read_flash(request: Request[Any, Any, Any]) -> FlashView | None:
    packed = request.cookies.get(COOKIE)
    if not packed:
        return None
    try:
        tone, text = msgspec.json.decode(
            base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)), type=tuple[Tone, str]
        )
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return None
    return FlashView(text[:LONGEST], tone)


def forget_flash(response: Response[Any]) -> None:
    response.delete_cookie(COOKIE, path="/")
