from typing import Any

import pytest
from litestar import Litestar, post
from litestar.testing import TestClient

from app.settings import Settings
from app.web.forms import Form, read_form
from app.web.page import AnyRequest
from app.web.problems import exception_handlers

URL_ENCODED = {"Content-Type": "application/x-www-form-urlencoded"}


@post("/")
async def echo(request: AnyRequest) -> dict[str, list[str]]:
    form = await read_form(request)
    return {name: form.many(name) for name in form}


@pytest.fixture
def client() -> Any:
    with TestClient(Litestar([echo], exception_handlers=dict(exception_handlers(Settings())))) as client:
        yield client


def test_line_ends_are_ours_and_the_token_is_left_out(client: Any) -> None:
    sent = client.post("/", data={"text": "a\r\nb\rc", "_csrf_token": "x", "tag": ["one", "two"]})
    assert sent.json() == {"text": ["a\nb\nc"], "tag": ["one", "two"]}


def test_quotes_emoji_and_right_to_left_come_as_they_were_typed(client: Any) -> None:
    typed = "“lamp” 💡 مصباح <script>{{ 7 }}\u202e"
    assert client.post("/", data={"q": typed}).json() == {"q": [typed]}


def test_an_empty_field_is_empty_and_not_missing(client: Any) -> None:
    assert client.post("/", data={"text": ""}).json() == {"text": [""]}


def test_what_is_too_long_is_named(client: Any) -> None:
    answer = client.post("/", data={"text": "x" * 200_001})
    assert answer.status_code == 422
    assert "200,001 characters" in answer.text


def test_too_many_values_are_refused(client: Any) -> None:
    assert client.post("/", data={"tag": ["x"] * 201}).status_code == 422


@pytest.mark.parametrize("body", [b"text=%ff%fe", b"text=\xff\xfe", b"%", b"&&&=", b"\x00=\x00"])
def test_bytes_that_are_no_text_are_never_a_failure_of_ours(client: Any, body: bytes) -> None:
    assert client.post("/", content=body, headers=URL_ENCODED).status_code < 500


def test_a_file_is_no_text(client: Any) -> None:
    assert client.post("/", data={"a": "b"}, files={"upload": b"\x89PNG"}).json() == {"a": ["b"]}


def test_a_form_reads_like_a_dictionary_of_last_values() -> None:
    form = Form([("a", "1"), ("a", "2"), ("words", " lamp \n\n shade ")])
    assert (form["a"], form.many("a"), form.get("b", ""), form.many("b")) == ("2", ["1", "2"], "", [])
    assert form.lines("words") == ["lamp", "shade"]
