"""A run as one row of a list."""

from datetime import datetime

from app.clock import now
from app.recipes.languages import language_of
from app.runs.list_views import RunRowView
from app.runs.listing import Listed
from app.runs.show import kind_of, pill_of
from app.runs.show_stages import AT_WORK, STAGE_LABELS
from app.runs.tables import Lane, Run, Stage, Status


def row_of(listed: Listed, base: str, *, names_member: bool = False) -> RunRowView:
    """``base`` is the project's path. Who asked for it is worth a line where more than one person could have."""
    run = listed.run
    return RunRowView(
        id=str(run.id),
        title=run.title,
        href=f"{base}/runs/{run.id}",
        pill=pill_of(run),
        kind=kind_of(run),
        language=language_of(run.language).english_name,
        lane=Lane(run.lane).label,
        created_at=run.created_at,
        member=listed.email or "" if names_member else "",
        happened=_happened(run),
        percentage=run.percentage if Status(run.status) in AT_WORK else None,
        cost=None if run.has_unknown_price or not run.cost else run.cost,
    )


def _happened(run: Run) -> str:
    stage = STAGE_LABELS[Stage(run.stage)] if run.stage else ""
    match Status(run.status):
        case Status.SCHEDULED:
            return f"Starts {_moment(run.scheduled_for)}" if run.scheduled_for else ""
        case Status.QUEUED:
            is_later = run.available_at is not None and run.available_at > now()
            return f"Tries again at {run.available_at:%H:%M:%S} UTC" if is_later else "Starts in line"
        case Status.RUNNING | Status.WAITING:
            return stage
        case Status.FAILED:
            return run.error_message or ""
        case Status.CANCELED:
            return f"Stopped at “{stage}”" if stage else "Stopped before it began"
        case Status.COMPLETED:
            return _verdict(run)


def _verdict(run: Run) -> str:
    if run.needs_review:
        return "A check says: look at it"
    return "The checks were skipped" if run.skip_quality_check else "All checks passed"


def _moment(when: datetime) -> str:
    year = "" if when.year == now().year else f" {when.year}"
    return f"{when.day} {when:%b}{year}, {when:%H:%M} UTC"
