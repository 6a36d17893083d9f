"""What a call costs, by the shipped price list."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.spending.prices import SOURCE, Cost, Tokens, cost_of

UNKNOWN = Decimal("0.10")
MILLION = 1_000_000


def cost(model: str, tokens: Tokens, provider: str = "openai") -> Cost:
    return cost_of(provider, model, tokens, unknown=UNKNOWN)


@pytest.mark.parametrize(
    ("provider", "model", "input_price", "output_price"),
    [
        ("openai", "gpt-6-luna", "0.10", "0.50"),
        ("openai", "gpt-6.1-terra", "1", "5"),
        ("anthropic", "claude-sonnet-5-5", "2", "10"),
        ("anthropic", "claude-haiku-5-5", "0.10", "0.50"),
    ],
)
def test_the_models_that_are_shipped(provider: str, model: str, input_price: str, output_price: str) -> None:
    assert cost(model, Tokens(input=100_000), provider).amount == Decimal(input_price) / 10
    assert cost(model, Tokens(output=100_000), provider).amount == Decimal(output_price) / 10


def test_the_applied_prices_are_told_with_their_source() -> None:
    prices = cost("gpt-6-luna", Tokens(1000, 1000)).unit_prices
    assert prices is not None
    assert prices["source"] == SOURCE
    assert (Decimal(prices["input_mtok"]), Decimal(prices["output_mtok"])) == (Decimal("0.1"), Decimal("0.5"))


def test_tokens_from_the_providers_cache_cost_less_and_the_saving_is_told() -> None:
    fresh, cached = cost("gpt-6-luna", Tokens(10_000, 100)), cost("gpt-6-luna", Tokens(10_000, 100, cached=8_000))
    assert fresh.amount is not None
    assert cached.amount is not None
    assert cached.amount < fresh.amount
    assert cached.saved_by_cache == fresh.amount - cached.amount
    assert fresh.saved_by_cache == 0


def test_an_unknown_price_is_unknown_and_counts_as_the_setting() -> None:
    unpriced = cost("gpt-999-unheard-of", Tokens(10, 10))
    assert (unpriced.amount, unpriced.counted, unpriced.unit_prices) == (None, UNKNOWN, None)
    assert cost("gpt-6-luna", Tokens(10, 10), provider="nobody").amount is None


def test_a_mark_that_asks_for_a_fault_does_not_change_the_price() -> None:
    tokens = Tokens(1234, 567)
    assert cost("gpt-6-luna+429", tokens) == cost("gpt-6-luna", tokens)


def test_a_single_token_still_costs_something() -> None:
    amount = cost("gpt-6-luna", Tokens(input=1)).amount
    assert amount is not None
    assert amount > 0


@given(st.integers(0, MILLION), st.integers(0, MILLION), st.integers(0, 2 * MILLION), st.integers(0, 2 * MILLION))
def test_whatever_a_provider_reports_costs_no_less_than_nothing(
    prompt: int, output: int, cached: int, written: int
) -> None:
    priced = cost("claude-sonnet-5-5", Tokens(prompt, output, cached, written), "anthropic")
    assert priced.amount is not None
    assert priced.amount == priced.counted >= 0
    assert priced.saved_by_cache >= 0
