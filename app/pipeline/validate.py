"""Stage 1: is everything still there that this run needs? It may have waited for days since it was submitted."""

from app.errors import ModelUnavailable
from app.pipeline.work import Work
from app.providers import catalog


async def validate(work: Work) -> None:
    run = work.run
    if catalog.find(run.model) is None:
        raise ModelUnavailable(f"The model {run.model} is no longer in Pressroom's list. Choose another one.")
    if run.provider not in work.press.providers:
        raise ModelUnavailable(f"No key is set for {run.provider.title()}. Add one, or choose another model.")
