"""US dollars as ``Decimal``, and how a person reads them."""

from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal(0)
#: What the database keeps: a hundred-millionth of a dollar, so that one token of the cheapest model still counts.
SMALLEST = Decimal("0.00000001")


def exact(amount: Decimal) -> Decimal:
    return amount.quantize(SMALLEST, ROUND_HALF_UP)


def spoken(amount: Decimal) -> str:
    """To the cent; below ten cents to the hundredth of a cent, so that a small cost never reads as nothing."""
    sign, size = ("−" if amount < 0 else ""), abs(amount)
    if 0 < size < Decimal("0.00005"):
        return f"under {sign}$0.0001"
    places = "0.0001" if 0 < size < Decimal("0.10") else "0.01"
    return f"{sign}${size.quantize(Decimal(places), ROUND_HALF_UP):,}"


def plain(amount: Decimal) -> str:
    """For JSON and CSV: no exponent, no trailing zeros beyond the cent."""
    whole, _, part = f"{amount:f}".partition(".")
    return f"{whole}.{part.rstrip('0').ljust(2, '0')}"
