"""What the list of runs is given, and every other place that shows runs as rows."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.runs.views import Pill
from app.web.shell import Shell


@dataclass(frozen=True, slots=True)
class RunRowView:
    """``happened`` is the error's sentence, the flag, or how far it is; ``percentage`` is given while it is made.
    ``cost`` is None where nothing was spent yet or a price is not known. ``member`` is empty where it goes without
    saying."""

    id: str
    title: str
    href: str
    pill: Pill
    kind: str
    language: str
    lane: str
    created_at: datetime
    member: str
    subtitle: str = ""
    happened: str = ""
    percentage: int | None = None
    cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class FilterView:
    """One drop-down of the list's filters; its first option means any."""

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ListView:
    """The rows of one page of the list. ``is_filtered`` tells a list that matches nothing from a project without runs.
    ``older_url`` and ``newest_url`` are empty where they lead nowhere, ``generate_url`` for those who may not."""

    url: str
    rows: tuple[RunRowView, ...]
    generate_url: str
    is_filtered: bool = False
    older_url: str = ""
    newest_url: str = ""


@dataclass(frozen=True, slots=True)
class RunsPage:
    shell: Shell
    list: ListView
    filters: tuple[FilterView, ...]
    search: str
