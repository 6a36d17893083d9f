import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.recipes import RECIPES, infer_kind
from app.recipes.forms import FORM_FIELDS, form_field, from_form, to_form
from tests.recipes.making import problems

A_FORM = st.dictionaries(
    st.sampled_from([name for fields in FORM_FIELDS.values() for name in fields] + ["_csrf_token"]), st.text()
)


def test_a_form_becomes_the_shape_of_the_api() -> None:
    form = {
        "action": "WRITE",
        "instruction": "A lamp",
        "text": "  ",
        "scene": "A shop",
        "notes": "",
        "lengthTarget": "1,200",
        "promptSystem": "You are a poet.",
        "language": "de",
        "_csrf_token": "abc",
    }
    assert from_form("text", form) == {
        "action": "WRITE",
        "instruction": "A lamp",
        "context": {"scene": "A shop"},
        "lengthTarget": 1200,
        "promptOverride": {"system": "You are a poet."},
    }


def test_keywords_are_split_at_lines_commas_and_semicolons_and_facts_at_lines() -> None:
    form = {"keywords": "brass lamp, desk lamp;\r\n灯、台灯\n", "facts": "Height: 42\r\n\r\nMade in Berlin, by hand."}
    assert from_form("page", form) == {
        "keywords": ["brass lamp", "desk lamp", "灯", "台灯"],
        "facts": ["Height: 42", "Made in Berlin, by hand."],
    }


@pytest.mark.parametrize("typed", ["many", "1.5", "-3", "1,2", "²", "9" * 5000])
def test_a_bad_number_is_complained_about_at_its_field(typed: str) -> None:
    fields = from_form("text", {"action": "WRITE", "instruction": "x", "lengthTarget": typed})
    assert problems("text", fields) == {"lengthTarget": "Give a whole number of words from 1 to 20,000."}


@pytest.mark.parametrize(
    ("recipe", "api", "form"),
    [
        ("text", "context.scene", "scene"),
        ("text", "promptOverride.user", "promptUser"),
        ("text", "lengthTarget", "lengthTarget"),
        ("text", "context.characters[2]", "characters"),
        ("page", "keywords[3]", "keywords"),
        ("page", "facts.Height [cm]", "facts"),
        ("page", "facts.a.b", "facts"),
        ("text", "language", "language"),
        ("image", "prompt", "prompt"),
    ],
)
def test_a_problem_finds_its_field_in_the_form(recipe: str, api: str, form: str) -> None:
    assert form_field(recipe, api) == form


@pytest.mark.parametrize(
    ("recipe", "fields"),
    [
        (
            "text",
            {
                "action": "REWRITE",
                "sceneId": "7",
                "instruction": "a",
                "text": "b\nc",
                "context": {"scene": "d", "characters": ["e", "f"], "previous": "g", "notes": "h"},
                "promptOverride": {"system": "i", "user": "j"},
                "lengthTarget": 1500,
                "tone": "k",
            },
        ),
        (
            "page",
            {
                "pageType": "local",
                "targetUrl": "https://shop.example/a",
                "keywords": ["brass lamp", "灯", "{{ x }}"],
                "facts": {"Height": 42, "": "By hand.", "Note": "a: b"},
            },
        ),
    ],
)
def test_inputs_fill_the_form_that_asks_for_them_again(recipe: str, fields: dict[str, object]) -> None:
    inputs = RECIPES[recipe].read(fields)
    assert RECIPES[recipe].read(from_form(recipe, to_form(recipe, inputs))) == inputs


@settings(deadline=None)
@given(form=A_FORM)
@pytest.mark.parametrize("recipe", list(FORM_FIELDS))
def test_any_form_is_either_read_or_refused_at_fields_it_has(recipe: str, form: dict[str, str]) -> None:
    refused = problems(recipe, from_form(recipe, form))
    assert {form_field(recipe, field) for field in refused} <= set(FORM_FIELDS[recipe])


def test_the_kind_is_told_by_the_field_that_only_it_has() -> None:
    assert infer_kind({"action": "WRITE"}) == "text"
    assert infer_kind({"pageType": "faq", "language": "de"}) == "page"
    assert infer_kind({"scriptType": "drama"}) == "script"
    assert infer_kind({"mode": "imagine"}) == "image"
    assert infer_kind({"action": None, "instruction": "x"}) is None
