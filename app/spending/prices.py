"""What a call costs: tokens as the provider reported them times the price list of ``genai-prices`` (dated, offline).

An unknown price is unknown: ``amount`` is None then, and ``counted`` says what the call weighs in the budget instead.
"""

from dataclasses import dataclass
from decimal import Decimal
from importlib.metadata import version
from typing import Any

from genai_prices import Usage as PricedUsage
from genai_prices import calc_price

from app.money import ZERO, exact

SOURCE = f"genai-prices {version('genai-prices')}"
PRICE_FIELDS = ("input_mtok", "cache_read_mtok", "cache_write_mtok", "output_mtok")


@dataclass(frozen=True, slots=True)
class Tokens:
    """``input`` includes the tokens that were read from or written to the provider's cache."""

    input: int = 0
    output: int = 0
    cached: int = 0
    cache_write: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars. ``unit_prices`` are per million tokens, with their source; None where the price is unknown."""

    amount: Decimal | None
    counted: Decimal
    saved_by_cache: Decimal = ZERO
    unit_prices: dict[str, str] | None = None


def cost_of(provider: str, model: str, tokens: Tokens, *, unknown: Decimal) -> Cost:
    """``unknown`` is what a call of unknown price counts for."""
    try:
        priced = _price(provider, model, tokens)
        plain = _price(provider, model, Tokens(input=tokens.input, output=tokens.output))
    except LookupError:
        return Cost(amount=None, counted=unknown)
    amount = exact(priced.total_price)
    saved = max(exact(plain.total_price) - amount, ZERO) if tokens.cached else ZERO
    return Cost(amount, amount, saved, _unit_prices(priced.model_price, tokens.input))


def _price(provider: str, model: str, tokens: Tokens) -> Any:
    usage = PricedUsage(
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cache_read_tokens=min(tokens.cached, tokens.input),
        cache_write_tokens=min(tokens.cache_write, max(tokens.input - tokens.cached, 0)),
    )
    # A marker behind "+" asks the demo provider to misbehave; the price is the model's.
    return calc_price(usage, model_ref=model.partition("+")[0], provider_id=provider)


def _unit_prices(prices: Any, input_tokens: int) -> dict[str, str]:
    applied = {"source": SOURCE}
    for name in PRICE_FIELDS:
        price = getattr(prices, name, None)
        if price is None:
            continue
        for tier in getattr(price, "tiers", ()):
            if input_tokens > tier.start:
                price = tier.price
        applied[name] = str(getattr(price, "base", price))
    return applied
