"""A run as one row of a list."""

from app.recipes.languages import language_of
from app.runs.list_views import RunRowView
from app.runs.listing import Listed
from app.runs.show import STAGE_LABELS, kind_of, pill_of
from app.runs.tables import Lane, Run, Stage, Status


def row_of(listed: Listed, base: str) -> RunRowView:
    """``base`` is the project's path."""
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
        member=listed.email or "",
        happened=_happened(run),
        percentage=run.percentage if run.status in (Status.RUNNING, Status.WAITING) else None,
        cost=None if run.has_unknown_price or not run.cost else run.cost,
    )


def _happened(run: Run) -> str:
    if run.status == Status.FAILED:
        return run.error_message or ""
    if run.status == Status.RUNNING and run.stage:
        return STAGE_LABELS[Stage(run.stage)]
    return "A check says: look at it" if run.needs_review else ""
