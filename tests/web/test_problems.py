import json
from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.config.csrf import CSRFConfig
from litestar.exceptions import TooManyRequestsException
from litestar.params import FromPath, FromQuery
from litestar.testing import TestClient
from structlog.testing import capture_logs

from app import errors
from app.errors import BudgetExceeded, FieldError, NotSignedIn, PressroomError, QueueFull, ValidationFailed
from app.settings import Settings
from app.web.problems import exception_handlers
from app.web.security import security_headers

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
EVERY_ERROR = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PressroomError) and kind is not PressroomError
]
RAISED: dict[str, Exception] = {kind.__name__: kind("What happened.") for kind in EVERY_ERROR} | {
    "full": QueueFull("200,000 runs wait already.", retry_after=4.2),
    "fields": ValidationFailed.of(FieldError("targetUrl", "INVALID", "Begin with https://.")),
    "unexpected": RuntimeError("password=hunter2"),
    "limited": TooManyRequestsException(headers={"retry-after": "7"}),
    "script": BudgetExceeded("<script>alert(1)</script>"),
}


@get(["/raise/{name:str}", "/api/v1/raise/{name:str}"], sync_to_thread=False)
def fail(name: FromPath[str]) -> None:
    raise RAISED[name]


@get(["/number", "/api/v1/number"], sync_to_thread=False)
def number(limit: FromQuery[int]) -> str:
    return str(limit)


@post("/form", sync_to_thread=False)
def form() -> str:
    return "sent"


@pytest.fixture
def client() -> Any:
    app = Litestar(
        [fail, number, form],
        exception_handlers=dict(exception_handlers(Settings(public_url="https://press.example"))),
        before_send=[security_headers(https=True)],
        csrf_config=CSRFConfig(secret="only for this test"),
        openapi_config=None,
    )
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize("kind", EVERY_ERROR, ids=lambda kind: kind.__name__)
class TestEveryErrorOfOurs:
    def test_is_a_page_for_people(self, client: Any, kind: type[PressroomError]) -> None:
        answer = client.get(f"/raise/{kind.__name__}", follow_redirects=False)
        if kind is NotSignedIn:
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        else:
            assert answer.status_code == kind.status
            assert kind.title in answer.text.replace("&#39;", "'")
            assert "What happened." in answer.text

    def test_is_a_sentence_where_htmx_asked(self, client: Any, kind: type[PressroomError]) -> None:
        answer = client.get(f"/raise/{kind.__name__}", headers=HTMX)
        assert answer.status_code == kind.status
        assert answer.headers["hx-retarget"] == "#flash"
        assert answer.headers["hx-reswap"] == "outerMorph show:top"
        assert answer.text.startswith('<div class="flash bad" id="flash" role="alert">')
        assert "What happened." in answer.text

    def test_is_problem_json_for_programs(self, client: Any, kind: type[PressroomError]) -> None:
        answer = client.get(f"/api/v1/raise/{kind.__name__}")
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json() == {
            "type": f"https://press.example/errors/{kind.code}",
            "title": kind.title,
            "status": kind.status,
            "detail": "What happened.",
            "code": kind.code,
            "retryable": kind.retryable,
            "errors": [],
        }


def test_fields_are_named_with_what_is_wrong(client: Any) -> None:
    body = client.get("/api/v1/raise/fields").json()
    assert body["errors"] == [{"field": "targetUrl", "code": "INVALID", "message": "Begin with https://."}]
    assert "Begin with https://." in client.get("/raise/fields").text


def test_a_parameter_that_is_no_number_is_named(client: Any) -> None:
    body = client.get("/api/v1/number?limit=many").json()
    assert (body["status"], body["code"]) == (400, "VALIDATION_ERROR")
    assert [error["field"] for error in body["errors"]] == ["limit"]


@pytest.mark.parametrize("path", ["/raise/full", "/api/v1/raise/full"])
def test_when_to_come_back_is_said_in_whole_seconds(client: Any, path: str) -> None:
    assert client.get(path).headers["retry-after"] == "5"


def test_litestars_own_time_to_wait_is_kept(client: Any) -> None:
    answer = client.get("/api/v1/raise/limited")
    assert (answer.headers["retry-after"], answer.json()["retryable"]) == ("7", True)


@pytest.mark.parametrize(
    ("path", "headers"), [("/raise/unexpected", {}), ("/raise/unexpected", HTMX), ("/api/v1/raise/unexpected", {})]
)
def test_of_the_unexpected_only_a_number_is_shown(client: Any, path: str, headers: dict[str, str]) -> None:
    with capture_logs() as logged:
        answer = client.get(path, headers=headers)
    assert answer.status_code == 500
    assert "hunter2" not in answer.text
    assert "Traceback" not in answer.text
    [entry] = logged
    assert entry["incident"] in answer.text
    assert str(entry["exc_info"]) == "password=hunter2"


def test_what_an_error_quotes_is_text(client: Any) -> None:
    assert "<script>alert" not in client.get("/raise/script").text
    assert "<script>alert" not in client.get("/raise/script", headers=HTMX).text


def test_an_address_that_is_none(client: Any) -> None:
    assert client.get("/nowhere").status_code == 404
    assert client.get("/api/v1/nowhere").json()["code"] == "JOB_NOT_FOUND"


def test_a_method_that_is_not_taken(client: Any) -> None:
    assert client.put("/number", headers={"x-csrftoken": csrf(client)}).status_code == 405


def test_a_form_without_its_token_says_what_to_do(client: Any) -> None:
    answer = client.post("/form", data={"a": "b"})
    assert answer.status_code == 403
    assert "Load the page again" in answer.text


@pytest.mark.parametrize(
    "headers",
    [{"Accept": "text/event-stream"}, {"Accept": "text/html, text/event-stream", "HX-Source": "div#live", **HTMX}],
)
def test_a_stream_is_answered_with_a_bare_status(client: Any, headers: dict[str, str]) -> None:
    answer = client.get("/raise/NotSignedIn", headers=headers)
    assert (answer.status_code, answer.text) == (401, "What happened.")


def test_a_signed_out_form_is_not_sent_away(client: Any) -> None:
    answer = client.get("/raise/NotSignedIn", headers={"Accept": "text/html, text/event-stream", **HTMX})
    assert answer.status_code == 401
    assert '<a href="/sign-in">Sign in</a>' in answer.text


@pytest.mark.parametrize("path", ["/number?limit=3", "/nowhere", "/raise/unexpected", "/api/v1/raise/NotFound"])
def test_every_answer_carries_the_security_headers(client: Any, path: str) -> None:
    headers = client.get(path).headers
    assert headers["content-security-policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["strict-transport-security"].startswith("max-age=")


def csrf(client: Any) -> str:
    client.get("/number?limit=1")
    return str(client.cookies["csrftoken"])


def test_problem_json_is_json(client: Any) -> None:
    assert json.loads(client.get("/api/v1/raise/script").content)["detail"] == "<script>alert(1)</script>"
