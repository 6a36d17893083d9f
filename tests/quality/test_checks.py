import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.quality.checks import run_checks
from app.quality.contract import Outcome
from tests.quality.making import GOOD, page, spoiled, text


def test_a_good_page_passes_every_check_in_the_order_people_see_them() -> None:
    verdicts = run_checks(page(forbidden=("cheap",)))
    assert [(verdict.check, verdict.outcome) for verdict in verdicts] == [
        ("truncation", Outcome.PASSED),
        ("leftovers", Outcome.PASSED),
        ("length", Outcome.PASSED),
        ("keywords", Outcome.PASSED),
        ("language", Outcome.PASSED),
        ("forbidden-words", Outcome.PASSED),
    ]


def test_a_text_without_wishes_is_held_against_what_always_holds() -> None:
    outcomes = {verdict.check: verdict.outcome for verdict in run_checks(text("A short line."))}
    assert outcomes["truncation"] is Outcome.PASSED
    assert outcomes["leftovers"] is Outcome.PASSED
    assert {outcomes[check] for check in ("length", "keywords", "language", "forbidden-words")} == {
        Outcome.NOT_APPLICABLE
    }


@settings(deadline=None)
@given(part=st.sampled_from(list(GOOD)), written=st.text(), language=st.sampled_from(["en", "zh", "xx"]))
def test_whatever_a_model_wrote_gets_a_verdict_of_every_check(part: str, written: str, language: str) -> None:
    verdicts = run_checks(spoiled({part: written}, language, forbidden=(written, "*")))
    assert len(verdicts) == 6
    assert all(verdict.summary for verdict in verdicts)


@pytest.mark.parametrize("unit", ["\n", " ", "](", "{{", "[insert ", "```\n", "<%", ". ", "a", "灯", "*"])
def test_long_nonsense_is_judged_as_quickly_as_prose(unit: str) -> None:
    """A pattern whose time grows with the square of the text would take minutes here."""
    written = (unit * 100_000)[:100_000] + "x"
    assert len(run_checks(text(written))) == 6
