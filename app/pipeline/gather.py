"""Stage 2: bring together what the provider will be told, and say what of it was used."""

import asyncio

import msgspec

from app.pipeline.prepare import prepare
from app.pipeline.work import Work


async def gather(work: Work) -> None:
    run = work.run
    # Counting tokens of a long context takes milliseconds that other runs on this loop should not wait for.
    work.plan = await asyncio.to_thread(
        prepare, run.recipe, work.inputs, run.language, work.voice, work.studio.settings.context_tokens
    )
    report = msgspec.json.encode(work.plan.context.report).decode()
    await work.fence.update("context_report = $3", report)
