from typing import Any

import pytest
from litestar import Litestar, get, post
from litestar.config.csrf import CSRFConfig
from litestar.response import Response
from litestar.testing import TestClient

from app.web.flash import COOKIE, LONGEST
from app.web.page import AnyRequest, go_to, is_own_path, render
from tests.web.samples import GENERATE

HTMX = {"HX-Request": "true"}


@get("/generate", sync_to_thread=False)
def generate(request: AnyRequest) -> Response[str]:
    return render(request, "runs/generate.html", GENERATE, partial="runs/_estimate.html")


@post("/cancel", sync_to_thread=False)
def cancel(request: AnyRequest) -> Response[Any]:
    return go_to(request, "/generate", flash="Canceled. <b>$0.0031</b> went back.")


@pytest.fixture
def client() -> Any:
    with TestClient(Litestar([generate, cancel], csrf_config=CSRFConfig(secret="only for this test"))) as client:
        yield client


def sent(client: Any, **headers: str) -> Any:
    client.get("/generate")
    return client.post(
        "/cancel", headers={"x-csrftoken": client.cookies["csrftoken"], **headers}, follow_redirects=False
    )


def test_a_browser_gets_the_page(client: Any) -> None:
    html = client.get("/generate").text
    assert html.startswith("<!doctype html>")
    assert 'id="estimate"' in html


def test_htmx_gets_the_part_it_asked_for(client: Any) -> None:
    answer = client.get("/generate", headers={**HTMX, "HX-Request-Type": "partial"})
    assert answer.text.startswith('<section class="sheet" id="estimate"')
    assert answer.headers["vary"] == "HX-Request"


def test_htmx_gets_the_page_where_it_wants_all_of_it(client: Any) -> None:
    assert client.get("/generate", headers={**HTMX, "HX-Request-Type": "full"}).text.startswith("<!doctype html>")


def test_the_page_and_its_forms_carry_the_token(client: Any) -> None:
    html = client.get("/generate").text
    token = client.cookies["csrftoken"]
    assert f'name="_csrf_token" value="{token}"' in html
    assert f'{{"x-csrftoken": "{token}"}}' in html


def test_a_message_survives_the_redirect_once_and_as_text(client: Any) -> None:
    assert (sent(client).status_code, sent(client).headers["location"]) == (303, "/generate")
    first, second = client.get("/generate").text, client.get("/generate").text
    assert "Canceled. &lt;b&gt;$0.0031&lt;/b&gt; went back." in first
    assert "Canceled." not in second


def test_a_part_of_a_page_does_not_use_the_message_up(client: Any) -> None:
    sent(client)
    client.get("/generate", headers=HTMX)
    assert "Canceled." in client.get("/generate").text


def test_htmx_is_sent_on_by_a_header(client: Any) -> None:
    answer = sent(client, **HTMX)
    assert (answer.status_code, answer.headers["hx-redirect"]) == (200, "/generate")


@pytest.mark.parametrize("packed", ["", "x", "%%%", "W10", "WyJnb29kIl0", "e30", "bnVsbA", "ü"])
def test_a_cookie_that_is_none_of_ours_is_ignored(client: Any, packed: str) -> None:
    answer = client.get("/generate", headers={"Cookie": f"{COOKIE}={packed}".encode()})
    assert answer.status_code == 200


def test_a_message_is_bounded() -> None:
    assert LONGEST * 4 * 4 / 3 < 4_000


@pytest.mark.parametrize("path", ["/", "/p/demo/desk?x=//y", "/a#b"])
def test_paths_of_ours(path: str) -> None:
    assert is_own_path(path)


@pytest.mark.parametrize(
    "path", ["", "//evil.example", "/\\evil.example", "https://evil.example", "p/demo", "javascript:x"]
)
def test_paths_that_lead_away(path: str) -> None:
    assert not is_own_path(path)
