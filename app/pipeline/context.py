"""The context composer: as much as fits of what a run could tell its provider, the most important first. Pure."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.recipes.contract import Source

# Where a text may be cut: after a paragraph or line, after a sentence, and in lists after an item.
_PROSE_UNIT = re.compile(r".+?(?:\n+|(?<=[.!?…])[\"'”’»)\]]*[ \t]+|[。！？]+[”」』）]*|\Z)", re.DOTALL)
_LIST_UNIT = re.compile(r".+?(?:;\s*|\Z)", re.DOTALL)


class ContextOutcome(StrEnum):
    USED = "used"
    TRIMMED = "trimmed"
    LEFT_OUT = "left-out"


@dataclass(frozen=True, slots=True)
class ContextEntry:
    """What became of one source. ``tokens`` went into the prompt, of ``given_tokens`` that there were."""

    name: str
    label: str
    tokens: int
    given_tokens: int
    outcome: ContextOutcome


@dataclass(frozen=True, slots=True)
class ComposedContext:
    """``report`` has an entry for every source with a text, the most important first."""

    text: str = ""
    report: tuple[ContextEntry, ...] = ()


def compose(sources: Sequence[Source], budget: int, count: Callable[[str], int]) -> ComposedContext:
    """Never more than ``budget`` tokens by ``count``. Sources of equal priority stay in their order.

    Once the budget cuts into a source, all that matters less is left out: it would read as if it mattered more.
    """
    text = ""
    report: list[ContextEntry] = []
    is_full = False
    for source in sorted((s for s in sources if s.text.strip()), key=lambda s: -s.priority):
        units = _units(source)
        most = 0 if is_full else _most_that_fits(text, source, units, budget, count)
        own_most = min(most, _most_within_own_limit(source, units, most, count))
        block = _block(source, units, own_most)
        is_full = is_full or most < len(units)
        text = _joined(text, block)
        report.append(_entry(source, block, own_most, units, count))
    return ComposedContext(text, tuple(report))


def _units(source: Source) -> list[str]:
    return (_LIST_UNIT if source.inline else _PROSE_UNIT).findall(source.text.strip())


def _block(source: Source, units: Sequence[str], kept: int) -> str:
    """The source under its label with ``kept`` of its units; empty for none."""
    if kept == 0:
        return ""
    part = units[len(units) - kept :] if source.keep_end else units[:kept]
    text = "".join(part).strip().removesuffix(";") if source.inline else "".join(part).strip()
    return f"{source.label}: {text}" if source.inline else f"{source.label}:\n{text}"


def _joined(text: str, block: str) -> str:
    return f"{text}\n\n{block}" if text and block else text or block


def _most_that_fits(text: str, source: Source, units: Sequence[str], budget: int, count: Callable[[str], int]) -> int:
    return _largest(len(units), lambda kept: count(_joined(text, _block(source, units, kept))) <= budget)


def _most_within_own_limit(source: Source, units: Sequence[str], most: int, count: Callable[[str], int]) -> int:
    limit = source.max_tokens
    if limit is None:
        return most
    return _largest(most, lambda kept: count(_block(source, units, kept)) <= limit)


def _largest(most: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to ``most`` that fits, 0 where none does. What it answers has been tried.

    Token counts hardly ever fall while a text grows, so bisecting finds it; where one does, it finds a smaller one.
    """
    if most == 0 or fits(most):
        return most
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _entry(source: Source, block: str, kept: int, units: Sequence[str], count: Callable[[str], int]) -> ContextEntry:
    whole = kept == len(units)
    outcome = ContextOutcome.USED if whole else ContextOutcome.TRIMMED if kept else ContextOutcome.LEFT_OUT
    given = count(_block(source, units, len(units)))
    return ContextEntry(source.name, source.label, count(block) if kept else 0, given, outcome)
