"""What docs/api.md says of calls, fields and errors."""

import re
from collections.abc import Iterator

import msgspec
import pytest
from litestar.routes import HTTPRoute

from app.errors import PressroomError
from app.main import create_app
from app.queue.request import COMMON_FIELDS
from app.queue.score import Metadata
from app.recipes.contract import ContextOptions
from app.recipes.languages import LANGUAGES
from app.recipes.page import PageInputs
from app.recipes.page_types import PAGE_TYPES
from app.recipes.text import PromptOverride, TextContext, TextInputs
from app.runs.tables import Stage, Status
from app.settings import Settings
from app.web.problems import WORDS
from tests.docs.reading import API

BY_LITESTAR = {"OPTIONS", "HEAD"}


def error_classes(parent: type[PressroomError] = PressroomError) -> Iterator[type[PressroomError]]:
    yield parent
    for child in parent.__subclasses__():
        yield from error_classes(child)


def calls() -> list[str]:
    """``GET /api/v1/generations/{jobId}`` and the others, in the words of the documentation."""
    routes = create_app(Settings(database_url="unused", redis_url="redis://unused")).routes
    found = [
        f"{method} {re.sub(r'{run:str}', '{jobId}', route.path)}"
        for route in routes
        if isinstance(route, HTTPRoute) and route.path.startswith("/api/")
        for method in route.methods - BY_LITESTAR
    ]
    return sorted(call for call in found if "openapi/" not in call)


@pytest.mark.parametrize("call", calls())
def test_every_call_is_described(call: str) -> None:
    assert call in API.code or f"## {call}" in API.text.splitlines()


def test_every_call_that_is_described_exists() -> None:
    described = re.findall(r"^## ((?:GET|POST|PUT|PATCH|DELETE) \S+)$", API.text, re.MULTILINE)
    assert described
    assert set(described) <= set(calls())


def test_the_table_of_errors_has_every_code_and_no_other() -> None:
    ours = {error.code for error in error_classes()} | {code for code, _, _ in WORDS.values()}
    assert {row[0].strip("`") for row in API.rows("code")} == ours - {"UNSUPPORTED_MEDIA_TYPE"}


@pytest.mark.parametrize("error", [*error_classes()], ids=lambda error: error.__name__)
def test_an_error_has_the_status_and_the_answer_to_trying_again_that_the_table_says(
    error: type[PressroomError],
) -> None:
    row = next(row for row in API.rows("code") if row[0] == f"`{error.code}`")
    assert str(error.status) in row[1].split(", ")
    assert row[2] in ("it says", "yes" if error.retryable else "no")


def test_every_field_is_described_and_no_other() -> None:
    described = [row[0].strip("`") for row in API.rows("field", "value")]
    assert sorted(described) == sorted([*COMMON_FIELDS, *_names(TextInputs), *_names(PageInputs)])


@pytest.mark.parametrize("shape", [TextContext, ContextOptions, PromptOverride, Metadata])
def test_fields_of_objects_are_described(shape: type[msgspec.Struct]) -> None:
    assert all(f'"{name}"' in API.prose for name in _names(shape))


@pytest.mark.parametrize("word", [*Status, *Stage, *PAGE_TYPES])
def test_every_status_stage_and_page_type_is_named(word: str) -> None:
    assert f"`{word}`" in API.prose


def test_languages_that_are_named_are_known() -> None:
    row = next(row for row in API.rows("field", "value") if row[0] == "`language`")
    named = re.findall(r"`([\w-]+)`", row[1])
    assert named
    assert {code.split("-")[0] for code in named} <= set(LANGUAGES)


def _names(shape: type[msgspec.Struct]) -> list[str]:
    """Its fields, as the API spells them."""
    return [re.sub(r"_(\w)", lambda found: found[1].upper(), field.name) for field in msgspec.structs.fields(shape)]
