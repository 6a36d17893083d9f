"""In which lane a run waits, and why. Pure; the figures are the product's own (see docs/architecture.md)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from app.runs.tables import Lane

HIGH_FROM, NORMAL_FROM = 70, 40
ACTION_RANKS = {"REWRITE": 0, "WRITE": 1, "DESCRIBE": 2}
LAST_RANK = 3


class LaneSource(StrEnum):
    CHOSEN = "chosen"
    SCORED = "scored"
    AWAITED = "awaited"


class Reason(msgspec.Struct, frozen=True):
    """``points`` is 0 for a reason that is no figure: somebody chose the lane, or waits for the run."""

    text: str
    points: int = 0


class Metadata(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """What the caller knows about the subject's weight."""

    sku_count: int | None = None
    monthly_searches: int | None = None
    content_status: str | None = None


@dataclass(frozen=True, slots=True)
class Placement:
    lane: Lane
    source: LaneSource
    score: int
    reasons: tuple[Reason, ...]


def place(
    *, chosen: Lane | None, metadata: Metadata | None, deadline: datetime | None, is_bulk: bool, now: datetime
) -> Placement:
    """The person's choice; else by score for bulk rows and runs that say something of their weight; else high."""
    reasons = _scored(metadata, deadline, now)
    score = sum(reason.points for reason in reasons)
    if chosen is not None:
        return Placement(chosen, LaneSource.CHOSEN, score, (Reason("Somebody chose this lane"),))
    if is_bulk or metadata is not None or deadline is not None:
        lane = Lane.HIGH if score >= HIGH_FROM else Lane.NORMAL if score >= NORMAL_FROM else Lane.LOW
        return Placement(lane, LaneSource.SCORED, score, reasons)
    return Placement(Lane.HIGH, LaneSource.AWAITED, score, (Reason("Somebody is waiting for it"),))


def promotion_time(lane: Lane, queued_at: datetime, minutes: int) -> datetime | None:
    """When a run goes up a lane for having waited; None in the best one."""
    return queued_at + timedelta(minutes=minutes) if lane is not Lane.HIGH else None


def action_rank(action: str) -> int:
    return ACTION_RANKS.get(action, LAST_RANK)


def _scored(metadata: Metadata | None, deadline: datetime | None, now: datetime) -> tuple[Reason, ...]:
    facts = metadata or Metadata()
    reasons = [
        Reason(f"{facts.sku_count or 0:,} products", _step(facts.sku_count, 1000, 100)),
        Reason(f"{facts.monthly_searches or 0:,} searches a month", _step(facts.monthly_searches, 10_000, 1000)),
    ]
    if facts.content_status == "missing":
        reasons.append(Reason("No text yet", 20))
    elif facts.content_status == "outdated":
        reasons.append(Reason("The text is out of date", 10))
    if deadline is not None:
        reasons.extend(_pressing(deadline - now))
    return tuple(reasons)


def _step(value: int | None, large: int, medium: int) -> int:
    known = value or 0
    return 30 if known > large else 20 if known > medium else 10


def _pressing(left: timedelta) -> list[Reason]:
    if left < timedelta(hours=24):
        return [Reason("Due within 24 hours", 30)]
    return [Reason("Due within 72 hours", 20)] if left < timedelta(hours=72) else []
