"""Stage 3: ask the provider for each component that is not there yet, all at once, and store each as it is finished."""

import asyncio
from collections.abc import Coroutine
from contextlib import aclosing, suppress

import structlog

from app.errors import ContentRejected, PressroomError, ProviderTransient, TimedOut, TokenLimitExceeded
from app.live.events import run_topic
from app.live.writer import LiveText
from app.pipeline.prepare import Plan, PlannedCall
from app.pipeline.tokens import count_tokens
from app.pipeline.work import Work
from app.providers import catalog
from app.providers.contract import Delta, Finished, FinishReason, TextCall, Usage
from app.runs.checkpoints import (
    Bill,
    Call,
    begin_call,
    book_interrupted_call,
    close_unpaid_call,
    store_checkpoint,
    texts,
)
from app.runs.fence import LostLease
from app.spending.prices import Tokens, cost_of

log = structlog.get_logger()


async def generate(work: Work) -> None:
    """What is finished is stored even when another component fails; then the gravest failure is raised."""
    plan = _plan(work)
    work.parts = await texts(work.run.id, work.run.round)
    missing = [call for call in plan.calls if call.component.name not in work.parts]
    work.stages = work.counted(len(work.parts), len(plan.calls))
    await work.tell()
    results = await asyncio.gather(*(_write(work, call) for call in missing), return_exceptions=True)
    failures = [result for result in results if isinstance(result, BaseException)]
    if failures:
        raise _gravest(failures)


async def _write(work: Work, planned: PlannedCall) -> None:
    async with work.press.slots[work.run.provider]:
        call = await _begin(work, planned)
        live = LiveText(work.studio.live, run_topic(work.run.id), planned.component.name)
        finished: Finished | None = None
        try:
            finished = await _listen(work, planned, live)
            text = _accepted(work, finished, live.text)
            await _store(work, call, text, finished.model, _bill(work, finished.usage, planned, text))
        except BaseException as error:
            await _to_its_end(_book_failure(work, call, planned, live.text, finished, error))
            raise
    await work.announce()


async def _begin(work: Work, planned: PlannedCall) -> Call:
    """Records the call. A cancel that comes meanwhile finds it recorded and closes it: it is never made."""
    begun = asyncio.ensure_future(
        begin_call(
            work.fence,
            work.run,
            planned.component.name,
            prompt_tokens=planned.prompt_tokens,
            expected_output_tokens=planned.output_tokens,
        )
    )
    try:
        return await asyncio.shield(begun)
    except asyncio.CancelledError:
        await _to_its_end(_take_back(begun))
        raise


async def _to_its_end(booking: Coroutine[None, None, None]) -> None:
    """Waits for it whatever happens: a cancel may come while the loss of the lease is being booked."""
    task = asyncio.ensure_future(booking)
    while not task.done():
        with suppress(asyncio.CancelledError):
            await asyncio.shield(task)
    task.result()


async def _take_back(begun: asyncio.Future[Call]) -> None:
    with suppress(LostLease):
        await close_unpaid_call(await begun, "not made")


async def _store(work: Work, call: Call, text: str, model: str, bill: Bill) -> None:
    """One after the other: components end at the same time, and an older count must not overwrite a newer one."""
    async with work.storing:
        stages = work.counted(len(work.parts) + 1, len(_plan(work).calls))
        await store_checkpoint(work.fence, call, text, model, bill, stages)
        work.parts[call.component], work.stages = text, stages


async def _listen(work: Work, planned: PlannedCall, live: LiveText) -> Finished:
    provider = work.press.providers[work.run.provider]
    finished: Finished | None = None
    try:
        async with aclosing(provider.stream(_text_call(work, planned))) as stream:
            async for event in stream:
                if isinstance(event, Delta):
                    live.add(event.text)
                else:
                    finished = event
    finally:
        await live.close()
    if finished is None:
        raise ProviderTransient("The answer stopped before its end.")
    return finished


def _text_call(work: Work, planned: PlannedCall) -> TextCall:
    run = work.run
    model = catalog.find(run.model)
    return TextCall(
        model=run.model,
        prompt=planned.prompt,
        max_output_tokens=min(planned.most_output_tokens, model.max_output_tokens if model else 1 << 20),
        temperature=run.temperature if model and model.takes_temperature else None,
        total_timeout=float(work.studio.settings.run_timeout),
        cache_key=f"run-{run.id}" if run.batch is None else f"batch-{run.batch}",
    )


def _accepted(work: Work, finished: Finished, text: str) -> str:
    if finished.reason is FinishReason.REFUSED:
        raise ContentRejected("The provider declined to write this. Change the wording of the request and try again.")
    if finished.reason is FinishReason.LENGTH:
        raise TokenLimitExceeded(
            "The text reached the model's limit before its end. Ask for a shorter text, or choose another model."
        )
    if not text.strip():
        raise ProviderTransient("The provider sent an empty answer.")
    return text.strip()


def _bill(work: Work, usage: Usage | None, planned: PlannedCall, text: str) -> Bill:
    """Without reported usage (a call that was cut off, a provider that says nothing) our own count stands in."""
    reported = usage or Usage(input_tokens=planned.prompt_tokens, output_tokens=count_tokens(text))
    tokens = Tokens(
        input=reported.input_tokens,
        output=reported.output_tokens,
        cached=reported.cached_tokens,
        cache_write=reported.cache_write_tokens,
    )
    cost = cost_of(work.run.provider, work.run.model, tokens, unknown=work.studio.settings.unknown_price)
    return Bill(tokens, cost, is_estimate=usage is None)


async def _book_failure(
    work: Work, call: Call, planned: PlannedCall, text: str, finished: Finished | None, error: BaseException
) -> None:
    """A provider bills what it read and wrote, whatever became of it here; what it refused at once costs nothing.

    A call that we left before its first word has been read, as far as anybody knows.
    """
    outcome = error.code if isinstance(error, PressroomError) else type(error).__name__
    was_left = isinstance(error, asyncio.CancelledError | TimedOut)
    if finished is not None or text or was_left:
        usage = finished.usage if finished else None
        await book_interrupted_call(call, _bill(work, usage, planned, text), outcome)
    else:
        await close_unpaid_call(call, outcome)


def _gravest(failures: list[BaseException]) -> BaseException:
    """What cannot be retried outweighs what can; what is no error of ours (a lost lease, a cancel) outweighs both."""

    def weight(failure: BaseException) -> int:
        if not isinstance(failure, PressroomError):
            return 0
        return 2 if failure.retryable else 1

    return min(failures, key=weight)


def _plan(work: Work) -> Plan:
    assert work.plan is not None, "context-building comes first"
    return work.plan
