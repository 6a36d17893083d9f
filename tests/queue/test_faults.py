"""Every way in which the demo provider can fail, and how a run ends with it: tried again, or for good, and in words."""

from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal

import pytest

from app.database import fetchval
from app.demo.provider.faults import FAULTS
from app.pipeline.work import Press
from app.providers.anthropic import Anthropic
from app.providers.connection import Timeouts
from app.providers.contract import TextProvider
from app.providers.openai import OpenAI
from app.queue.work import FailedForGood, TryAgain, Workplace, work_on_one
from app.runs.tables import Status
from app.spending.ledger import differences
from tests.demo_provider import DemoProvider
from tests.world import World, again, balances, submitted

AGAIN, FOR_GOOD, FINE = TryAgain, FailedForGood, None
ENDINGS = {
    "429": (AGAIN, "RATE_LIMITED"),
    "500": (AGAIN, "GENERATION_ERROR"),
    "503": (AGAIN, "GENERATION_ERROR"),
    "529": (AGAIN, "GENERATION_ERROR"),
    "invalid-key": (FOR_GOOD, "GENERATION_ERROR"),
    "no-credit": (FOR_GOOD, "GENERATION_ERROR"),
    "token-limit": (FOR_GOOD, "TOKEN_LIMIT_EXCEEDED"),
    "model-gone": (AGAIN, "MODEL_UNAVAILABLE"),
    "stall": (AGAIN, "GENERATION_ERROR"),
    "cut": (AGAIN, "GENERATION_ERROR"),
    "reset": (AGAIN, "GENERATION_ERROR"),
    "error": (AGAIN, "GENERATION_ERROR"),
    "malformed": (AGAIN, "GENERATION_ERROR"),
    "slow": (FINE, None),
    "refusal": (FOR_GOOD, "CONTENT_REJECTED"),
    "blank": (AGAIN, "GENERATION_ERROR"),
    "nonsense": (AGAIN, "GENERATION_ERROR"),
    "outage": (AGAIN, "GENERATION_ERROR"),
}
WRITES_FIRST = ("cut", "reset", "error", "malformed")


@pytest.fixture
async def impatient(place: Workplace, demo_provider: DemoProvider) -> AsyncIterator[Workplace]:
    """A worker that gives a silent provider half a second."""
    timeouts = Timeouts(connect=1, read=0.5)
    providers: dict[str, TextProvider] = {
        "openai": OpenAI("demo", demo_provider.openai_url, timeouts),
        "anthropic": Anthropic("demo", demo_provider.anthropic_url, timeouts),
    }
    yield replace(place, press=Press(providers, place.press.slots))
    for provider in providers.values():
        await provider.close()


def test_every_fault_has_an_ending() -> None:
    assert set(ENDINGS) == set(FAULTS)


@pytest.mark.parametrize("model", ["gpt-6-luna", "claude-haiku-5-5"])
@pytest.mark.parametrize("fault", ENDINGS)
async def test_a_run_ends_as_its_fault_deserves(
    impatient: Workplace, world: World, demo_provider: DemoProvider, fault: str, model: str
) -> None:
    ending, code = ENDINGS[fault]
    argument = ":0.1" if fault in ("slow", "outage") else ""
    run = await submitted(impatient.studio, world, model=f"{model}+{fault}{argument}")
    if ending is FINE:
        await work_on_one(impatient, None, lambda _: None)
        assert (await again(run)).status == Status.COMPLETED
        return
    with pytest.raises(ending):
        await work_on_one(impatient, None, lambda _: None)
    ended = await again(run)
    assert ended.status == (Status.QUEUED if ending is AGAIN else Status.FAILED)
    assert ended.error_code == code
    assert ended.error_message
    assert ended.error_message.endswith(".")
    assert await differences() == []
    spent, reserved = (Decimal(amount) for amount in await balances(world.lamps))
    assert reserved == (ended.estimate_high - spent if ending is AGAIN else 0)
    paid = await fetchval("select count(*) from cost_event where run = $1 and is_estimate", run.id)
    if fault in WRITES_FIRST:
        assert paid == 1  # what was written until it broke has to be paid
    if ended.status == Status.QUEUED:
        assert ended.available_at is not None
