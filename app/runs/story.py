"""A run and everything that is stored of it, read once for a page or an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from app.clock import now
from app.database import Record, fetch
from app.live.transcript import Transcript
from app.queue.depth import Place, place_of
from app.recipes import RECIPES
from app.recipes.contract import Component
from app.runs.checkpoints import texts
from app.runs.find import inputs_of, run_by_id
from app.runs.tables import Run, Status
from app.settings import Settings
from app.spending.costs import costs_of_runs


@dataclass(frozen=True, slots=True)
class Story:
    """A run and what belongs to it, as they are in the database at one moment."""

    run: Run
    components: tuple[Component, ...]
    checkpoints: Mapping[str, str]
    revisions: Sequence[Record]
    costs: Sequence[Record]
    place: Place | None
    transcript: Transcript
    shown_revision: int | None = None

    @property
    def status(self) -> Status:
        return Status(self.run.status)

    @property
    def revision(self) -> Record | None:
        """The one to show: the newest, unless another was asked for."""
        wanted = [row for row in self.revisions if self.shown_revision in (None, row["number"])]
        return wanted[-1] if wanted else None


async def read_story(
    run: Run, settings: Settings, transcript: Transcript | None = None, revision: int | None = None
) -> Story:
    return Story(
        run=run,
        components=RECIPES[run.recipe].components(inputs_of(run)),
        checkpoints=await texts(run.id, run.round),
        revisions=await fetch("select * from revision where run = $1 order by number", run.id),
        costs=await costs_of_runs([run.id]),
        place=await place_of(run, now(), settings.runs_per_project),
        transcript=transcript or Transcript(),
        shown_revision=revision,
    )


async def story_of(run_id: UUID, settings: Settings, transcript: Transcript) -> Story | None:
    run = await run_by_id(run_id)
    return await read_story(run, settings, transcript) if run else None
