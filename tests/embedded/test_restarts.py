"""The pauses between a process's lives."""

import pytest

from app.embedded.restarts import LONG_LIFE, PAUSES, Restarts

A_MOMENT = 0.5


def live(restarts: Restarts, now: float, seconds: float) -> float | None:
    """Lives for so long from ``now`` on."""
    restarts.begins_again(now)
    return restarts.pause_after(now + seconds)


@pytest.mark.parametrize("life", [A_MOMENT, LONG_LIFE - 1])
def test_whoever_dies_young_waits_ever_longer_and_in_the_end_for_ever(life: float) -> None:
    restarts = Restarts(0)
    pauses = [live(restarts, 1000.0 * number, life) for number in range(len(PAUSES) + 1)]
    assert pauses == [*PAUSES, None]
    assert list(PAUSES) == sorted(PAUSES)


def test_a_long_life_makes_up_for_all_short_ones() -> None:
    restarts = Restarts(0)
    for number in range(len(PAUSES)):
        assert live(restarts, 1000.0 * number, A_MOMENT) == PAUSES[number]
    assert live(restarts, 10_000, LONG_LIFE) == PAUSES[0]
    assert [live(restarts, 20_000, A_MOMENT) for _ in range(len(PAUSES) + 1)] == [*PAUSES, None]


def test_long_lives_may_end_as_often_as_they_like() -> None:
    restarts = Restarts(0)
    assert {live(restarts, 1000.0 * number, LONG_LIFE) for number in range(50)} == {PAUSES[0]}
