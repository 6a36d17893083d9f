"""The time, in one place. Always aware, always UTC."""

from datetime import UTC, datetime


def now() -> datetime:
    return datetime.now(UTC)


def month_of(moment: datetime) -> str:
    """The calendar month that a moment's money belongs to, as ``2026-11``."""
    return moment.astimezone(UTC).strftime("%Y-%m")
