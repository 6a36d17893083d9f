import pytest

from app.quality.contract import Outcome
from app.quality.leftovers import check_leftovers
from tests.quality.making import page, said, text


@pytest.mark.parametrize(
    "mark",
    [
        "{{ product_name }}",
        "{{",
        "{% if x %}",
        "<%= name %>",
        "${price}",
        "[INSERT NAME HERE]",
        "[Your company]",
        "[Brand name]",
        "Lorem ipsum",
        "TODO",
        "TBD",
        "As an AI language model",
        "I'm an AI",
        "</source>",
    ],
)
def test_marks_are_shown_with_their_part(mark: str) -> None:
    verdict = check_leftovers(page(intro=f"The lamp is {mark} and heavy."))
    assert verdict.outcome is Outcome.FLAGGED
    assert verdict.summary == "Something from a template, a prompt or a placeholder stayed in the text."
    assert any(line.startswith(f"Introduction: “{mark}") for line in verdict.evidence)


@pytest.mark.parametrize(
    "beginning",
    [
        "Sure! Here is your text.",
        "Here's the introduction:\n\nLamps.",
        "Write: intro\n\nLamps.",
        "Lamps.\nLength: about 80 words",
        "Lamps.\n**Language: German (de)**",
    ],
)
def test_talk_about_the_task_is_found(beginning: str) -> None:
    assert check_leftovers(text(beginning)).outcome is Outcome.FLAGGED


@pytest.mark.parametrize(
    "written",
    [
        "Length: 42 cm\nLanguage: English",
        "[Insert lamps](https://shop.example/insert) fit here.",
        "Here is a lamp that turns.",
        "Sure-footed and heavy.",
        "A {single} brace, a [bracket] and 100 % brass.",
        "Use source code.",
    ],
)
def test_ordinary_content_is_no_leftover(written: str) -> None:
    assert check_leftovers(text(written)).outcome is Outcome.PASSED


def test_what_the_person_gave_themselves_is_their_content() -> None:
    intro = "Set {{ name }} in your template, and {{ other }}."
    verdict = check_leftovers(page(intro=intro, given="How to use {{ Name }}"))
    assert "{{ other }}" in said(verdict)
    assert "{{ name }}" not in said(verdict)


def test_todo_is_a_word_in_spanish() -> None:
    assert check_leftovers(text("TODO EN LATÓN.", "es")).outcome is Outcome.PASSED
    assert check_leftovers(text("TODO: price", "de")).outcome is Outcome.FLAGGED
