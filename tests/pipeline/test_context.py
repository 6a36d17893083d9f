from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pipeline.context import ContextOutcome, compose
from app.pipeline.tokens import count_tokens
from app.recipes.contract import Source
from app.recipes.sources import source

USED, TRIMMED, LEFT_OUT = ContextOutcome.USED, ContextOutcome.TRIMMED, ContextOutcome.LEFT_OUT


def count_words(text: str) -> int:
    return len(text.split())


def outcomes(sources: list[Source], budget: int) -> dict[str, ContextOutcome]:
    return {entry.name: entry.outcome for entry in compose(sources, budget, count_words).report}


def test_everything_is_used_where_it_fits_the_most_important_first() -> None:
    sources = [source("previous", "It rained."), source("keywords", "lamp; brass"), source("facts", "- Height: 42 cm")]
    composed = compose(sources, 100, count_words)
    assert composed.text == "Facts:\n- Height: 42 cm\n\nKeywords: lamp; brass\n\nEarlier text:\nIt rained."
    assert [(e.label, e.tokens, e.given_tokens, e.outcome) for e in composed.report] == [
        ("Facts", 5, 5, USED),
        ("Keywords", 3, 3, USED),
        ("Earlier text", 4, 4, USED),
    ]


def test_the_least_important_is_dropped_first() -> None:
    sources = [source("scene", "One two three."), source("notes", "Four five six."), source("previous", "Seven eight.")]
    assert outcomes(sources, 12) == {"scene": USED, "notes": USED, "previous": USED}
    assert outcomes(sources, 8) == {"scene": USED, "notes": USED, "previous": LEFT_OUT}
    assert outcomes(sources, 7) == {"scene": USED, "notes": LEFT_OUT, "previous": LEFT_OUT}
    assert outcomes(sources, 0) == {"scene": LEFT_OUT, "notes": LEFT_OUT, "previous": LEFT_OUT}


def test_nothing_less_important_takes_the_room_that_a_trimmed_source_leaves() -> None:
    sources = [source("scene", "One two three. Four five six seven."), source("notes", "A.")]
    assert outcomes(sources, 7) == {"scene": TRIMMED, "notes": LEFT_OUT}


def test_texts_are_cut_at_the_ends_of_sentences_paragraphs_and_lines() -> None:
    text = "First here. Second one is here! Third…\n\nA new paragraph. Its end."
    assert compose([source("scene", text)], 7, count_words).text == "Scene:\nFirst here. Second one is here!"
    assert compose([source("scene", text)], 8, count_words).text == "Scene:\nFirst here. Second one is here! Third…"
    lines = compose([source("facts", "- Height: 42 cm\n- Weight: 2 kg\n- Colour: gold")], 10, count_words)
    assert lines.text == "Facts:\n- Height: 42 cm\n- Weight: 2 kg"
    chinese = compose([source("scene", "第一句。第二句！“第三句。”第四句。")], 20, len)
    assert chinese.text == "Scene:\n第一句。第二句！"


def test_a_list_is_shortened_item_by_item() -> None:
    composed = compose([source("keywords", "brass lamp; desk lamp; oak chair")], 5, count_words)
    assert composed.text == "Keywords: brass lamp; desk lamp"
    assert composed.report[0].outcome is TRIMMED


def test_of_the_earlier_text_the_end_is_kept() -> None:
    composed = compose([source("previous", "It began. It went on. It ended.")], 7, count_words)
    assert composed.text == "Earlier text:\nIt went on. It ended."
    assert composed.report[0].outcome is TRIMMED


def test_a_sources_own_limit_trims_it_without_costing_the_others_their_place() -> None:
    limited = Source("pages", "Pages", "One two. Three four. Five six.", priority=50, max_tokens=5)
    composed = compose([limited, source("previous", "It rained.")], 100, count_words)
    assert composed.text == "Pages:\nOne two. Three four.\n\nEarlier text:\nIt rained."
    assert [entry.outcome for entry in composed.report] == [TRIMMED, USED]


def test_sources_without_a_text_are_not_spoken_of() -> None:
    composed = compose([source("scene", " \n"), source("notes", "")], 100, count_words)
    assert (composed.text, composed.report) == ("", ())


SOURCES = st.lists(
    st.builds(
        Source,
        name=st.sampled_from(["a", "b", "c"]),
        label=st.sampled_from(["Facts", "A longer label"]),
        text=st.text(st.sampled_from("ab cd. !\n;。😀{")),
        priority=st.integers(0, 3),
        max_tokens=st.none() | st.integers(0, 30),
        inline=st.booleans(),
        keep_end=st.booleans(),
    ),
    max_size=5,
)
COUNTS: dict[str, Callable[[str], int]] = {"words": count_words, "characters": len, "tokens": count_tokens}


@pytest.mark.parametrize("counting", COUNTS)
@settings(deadline=None)
@given(sources=SOURCES, budget=st.integers(-1, 60))
def test_the_budget_is_never_exceeded_and_every_source_is_accounted_for(
    counting: str, sources: list[Source], budget: int
) -> None:
    count = COUNTS[counting]
    composed = compose(sources, budget, count)
    assert count(composed.text) <= max(budget, 0)
    assert compose(sources, budget, count) == composed
    assert len(composed.report) == sum(1 for each in sources if each.text.strip())
    for entry in composed.report:
        assert (entry.tokens > 0) is (entry.outcome is not LEFT_OUT)
        assert entry.tokens <= entry.given_tokens or counting == "tokens"


@settings(deadline=None)
@given(sources=SOURCES)
def test_with_room_enough_every_word_is_there(sources: list[Source]) -> None:
    unlimited = [Source(s.name, s.label, s.text, s.priority, None, s.inline, s.keep_end) for s in sources]
    composed = compose(unlimited, 10_000, count_words)
    assert all(entry.outcome is USED for entry in composed.report)
    assert all(each.text.strip().removesuffix(";") in composed.text for each in unlimited)
