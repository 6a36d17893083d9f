"""Stage 4: put the components together."""

from app.pipeline.work import Work


async def assemble(work: Work) -> None:
    work.markdown = work.recipe.assemble(work.inputs, work.run.language, work.parts)
