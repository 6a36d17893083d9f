import pytest

from app.quality.contract import Outcome
from app.quality.truncation import check_truncation
from tests.quality.making import page, said, text

BEFORE = "The lamp stands on a heavy base.\n\n"


@pytest.mark.parametrize(
    "ending",
    [
        "It turns.",
        "Does it turn?",
        "It “turns.”",
        "It *turns.*",
        "See [the lamp](https://shop.example/lamp).",
        "(It also turns.)",
        "- heavy\n- bright",
        "1. Turn it",
        "| Height | 42 cm |",
        "```\ncode\n```",
        "光线柔和。",
        "「光线柔和。」",
        "كان جميلا؟",
        "Good night 🌙",
        "And then …",
    ],
)
def test_texts_that_come_to_an_end_pass(ending: str) -> None:
    assert check_truncation(text(BEFORE + ending)).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("and its arm can be turned to", "ends in mid-sentence: “…and its arm can be turned to”"),
        ("the base, the arm,", "ends in mid-sentence"),
        ("光线柔和，", "ends in mid-sentence"),
        ("## Care", "ends with the heading “Care”"),
        ("```\ncode", "a block of code is not closed"),
    ],
)
def test_texts_that_break_off_are_flagged_with_the_place(ending: str, reason: str) -> None:
    verdict = check_truncation(text(BEFORE + ending))
    assert verdict.outcome is Outcome.FLAGGED
    assert reason in said(verdict)


def test_a_headline_needs_no_full_stop() -> None:
    assert check_truncation(text("Light where you need it")).outcome is Outcome.PASSED


@pytest.mark.parametrize("written", ["", " \n "])
def test_an_empty_part_is_named(written: str) -> None:
    verdict = check_truncation(page(h1=written, faq=written))
    assert verdict.summary == "Seems incomplete: Heading, Questions and answers."
    assert "Heading: empty" in verdict.evidence
