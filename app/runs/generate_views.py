"""What the Generate page is given."""

from dataclasses import dataclass
from decimal import Decimal

from app.runs.list_views import RunRowView
from app.web.fields import FieldView
from app.web.shell import Shell


@dataclass(frozen=True, slots=True)
class KindChoice:
    """``href`` chooses it without JavaScript."""

    name: str
    label: str
    hint: str
    href: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class EstimateView:
    """What stands beside the form and on its button. ``problem`` is a sentence that says why there is no estimate yet
    or why it cannot be submitted (the budget), ``field`` the one that it speaks of, if any. ``low``, ``expected`` and
    ``high`` are None where the price is not known."""

    action: str
    low: Decimal | None = None
    expected: Decimal | None = None
    high: Decimal | None = None
    ready_in_seconds: int | None = None
    lane: str = ""
    lane_reason: str = ""
    left_this_month: Decimal | None = None
    problem: str = ""
    field: FieldView | None = None
    is_blocked: bool = False


@dataclass(frozen=True, slots=True)
class FormView:
    """The form of the Generate page. It posts to ``url``; ``fields_url`` answers with the fields of another choice
    (``_form.html``), ``estimate_url`` with ``_estimate.html``; both take the form as it stands. ``once`` marks this
    form, so that sending it twice makes one run. ``kept`` are names and values that are not shown for this choice."""

    url: str
    once: str
    fields_url: str
    estimate_url: str
    kinds: tuple[KindChoice, ...]
    fields: tuple[FieldView, ...]
    advanced: tuple[FieldView, ...] = ()
    problem: str = ""
    kept: tuple[tuple[str, str], ...] = ()

    @property
    def faulty(self) -> tuple[FieldView, ...]:
        return tuple(field for field in (*self.fields, *self.advanced) if field.error)

    @property
    def chosen(self) -> str:
        return next((kind.name for kind in self.kinds if kind.is_chosen), "")

    @property
    def opens_advanced(self) -> bool:
        return any(field.error for field in self.advanced)


@dataclass(frozen=True, slots=True)
class GeneratePage:
    """``latest`` are the last three runs."""

    shell: Shell
    form: FormView
    estimate: EstimateView
    latest: tuple[RunRowView, ...] = ()
