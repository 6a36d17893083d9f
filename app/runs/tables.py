"""A run and everything that is stored of its life."""

from enum import IntEnum, StrEnum

from piccolo.columns import (
    JSONB,
    UUID,
    Boolean,
    ForeignKey,
    Integer,
    Numeric,
    Real,
    SmallInt,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from app.accounts.tables import Member
from app.clock import now
from app.database import DB
from app.identity import new_id
from app.projects.tables import Project
from app.spending.tables import MONEY


class Status(StrEnum):
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    RUNNING = "running"
    WAITING = "waiting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_finished(self) -> bool:
        return self in FINISHED


FINISHED = frozenset({Status.COMPLETED, Status.FAILED, Status.CANCELED})


class Lane(IntEnum):
    """Stored as a number, so that the claim's index sorts by it."""

    HIGH = 0
    NORMAL = 1
    LOW = 2

    @property
    def label(self) -> str:
        return self.name.lower()


class Stage(StrEnum):
    VALIDATION = "validation"
    CONTEXT_BUILDING = "context-building"
    COMPONENT_GENERATION = "component-generation"
    TEMPLATE_ASSEMBLY = "template-assembly"
    QUALITY_VALIDATION = "quality-validation"
    POST_PROCESSING = "post-processing"
    STORAGE = "storage"


class StageStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    SKIPPED = "skipped"
    FAILED = "failed"


class Run(Table, db=DB):
    """One request to generate something.

    ``round`` counts regenerations from 1; checkpoints and revisions belong to a round. ``attempts`` counts tries that
    failed or are under way in this round, ``claims`` every time a worker took the run (a lost lease costs no attempt).
    ``promotions`` counts the lanes it went up for having waited, the next at ``promote_at``.
    ``lease_token`` is the fencing token: a worker's writes carry it and change nothing once another worker has the run.
    """

    id = UUID(primary_key=True, default=new_id)
    project = ForeignKey(Project, null=False)
    member = ForeignKey(Member, null=True)
    batch = UUID(null=True, default=None)
    recipe = Varchar(length=12)
    action = Varchar(length=20)
    title = Varchar(length=160)
    scene_id = Varchar(length=200, null=True, default=None)
    inputs = JSONB()
    language = Varchar(length=12)
    brand_voice = UUID(null=True, default=None)
    model_profile = UUID(null=True, default=None)
    provider = Varchar(length=40)
    model = Varchar(length=120)
    temperature = Real(null=True, default=None)
    fingerprint = Varchar(length=64)
    idempotency_key = Varchar(length=255, null=True, default=None)
    skip_quality_check = Boolean(default=False)

    lane = SmallInt()
    lane_source = Varchar(length=12)
    score = SmallInt(default=0)
    score_reasons = JSONB(default=[])
    is_interactive = Boolean(default=True)
    action_rank = SmallInt(default=9)
    promotions = SmallInt(default=0)
    promote_at = Timestamptz(null=True, default=None)

    status = Varchar(length=10, choices=Status)
    stage = Varchar(length=24, null=True, default=None)
    stages = JSONB(default=[])
    percentage = SmallInt(default=0)
    round = SmallInt(default=1)
    attempts = SmallInt(default=0)
    claims = SmallInt(default=0)
    lost_leases = SmallInt(default=0)
    notes = JSONB(default=[])
    context_report = JSONB(default=[])
    needs_review = Boolean(default=False)

    input_tokens = Integer(default=0)
    output_tokens = Integer(default=0)
    cached_tokens = Integer(default=0)
    cost = Numeric(digits=MONEY)
    has_unknown_price = Boolean(default=False)
    reserved = Numeric(digits=MONEY)
    budget = UUID()
    estimate_low = Numeric(digits=MONEY)
    estimate_expected = Numeric(digits=MONEY)
    estimate_high = Numeric(digits=MONEY)
    estimate_seconds = Integer(default=0)
    word_count = Integer(default=0)

    error_code = Varchar(length=40, null=True, default=None)
    error_message = Text(null=True, default=None)
    error_stage = Varchar(length=24, null=True, default=None)
    error_retryable = Boolean(default=False)

    created_at = Timestamptz(default=now)
    queued_at = Timestamptz(null=True, default=None)
    available_at = Timestamptz(null=True, default=None)
    scheduled_for = Timestamptz(null=True, default=None)
    deadline = Timestamptz(null=True, default=None)
    started_at = Timestamptz(null=True, default=None)
    completed_at = Timestamptz(null=True, default=None)
    cancel_requested_at = Timestamptz(null=True, default=None)
    lease_token = UUID(null=True, default=None)
    lease_until = Timestamptz(null=True, default=None)
    worker = Varchar(length=120, null=True, default=None)


class Checkpoint(Table, db=DB):
    """A finished component. There is one for each run, round and component; it is written once and never changed."""

    id = UUID(primary_key=True, default=new_id)
    run = ForeignKey(Run, null=False)
    round = SmallInt()
    component = Varchar(length=60)
    text = Text()
    model = Varchar(length=120)
    created_at = Timestamptz(default=now)


class ProviderCall(Table, db=DB):
    """One paid call, recorded before it is made. A row without ``ended_at`` was cut off with its worker."""

    id = UUID(primary_key=True, default=new_id)
    run = ForeignKey(Run, null=False)
    round = SmallInt()
    claim = SmallInt()
    component = Varchar(length=60)
    provider = Varchar(length=40)
    model = Varchar(length=120)
    prompt_tokens = Integer(default=0)
    expected_output_tokens = Integer(default=0)
    started_at = Timestamptz(default=now)
    ended_at = Timestamptz(null=True, default=None)
    outcome = Varchar(length=40, null=True, default=None)


class Origin(StrEnum):
    GENERATED = "generated"
    REGENERATED = "regenerated"
    EDITED = "edited"


class Revision(Table, db=DB):
    """One version of a run's content. ``parts`` maps component to text; ``checks`` are the verdicts on this version."""

    id = UUID(primary_key=True, default=new_id)
    run = ForeignKey(Run, null=False)
    number = SmallInt()
    origin = Varchar(length=12, choices=Origin)
    parts = JSONB()
    markdown = Text()
    checks = JSONB(default=[])
    word_count = Integer(default=0)
    member = ForeignKey(Member, null=True)
    created_at = Timestamptz(default=now)
