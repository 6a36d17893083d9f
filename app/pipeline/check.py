"""Stage 5: hold the output against what was asked for. A failed check flags the run; it does not fail it."""

import asyncio

from app.pipeline.work import Work
from app.quality.checks import run_checks
from app.quality.contract import Subject


async def check(work: Work) -> None:
    run = work.run
    subject = Subject(
        recipe=run.recipe,
        action=run.action,
        language=run.language,
        markdown=work.markdown,
        parts=work.parts,
        components=work.recipe.components(work.inputs),
        expectations=work.recipe.expectations(work.inputs, run.language),
        forbidden_words=work.voice.forbidden_words if work.voice else (),
        given=work.inputs.given(),
    )
    work.verdicts = await asyncio.to_thread(run_checks, subject)
