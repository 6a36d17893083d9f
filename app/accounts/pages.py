"""Signing in by link, and out."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath

from app.accounts import sessions
from app.accounts.sign_in import use_link, whose_link
from app.accounts.views import ConfirmLinkPage, SignInPage
from app.errors import NotFound
from app.studio import Studio
from app.web.page import go_to, render

AnyRequest = Request[Any, Any, Any]


@get("/sign-in", opt={"open_to": "everybody"})
async def sign_in_page(request: AnyRequest) -> Response[str]:
    return render(request, "accounts/sign_in.html", SignInPage())


@get("/sign-in/{token:str}", opt={"open_to": "everybody"})
async def confirm_link_page(request: AnyRequest, token: FromPath[str]) -> Response[str]:
    """Only shows whose link it is: mail scanners and previews open links, and must not use them up."""
    try:
        email = await whose_link(token)
    except NotFound as problem:
        return render(request, "accounts/sign_in.html", SignInPage(problem.message), status=problem.status)
    return render(request, "accounts/confirm_link.html", ConfirmLinkPage(email, f"/sign-in/{token}"))


@post("/sign-in/{token:str}", opt={"open_to": "everybody"})
async def sign_in(request: AnyRequest, studio: NamedDependency[Studio], token: FromPath[str]) -> Response[Any]:
    try:
        member = await use_link(token)
    except NotFound as problem:
        return render(request, "accounts/sign_in.html", SignInPage(problem.message), status=problem.status)
    session = await sessions.begin(member, replacing=request.cookies.get(sessions.COOKIE))
    response = go_to(request, "/")
    response.set_cookie(_session_cookie(session, studio.settings.is_https))
    return response


@post("/sign-out", opt={"open_to": "everybody"})
async def sign_out(request: AnyRequest) -> Response[Any]:
    if token := request.cookies.get(sessions.COOKIE):
        await sessions.end(token)
    response = go_to(request, "/sign-in", flash="You are signed out.")
    response.delete_cookie(sessions.COOKIE, path="/")
    return response


def _session_cookie(token: str, is_https: bool) -> Cookie:
    return Cookie(
        key=sessions.COOKIE,
        value=token,
        path="/",
        max_age=int(sessions.LIFETIME.total_seconds()),
        httponly=True,
        secure=is_https,
        samesite="lax",
    )
