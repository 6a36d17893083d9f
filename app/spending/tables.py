"""Budgets, the ledger that explains them, and what each provider call cost. All amounts are US dollars.

``Budget`` holds balances; each change of one is one statement together with one ``LedgerEntry``, so that the balances
equal the sums of the entries at all times. A run is named by its id without a foreign key: the ledger outlives it.
"""

from enum import StrEnum

from piccolo.columns import JSONB, UUID, Boolean, ForeignKey, Integer, Numeric, Timestamptz, Varchar
from piccolo.table import Table

from app.accounts.tables import Member
from app.clock import now
from app.database import DB
from app.identity import new_id
from app.projects.tables import Project

MONEY = (18, 8)


class Budget(Table, db=DB):
    """One project's month (``2026-11``, UTC). There is room for what fits under ``monthly_limit``."""

    id = UUID(primary_key=True, default=new_id)
    project = ForeignKey(Project, null=False)
    month = Varchar(length=7)
    monthly_limit = Numeric(digits=MONEY)
    spent = Numeric(digits=MONEY)
    reserved = Numeric(digits=MONEY)


class Movement(StrEnum):
    RESERVE = "reserve"
    SETTLE = "settle"
    RELEASE = "release"


class LedgerEntry(Table, db=DB):
    """Append-only. ``cause`` names the cost event of a settlement, the status that released a rest, or the submit."""

    id = UUID(primary_key=True, default=new_id)
    budget = ForeignKey(Budget, null=False, index=True)
    run = UUID(null=True, default=None, index=True)
    movement = Varchar(length=10, choices=Movement)
    spent = Numeric(digits=MONEY)
    reserved = Numeric(digits=MONEY)
    cause = Varchar(length=80, default="")
    created_at = Timestamptz(default=now)


class CostEvent(Table, db=DB):
    """What one provider call cost. Append-only; ``call`` is unique, so that a call is paid once.

    ``amount`` is null where the price is unknown; ``counted`` is what it weighs in the budget then (the estimate), and
    the same as ``amount`` otherwise. ``is_estimate`` says that the provider reported no usage (a cut or canceled call).
    ``unit_prices`` are the applied prices in dollars per million tokens, with their source.
    """

    id = UUID(primary_key=True, default=new_id)
    call = UUID(unique=True)
    run = UUID(index=True)
    project = ForeignKey(Project, null=False)
    member = ForeignKey(Member, null=True)
    batch = UUID(null=True, default=None)
    recipe = Varchar(length=12)
    component = Varchar(length=60)
    provider = Varchar(length=40)
    model = Varchar(length=120)
    input_tokens = Integer(default=0)
    output_tokens = Integer(default=0)
    cached_tokens = Integer(default=0)
    cache_write_tokens = Integer(default=0)
    unit_prices = JSONB(null=True, default=None)
    amount = Numeric(digits=MONEY, null=True, default=None)
    counted = Numeric(digits=MONEY)
    saved_by_cache = Numeric(digits=MONEY)
    is_estimate = Boolean(default=False)
    created_at = Timestamptz(default=now)
