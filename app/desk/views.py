"""What the Desk is given."""

from dataclasses import dataclass
from datetime import datetime

from app.runs.list_views import RunRowView
from app.runs.views import Pill
from app.web.shell import Shell


@dataclass(frozen=True, slots=True)
class NeedView:
    """Something that waits for a person: ``why`` says what happened, ``action`` what the button does.

    ``pill`` is a run's state, or None for something that is no run, such as the budget.
    """

    id: str
    title: str
    why: str
    href: str
    action: str
    pill: Pill | None = None


@dataclass(frozen=True, slots=True)
class NeedsView:
    """``total`` counts them all; ``needs`` are the first few. ``all_url`` leads to the rest."""

    needs: tuple[NeedView, ...] = ()
    total: int = 0
    all_url: str = ""


@dataclass(frozen=True, slots=True)
class PressView:
    """What is being made now, and how many wait behind it."""

    rows: tuple[RunRowView, ...] = ()
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class FinishedView:
    """What was finished since ``since``, the last look, or at all where this is the first."""

    rows: tuple[RunRowView, ...] = ()
    since: datetime | None = None
    all_url: str = ""


@dataclass(frozen=True, slots=True)
class DeskView:
    """``is_fresh`` says that the project never had a run. ``generate_url`` is empty for those who may not."""

    generate_url: str
    is_fresh: bool = False
    needs: NeedsView = NeedsView()
    press: PressView = PressView()
    finished: FinishedView = FinishedView()


@dataclass(frozen=True, slots=True)
class DeskPage:
    shell: Shell
    desk: DeskView
