"""Measured values as a calm table: distributions, and how much of its minimum each one takes."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

NAME_WIDTH, FIGURE_WIDTH = 46, 8
PERCENTILES = (50, 95, 99, 100)


@dataclass(frozen=True, slots=True)
class Minimum:
    """What was promised: the percentile ``of`` the values is at most ``limit``, in the row's unit."""

    limit: float
    of: int = 99


@dataclass(frozen=True, slots=True)
class Row:
    """``minimum`` is None for what is only good to know."""

    name: str
    values: Sequence[float]
    unit: str = "ms"
    minimum: Minimum | None = None


def percentile(values: Sequence[float], of: int) -> float:
    """The smallest value that ``of`` per cent of them do not exceed (nearest rank)."""
    ranked = sorted(values)
    return ranked[max(0, ceil(of / 100 * len(ranked)) - 1)]


def heading(title: str) -> str:
    columns = (title.ljust(NAME_WIDTH), *(f"{word:>{FIGURE_WIDTH}}" for word in ("times", "p50", "p95", "p99", "most")))
    return "".join(columns)


def line(row: Row) -> str:
    if not row.values:
        return f"  {row.name:<{NAME_WIDTH - 2}}{'none':>{FIGURE_WIDTH}}"
    figures = [row.values[0]] if len(row.values) == 1 else [percentile(row.values, of) for of in PERCENTILES]
    blanks = [""] * (len(PERCENTILES) - len(figures))
    cells = [f"{len(row.values)}", *(_spoken(figure) for figure in figures), *blanks]
    return (
        f"  {row.name:<{NAME_WIDTH - 2}}{''.join(f'{cell:>{FIGURE_WIDTH}}' for cell in cells)} {_judged(row)}".rstrip()
    )


def _judged(row: Row) -> str:
    if row.minimum is None:
        return row.unit
    ratio = percentile(row.values, row.minimum.of) / row.minimum.limit
    which = "" if len(row.values) == 1 else "most " if row.minimum.of == 100 else f"p{row.minimum.of} "
    verdict = "" if ratio <= 1 else "  MISSED"
    return f"{row.unit:<6} {which}≤ {row.minimum.limit:g}: {ratio:.2f} of it{verdict}"


def _spoken(value: float) -> str:
    return f"{value:.1f}" if value < 10 else f"{value:,.0f}"
