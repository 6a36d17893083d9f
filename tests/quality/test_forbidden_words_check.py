from app.quality.contract import Outcome
from app.quality.forbidden_words import check_forbidden_words
from tests.quality.making import page


def test_forbidden_words_are_found_as_whole_words_with_their_parts() -> None:
    verdict = check_forbidden_words(page(forbidden=("cheap", "HEAVY  base", "lam"), h1="A *cheap* lamp"))
    assert verdict.outcome is Outcome.FLAGGED
    assert verdict.summary == "The brand voice forbids “cheap”, “HEAVY  base”."
    assert verdict.evidence[0] == "“cheap”: Heading"


def test_a_voice_that_forbids_nothing_is_not_judged() -> None:
    assert check_forbidden_words(page(forbidden=(" ",))).outcome is Outcome.NOT_APPLICABLE
    assert check_forbidden_words(page(forbidden=("ultimate",))).outcome is Outcome.PASSED
