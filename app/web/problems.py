"""Errors as somebody sees them: a page, a sentence on the page they are on, or ``application/problem+json``."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http import HTTPStatus
from math import ceil
from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from app.errors import FieldError, NotSignedIn, PressroomError
from app.settings import Settings
from app.web.flash import FlashView, Tone
from app.web.page import is_htmx
from app.web.templates import environment, render_partial, variables

API = "/api/"
SIGN_IN = "/sign-in"
LIVE_ELEMENT = "div#live"  # in web/shell.html
CSRF_FAILED = "CSRF token verification failed"  # Litestar's own words

log = structlog.get_logger(__name__)
AnyRequest = Request[Any, Any, Any]
ExceptionHandlers = Mapping[int | type[Exception], Callable[[AnyRequest, Exception], Response[Any]]]


@dataclass(frozen=True, slots=True)
class Problem:
    """An error in the words of RFC 9457. ``retry_after`` is in seconds; ``incident`` finds the log's entry."""

    status: int
    code: str
    title: str
    detail: str
    retryable: bool = False
    errors: tuple[FieldError, ...] = ()
    retry_after: float | None = None
    incident: str = ""


@dataclass(frozen=True, slots=True)
class ErrorPage:
    """What ``web/error.html`` is given; ``way_out`` is the address of a button that says ``way_out_label``."""

    title: str
    status: int
    message: str
    errors: tuple[FieldError, ...] = ()
    incident: str = ""
    way_out: str = "/"
    way_out_label: str = "Back to the desk"


def exception_handlers(settings: Settings) -> ExceptionHandlers:
    """For Litestar: ours, its own, and whatever nobody expected."""

    def answer(request: AnyRequest, error: Exception) -> Response[Any]:
        return _answer(request, problem_of(error), settings.origin)

    return {PressroomError: answer, HTTPException: answer, Exception: answer}


def problem_of(error: Exception) -> Problem:
    """What to say about an error. An unexpected one is logged; of it, only a number is shown."""
    if isinstance(error, PressroomError):
        return Problem(
            error.status, error.code, error.title, error.message, error.retryable, error.errors, error.retry_after
        )
    if isinstance(error, HTTPException) and error.status_code < 500:
        return _client_problem(error)
    incident = secrets.token_hex(4)
    log.error("unexpected error", incident=incident, exc_info=error)
    return replace(UNEXPECTED, incident=incident)


def problem_json(problem: Problem, origin: str) -> Response[bytes]:
    body = {
        "type": f"{origin}/errors/{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "code": problem.code,
        "retryable": problem.retryable,
        "errors": problem.errors,
    } | ({"incident": problem.incident} if problem.incident else {})
    return _with_retry_after(
        Response(msgspec.json.encode(body), media_type="application/problem+json", status_code=problem.status), problem
    )


UNEXPECTED = Problem(
    500,
    "GENERATION_ERROR",
    "Something went wrong",
    "This is our fault, not yours. It has been written down; try again in a moment.",
    retryable=True,
)
WORDS: Mapping[int, tuple[str, str, str]] = {
    400: ("VALIDATION_ERROR", "This could not be read", "Something in the request is not as it should be."),
    401: (NotSignedIn.code, NotSignedIn.title, "This needs somebody who is signed in."),
    403: ("FORBIDDEN", "That is not allowed", "Your role in this project does not allow it."),
    404: ("JOB_NOT_FOUND", "Not found", "There is nothing at this address, or it is not yours to see."),
    405: ("METHOD_NOT_ALLOWED", "That cannot be done here", "This address does not take such a request."),
    413: ("PAYLOAD_TOO_LARGE", "That is too large", "Send less at once."),
    415: ("UNSUPPORTED_MEDIA_TYPE", "This kind of content is not read", "Send JSON or a form."),
    429: ("RATE_LIMITED", "Too many requests", "Wait a moment, then try again."),
}
STALE_FORM = "This form was open for too long, or came from somewhere else. Load the page again, and send it once more."


def _client_problem(error: HTTPException) -> Problem:
    known = WORDS.get(error.status_code)
    code, title, detail = known or ("VALIDATION_ERROR", HTTPStatus(error.status_code).phrase, error.detail)
    if error.detail == CSRF_FAILED:
        title, detail = "This form is no longer valid", STALE_FORM
    errors = _field_errors(error.extra)
    if errors:
        detail = " ".join(f"{one.field}: {one.message}" for one in errors)
    retry_after = (error.headers or {}).get("retry-after", "")
    return Problem(
        error.status_code,
        code,
        title,
        detail,
        retryable=error.status_code == 429,
        errors=errors,
        retry_after=float(retry_after) if retry_after.isdigit() else None,
    )


def _field_errors(extra: object) -> tuple[FieldError, ...]:
    """Litestar's list of what was wrong with which parameter or field."""
    entries = extra if isinstance(extra, list) else []
    return tuple(
        FieldError(str(entry.get("key", "")), "VALIDATION_ERROR", str(entry["message"]))
        for entry in entries
        if isinstance(entry, dict) and "message" in entry
    )


def _answer(request: AnyRequest, problem: Problem, origin: str) -> Response[Any]:
    if request.url.path.startswith(API):
        return problem_json(problem, origin)
    if _is_stream(request):
        return Response(problem.detail, media_type=MediaType.TEXT, status_code=problem.status)
    if is_htmx(request):
        return _fragment(problem)
    if problem.code == NotSignedIn.code and request.method == "GET":
        return Redirect(SIGN_IN, status_code=303)
    return _page(problem)


def _is_stream(request: AnyRequest) -> bool:
    """A page's live stream is told by its element: htmx says with every request that it would take a stream."""
    accepts = request.headers.get("accept", "")
    return accepts.startswith("text/event-stream") or request.headers.get("hx-source") == LIVE_ELEMENT


def _fragment(problem: Problem) -> Response[str]:
    """Lands where messages stand; what the person typed stays as it is."""
    text = problem.detail + (f" ({problem.incident})" if problem.incident else "")
    needs_sign_in = problem.code == NotSignedIn.code
    link = (SIGN_IN, "Sign in") if needs_sign_in else ("", "")
    html = render_partial("web/_flash.html", FlashView(text, Tone.BAD, *link))
    headers = {"HX-Retarget": "#flash", "HX-Reswap": "outerMorph show:top", "HX-Reselect": "#flash"}
    return _with_retry_after(
        Response(html, media_type=MediaType.HTML, status_code=problem.status, headers=headers), problem
    )


def _page(problem: Problem) -> Response[str]:
    page = ErrorPage(problem.title, problem.status, problem.detail, problem.errors, problem.incident)
    if problem.code == NotSignedIn.code:
        page = replace(page, way_out=SIGN_IN, way_out_label="Sign in")
    html = environment().get_template("web/error.html").render(variables(page))
    return _with_retry_after(Response(html, media_type=MediaType.HTML, status_code=problem.status), problem)


def _with_retry_after(response: Response[Any], problem: Problem) -> Response[Any]:
    response.headers["Cache-Control"] = "no-store"
    if problem.retry_after is not None:
        response.headers["Retry-After"] = str(max(1, ceil(problem.retry_after)))
    return response
