"""What holds for every request and every output, however strange."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.recipes import RECIPES
from app.recipes.cleaning import find_binary
from app.recipes.page_types import PAGE_TYPES
from tests.recipes.making import problems, read

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
TEXT_FIELDS = ("action", "sceneId", "instruction", "text", "context", "contextOptions", "promptOverride", "tone")
FIELDS = st.sampled_from([*TEXT_FIELDS, "lengthTarget", "pageType", "targetUrl", "keywords", "facts", "other"])
LIKELY = st.sampled_from(
    ["WRITE", "rewrite", "faq", "https://shop.example/a", {"scene": "x"}, {"sources": ["scene"]}, ["a", "A"], {"a": 1}]
)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=60)
BRACES = st.sampled_from(["{{ title }}", "{% include 'x' %}", "{# a #}", "}}", "{{", "{{ 7 * 7 }}"])


@settings(deadline=None)
@given(fields=st.dictionaries(FIELDS, LIKELY | JSON, max_size=8))
@pytest.mark.parametrize("recipe", ["text", "page"])
def test_a_request_is_either_read_and_usable_or_refused_field_by_field(recipe: str, fields: dict[str, object]) -> None:
    refused = problems(recipe, fields)
    if refused:
        assert all(message and find_binary(field + message) is None for field, message in refused.items())
        return
    made = RECIPES[recipe]
    inputs = made.read(fields)
    title = made.title(inputs)
    assert title
    assert len(title) <= 120
    assert "\n" not in title
    made.sources(inputs, None)
    made.expectations(inputs, "ja")
    assert all(made.instructions(inputs, each, "de", None, "").user for each in made.components(inputs))


@settings(deadline=None)
@given(page_type=st.sampled_from(list(PAGE_TYPES)), before=TEXT, mark=BRACES, after=TEXT)
def test_assembly_keeps_braces_of_parts_and_facts_literally(page_type: str, before: str, mark: str, after: str) -> None:
    said = re.sub(r"\s+", " ", f"a{before}{mark}{after}z")
    inputs = read("page", pageType=page_type, targetUrl="https://shop.example/a", facts={"Say": said})
    parts = {each.name: said for each in RECIPES["page"].components(inputs)}
    whole = RECIPES["page"].assemble(inputs, "en", parts)
    assert whole.count(said) >= len(parts)


@settings(deadline=None)
@given(instruction=TEXT, mark=BRACES, context=TEXT)
def test_prompts_keep_braces_of_inputs_literally(instruction: str, mark: str, context: str) -> None:
    said = f"a{instruction}{mark}z"
    inputs = read("text", action="WRITE", instruction=said)
    component = RECIPES["text"].components(inputs)[0]
    prompt = RECIPES["text"].instructions(inputs, component, "en", None, f"Notes:\n{mark}{context}z")
    assert mark in prompt.user
    assert prompt.shared == f"Context:\nNotes:\n{mark}{context}z"
