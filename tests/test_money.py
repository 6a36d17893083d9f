"""Money as people read it and as programs do."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.money import SMALLEST, exact, plain, spoken

AMOUNTS = st.decimals(min_value=0, max_value=10**9, places=8)


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", "$0.00"),
        ("0.00000001", "under $0.0001"),
        ("0.00004999", "under $0.0001"),
        ("0.00005", "$0.0001"),
        ("0.0031", "$0.0031"),
        ("0.0999", "$0.0999"),
        ("0.1", "$0.10"),
        ("0.125", "$0.13"),
        ("12", "$12.00"),
        ("1234567.891", "$1,234,567.89"),
        ("-0.0031", "−$0.0031"),
        ("-5", "−$5.00"),
        ("1E+3", "$1,000.00"),
    ],
)
def test_what_people_read(amount: str, said: str) -> None:
    assert spoken(Decimal(amount)) == said


@given(AMOUNTS)
def test_a_cost_never_reads_as_nothing_nor_far_from_what_it_is(amount: Decimal) -> None:
    said = spoken(amount)
    if said.startswith("under "):
        assert 0 < amount < Decimal("0.0001")
        return
    shown = Decimal(said.removeprefix("$").replace(",", ""))
    assert (shown == 0) is (amount == 0)
    assert abs(shown - amount) <= (Decimal("0.00005") if amount < Decimal("0.10") else Decimal("0.005"))


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        ("0", "0.00"),
        ("0E-8", "0.00"),
        ("5", "5.00"),
        ("5.10000000", "5.10"),
        ("0.00310000", "0.0031"),
        ("1E+3", "1000.00"),
    ],
)
def test_what_programs_read(amount: str, written: str) -> None:
    assert plain(Decimal(amount)) == written


@given(AMOUNTS)
def test_programs_read_every_digit_and_no_exponent(amount: Decimal) -> None:
    written = plain(amount)
    assert Decimal(written) == amount
    assert "E" not in written
    assert len(written.partition(".")[2]) >= 2


@given(st.decimals(min_value=0, max_value=1000, places=12))
def test_what_is_kept_is_exact_to_a_hundred_millionth(amount: Decimal) -> None:
    assert abs(exact(amount) - amount) <= SMALLEST / 2
    assert exact(exact(amount)) == exact(amount)
