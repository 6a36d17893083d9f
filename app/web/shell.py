"""What stands around every page of a project: navigation, projects, the month's budget, the live stream."""

from dataclasses import dataclass
from decimal import Decimal

from app.money import spoken


@dataclass(frozen=True, slots=True)
class NavItem:
    """``icon`` is the name of a file in ``static/vendor/lucide``. ``key`` is pressed after ``g`` to get there.
    ``due`` says that the count waits for somebody."""

    label: str
    icon: str
    href: str
    key: str = ""
    current: bool = False
    count: int | None = None
    due: bool = False


@dataclass(frozen=True, slots=True)
class ProjectChoice:
    name: str
    href: str
    current: bool = False


@dataclass(frozen=True, slots=True)
class MeterView:
    """One project's month. ``month`` is its name: November. US dollars."""

    month: str
    spent: Decimal
    reserved: Decimal
    limit: Decimal
    href: str = ""

    @property
    def spent_percent(self) -> int:
        return self._percent(self.spent)

    @property
    def reserved_percent(self) -> int:
        """At least one where anything is held, so that it is seen."""
        return max(self._percent(self.reserved), 1 if self.reserved else 0)

    @property
    def level(self) -> str:
        """``over`` from 100 % of the limit, ``near`` from 80 %, reservations included; else nothing."""
        taken = self._percent(self.spent + self.reserved)
        return "over" if taken >= 100 else "near" if taken >= 80 else ""

    @property
    def word(self) -> str:
        return {"over": "used up", "near": "nearly used up"}.get(self.level, "")

    @property
    def limit_spoken(self) -> str:
        return spoken(self.limit).removesuffix(".00")

    def _percent(self, amount: Decimal) -> int:
        return int(amount * 100 / self.limit) if self.limit > 0 else 100


@dataclass(frozen=True, slots=True)
class Shell:
    """``stream_url`` is the page's one live stream, None on pages where nothing can change. ``heartbeat`` is in
    seconds: how often the stream speaks when nothing happens. ``demo`` is the sentence that says that content is demo
    content, else empty."""

    project: str
    home: str
    member: str
    nav: tuple[NavItem, ...]
    projects: tuple[ProjectChoice, ...] = ()
    meter: MeterView | None = None
    stream_url: str | None = None
    heartbeat: int = 15
    demo: str = ""
    sign_out_url: str = "/sign-out"
