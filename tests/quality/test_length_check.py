import pytest

from app.quality.contract import Outcome
from app.quality.length import check_length
from tests.quality.making import SENTENCE, page, said, spoiled, text


def test_the_figures_of_every_part_are_the_evidence() -> None:
    verdict = check_length(page())
    assert verdict.outcome is Outcome.PASSED
    assert "Title: 43 characters (25 to 60)" in verdict.evidence
    assert "Introduction: 57 words (30 to 96)" in verdict.evidence


@pytest.mark.parametrize(
    ("parts", "label"),
    [
        ({"title": "Lamp"}, "Title"),
        ({"title": "A lamp " * 10}, "Title"),
        ({"meta_description": "Too short."}, "Meta description"),
        ({"intro": SENTENCE}, "Introduction"),
        ({"sections": SENTENCE * 60}, "Sections"),
        ({"faq": ""}, "Questions and answers"),
    ],
)
def test_a_part_outside_its_bounds_is_named(parts: dict[str, str], label: str) -> None:
    verdict = check_length(spoiled(parts))
    assert verdict.outcome is Outcome.FLAGGED
    assert verdict.summary == f"Not as long as asked for: {label}."
    assert verdict.evidence[0].startswith(f"{label}: ")


def test_what_should_be_one_line_is_one() -> None:
    verdict = check_length(page(h1="A brass lamp that turns\n\nWith a second line"))
    assert "Heading: 2 lines instead of one" in said(verdict)
    assert verdict.outcome is Outcome.FLAGGED


def test_a_line_is_measured_without_what_models_wrap_around_it() -> None:
    title = "A brass lamp for every desk that is exactly sixty letters ok"
    assert check_length(page(title=f'**"{title}"**')).outcome is Outcome.FLAGGED
    assert check_length(page(title=f'"{title}"')).outcome is Outcome.PASSED


@pytest.mark.parametrize(
    ("characters", "outcome"), [(120, Outcome.FLAGGED), (170, Outcome.PASSED), (300, Outcome.FLAGGED)]
)
def test_chinese_is_counted_in_characters(characters: int, outcome: Outcome) -> None:
    verdict = check_length(text("灯" * characters, "zh", lengthTarget=100))
    assert verdict.outcome is outcome
    assert f"Text: {characters} characters (135 to 225)" in verdict.evidence
