"""What the pages of runs are given: plain values, ready to be shown.

A partial ``_name.html`` reads one variable, ``name``, and nothing else: it is the same whether it comes with the page,
as a reply or over the live stream. Templates neither query nor compute.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from markupsafe import Markup

from app.quality.contract import Outcome
from app.runs.tables import StageStatus
from app.web.shell import Shell


class Pill(StrEnum):
    """How a run's state is shown; each is a file in ``templates/runs/status``. FLAGGED is a completed run of which a
    check says that somebody should look."""

    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FLAGGED = "flagged"
    FAILED = "failed"
    CANCELED = "canceled"


class ComponentState(StrEnum):
    """STOPPED is a part that nobody writes any more: its run was canceled, or failed before it began."""

    WAITING = "waiting"
    WRITING = "writing"
    READY = "ready"
    FAILED = "failed"
    STOPPED = "stopped"


class ComponentLook(StrEnum):
    """TITLE and DESCRIPTION are set like a search result, HEADLINE as the page's own title, PROSE as Markdown."""

    TITLE = "title"
    DESCRIPTION = "description"
    HEADLINE = "headline"
    PROSE = "prose"


@dataclass(frozen=True, slots=True)
class Crumb:
    """One part of the line above the title; ``href`` empty where it leads nowhere."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class HeadView:
    """``url`` is the run's address. Its forms post to ``…/cancellation`` and ``…/regeneration``; ``again_url`` is the
    Generate page with these inputs, empty where it is not offered. What to do about a failure stands with the error."""

    title: str
    url: str
    icon: str
    crumbs: tuple[Crumb, ...]
    pill: Pill
    can_cancel: bool = False
    can_regenerate: bool = False
    again_url: str = ""


@dataclass(frozen=True, slots=True)
class StageView:
    """``filled`` is 0–100. ``detail`` is how far it came: "4 of 6", "stopped at 4 of 6", "tries again".
    ``elapsed_ms`` is the time that a running stage has taken when this is drawn; it goes on in the browser."""

    name: str
    label: str
    state: StageStatus
    filled: int = 0
    duration_ms: int | None = None
    elapsed_ms: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class StagesView:
    """``spoken`` is read out when it changes, so it changes with stages and not with every token. ``took_ms`` is the
    time of all stages, given once they are done."""

    stages: tuple[StageView, ...]
    percentage: int
    spoken: str
    took_ms: int | None = None


@dataclass(frozen=True, slots=True)
class WaitingView:
    """``because`` is a whole sentence. ``position`` counts from 1. Seconds until it starts."""

    because: str
    position: int | None = None
    earliest_seconds: int | None = None
    latest_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class ErrorView:
    """``title`` says what failed, ``message`` what happened, ``next_step`` what to do.
    ``change_url`` is the form with this run's inputs. ``can_pass`` says that trying again may be enough."""

    title: str
    message: str
    next_step: str
    code: str
    retry_url: str = ""
    change_url: str = ""
    can_pass: bool = False


@dataclass(frozen=True, slots=True)
class ComponentView:
    """``text`` is what there is of it so far: Markdown for PROSE, else one plain line. ``html`` is that PROSE where it
    has been rendered already, None where the template does it."""

    name: str
    label: str
    state: ComponentState
    look: ComponentLook = ComponentLook.PROSE
    text: str = ""
    html: Markup | None = None


@dataclass(frozen=True, slots=True)
class SnippetView:
    """The page as a search engine would list it."""

    address: str
    title: str
    description: str


@dataclass(frozen=True, slots=True)
class DownloadView:
    label: str
    href: str


@dataclass(frozen=True, slots=True)
class OutputView:
    """While a run writes: ``components``. When it is done: ``result``, the assembled Markdown; ``shown`` is what
    of it stands below the snippet of a page. ``language`` is a BCP 47 code."""

    language: str
    components: tuple[ComponentView, ...] = ()
    result: str = ""
    shown: str = ""
    snippet: SnippetView | None = None
    words: int | None = None
    downloads: tuple[DownloadView, ...] = ()


@dataclass(frozen=True, slots=True)
class CallView:
    """One provider call. ``amount`` is None where its price is not known."""

    label: str
    model: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    amount: Decimal | None


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """US dollars. ``reused`` is what context in the provider's cache saved. ``expected`` is None once it is settled,
    or where nothing is known. ``unpriced`` counts the calls whose price is not known; they are held at the estimate."""

    reserved: Decimal
    spent: Decimal
    reused: Decimal
    expected: Decimal | None
    is_settled: bool
    model: str = ""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    unpriced: int = 0
    calls: tuple[CallView, ...] = ()


@dataclass(frozen=True, slots=True)
class ReasonView:
    """``points`` is None for a reason that is no score, such as somebody's choice."""

    label: str
    points: int | None = None


@dataclass(frozen=True, slots=True)
class LaneView:
    lane: str
    reasons: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True)
class ContextEntryView:
    """``outcome`` is ``used``, ``trimmed`` or ``left out``; ``tokens`` what was kept."""

    label: str
    tokens: int
    outcome: str = "used"


@dataclass(frozen=True, slots=True)
class ContextView:
    entries: tuple[ContextEntryView, ...]
    used_tokens: int
    budget_tokens: int


@dataclass(frozen=True, slots=True)
class CheckView:
    label: str
    outcome: Outcome
    summary: str
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChecksView:
    """``skipped`` says that the person asked for none."""

    checks: tuple[CheckView, ...] = ()
    skipped: bool = False

    @property
    def passed(self) -> int:
        return sum(check.outcome is Outcome.PASSED for check in self.checks)

    @property
    def flagged(self) -> int:
        return sum(check.outcome is Outcome.FLAGGED for check in self.checks)


@dataclass(frozen=True, slots=True)
class RevisionView:
    """``origin`` reads "Generated", "Regenerated" or "Edited"."""

    number: int
    origin: str
    created_at: datetime
    words: int | None = None
    is_current: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class RunView:
    """One run. A partial whose view is None or empty is drawn hidden, so that the live stream can fill it later."""

    id: str
    head: HeadView
    stages: StagesView
    output: OutputView
    receipt: ReceiptView
    lane: LaneView
    waiting: WaitingView | None = None
    error: ErrorView | None = None
    context: ContextView | None = None
    checks: ChecksView | None = None
    revisions: tuple[RevisionView, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunPage:
    shell: Shell
    run: RunView
