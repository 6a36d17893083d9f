from dataclasses import replace

import pytest

from app.quality.contract import Outcome
from app.quality.keywords import check_keywords
from app.recipes.contract import Expectations
from tests.quality.making import page, said, text


def test_each_keyword_is_told_with_the_parts_that_have_it() -> None:
    verdict = check_keywords(page())
    assert verdict.outcome is Outcome.PASSED
    assert verdict.summary == "All 2 keywords are there."
    assert "“desk lamp”: Sections" in verdict.evidence
    assert "“brass lamp”: Title, Meta description, Heading, Introduction, Sections, Questions and answers" in (
        verdict.evidence
    )


def test_missing_keywords_are_named_first() -> None:
    verdict = check_keywords(page(sections="Nothing of it."))
    assert verdict.outcome is Outcome.FLAGGED
    assert verdict.summary == "1 of 2 keywords is missing: “desk lamp”."
    assert verdict.evidence[0] == "“desk lamp”: missing"


@pytest.mark.parametrize(
    ("keyword", "written", "is_there"),
    [
        ("brass lamp", "Our BRASS\n**lamp**.", True),
        ("brass lamp", "Brass lamps.", False),
        ("lamp", "A clamp.", False),
        ("lamp", "lampe", False),
        ("Straße", "in der STRASSE", True),
        ("cafe\u0301", "Café", True),
        ("don't", "Don’t", True),
        ('"brass" lamp', 'a "brass" lamp', True),
        ("C++", "C++, and more", True),
        ("🪔", "light🪔here", True),
        ("<script>", "&lt;script&gt; <script>", True),
        ("{{ x }}", "a {{ x }} b", True),
        (".*", "anything", False),
        ("台灯", "这盏黄铜台灯很好", True),
        ("LED", "使用LED灯", True),
        ("램프", "황동 램프는 좋습니다", True),
        ("مصباح", "هذا مصباح جميل", True),
        ("**", "** is no word", False),
    ],
)
def test_keywords_are_found_as_readers_find_them(keyword: str, written: str, is_there: bool) -> None:
    subject = replace(text(written), expectations=Expectations(keywords=(keyword,)))
    assert (check_keywords(subject).outcome is Outcome.PASSED) is is_there


def test_long_lists_of_missing_keywords_are_summed_up() -> None:
    keywords = tuple(f"word{n}" for n in range(9))
    verdict = check_keywords(replace(text("Nothing."), expectations=Expectations(keywords=keywords)))
    assert verdict.summary.endswith("“word4” and 4 more.")
    assert "“word8”: missing" in said(verdict)
