"""Every actor: ids in, one domain call. Started with ``dramatiq workers.actors``."""

from uuid import UUID

import dramatiq
from dramatiq.middleware import CurrentMessage

from app.queue.work import FailedForGood, TryAgain, work_on_one
from app.settings import Settings
from app.wake import RUNS_QUEUE
from workers.broker import make_broker
from workers.resources import Resources

settings = Settings.from_environment()
resources = Resources(settings)
broker = make_broker(settings, resources)


def _only_when_asked(_: int, error: BaseException) -> bool:
    return isinstance(error, dramatiq.Retry)


@dramatiq.actor(queue_name=RUNS_QUEUE, throws=FailedForGood, retry_when=_only_when_asked)
async def work_on_run(run: str | None = None) -> None:
    """A wake-up carries no run; the one it takes is written into it, so that its retry means that run."""
    message = CurrentMessage.get_current_message()
    assert message is not None
    assert resources.place is not None
    try:
        await work_on_one(
            resources.place, UUID(run) if run else None, lambda taken: message.kwargs.update(run=str(taken))
        )
    except TryAgain as again:
        raise dramatiq.Retry(delay=round(again.delay * 1000)) from again
