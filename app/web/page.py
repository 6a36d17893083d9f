"""Answering with a page, with one partial of it, or with the way to another page."""

from typing import Any
from urllib.parse import urlsplit

from litestar import MediaType, Request, Response
from litestar.response import Redirect
from litestar.template.base import csrf_token
from markupsafe import Markup

from app.web.flash import Tone, forget_flash, leave_flash, read_flash
from app.web.templates import environment, variables

AnyRequest = Request[Any, Any, Any]


def render(
    request: AnyRequest, template: str, context: object, *, partial: str | None = None, status: int = 200
) -> Response[str]:
    """The page ``template``; or, where htmx asks for a part of it, ``partial``. Both read the fields of ``context``."""
    wants_partial = partial is not None and asks_for_partial(request)
    flash = None if wants_partial else read_flash(request)
    html = (
        environment()
        .get_template(partial if partial and wants_partial else template)
        .render({**variables(context), "flash": flash, **_csrf(request)})
    )
    response = Response(html.strip(), media_type=MediaType.HTML, status_code=status, headers={"Vary": "HX-Request"})
    response.headers["Cache-Control"] = "no-store"
    if flash:
        forget_flash(response)
    return response


def go_to(request: AnyRequest, path: str, *, flash: str = "", tone: Tone = Tone.GOOD) -> Response[Any]:
    """After a POST: the browser loads ``path``, whether a form or htmx sent it. Only paths of ours."""
    if not is_own_path(path):
        raise ValueError(f"{path!r} would lead away from Pressroom")
    response: Response[Any] = (
        Response(b"", status_code=200, headers={"HX-Redirect": path})
        if is_htmx(request)
        else Redirect(path, status_code=303)
    )
    if flash:
        leave_flash(response, flash, tone)
    return response


def is_own_path(path: str) -> bool:
    """Whether a path (perhaps given by a query) stays on this host; browsers read a backslash as a slash."""
    parts = urlsplit(path)
    return path.startswith("/") and not path.startswith(("//", "/\\")) and not (parts.scheme or parts.netloc)


def is_htmx(request: AnyRequest) -> bool:
    return request.headers.get("hx-request") == "true"


def asks_for_partial(request: AnyRequest) -> bool:
    return is_htmx(request) and request.headers.get("hx-request-type", "partial") == "partial"


def csrf_input(request: AnyRequest) -> Markup:
    return Markup('<input type="hidden" name="_csrf_token" value="{}">').format(csrf_token({"request": request}))


def _csrf(request: AnyRequest) -> dict[str, object]:
    return {"csrf_token": csrf_token({"request": request}), "csrf_input": csrf_input(request)}
