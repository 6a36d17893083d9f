"""Stage 7: the revision, the rest of the money, the status. One transaction; afterwards the run is completed."""

from app.pipeline.work import Work
from app.recipes.languages import count_words
from app.runs.tables import StageStatus
from app.runs.transitions import Output, complete


async def store(work: Work) -> None:
    output = Output(
        parts=work.parts,
        markdown=work.markdown,
        verdicts=work.verdicts,
        word_count=count_words(work.markdown),
    )
    work.end(StageStatus.COMPLETED)
    await complete(work.fence, work.run, output, work.stages)
    await work.studio.live.changed(*work.topics)
