"""What a run will probably cost and how long it will take, before anybody presses the button."""

from dataclasses import dataclass
from decimal import Decimal

from app.database import fetchval
from app.money import ZERO, exact
from app.pipeline.prepare import Plan
from app.queue.request import Request
from app.spending.prices import Tokens, cost_of

LOW, HIGH = Decimal("0.75"), Decimal("1.5")
TOKENS_PER_SECOND = 60
RECENT_RUNS = 50
OVERHEAD_SECONDS = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """US dollars and seconds. ``is_price_known`` is False where the figures are the setting for unknown prices."""

    low: Decimal
    expected: Decimal
    high: Decimal
    seconds: int
    is_price_known: bool = True


async def estimate(request: Request, plan: Plan, unknown_price: Decimal) -> Estimate:
    """``high`` is what gets reserved. Prompts are counted, outputs guessed from the wished lengths."""
    low = expected = high = ZERO
    known = True
    for call in plan.calls:
        costs = [
            cost_of(
                request.profile.provider,
                request.profile.model,
                Tokens(input=call.prompt_tokens, output=min(int(call.output_tokens * factor), call.most_output_tokens)),
                unknown=unknown_price,
            )
            for factor in (LOW, Decimal(1), HIGH)
        ]
        known = known and costs[0].amount is not None
        low, expected, high = (total + cost.counted for total, cost in zip((low, expected, high), costs, strict=True))
    return Estimate(exact(low), exact(expected), exact(high), await _seconds(request, plan), known)


async def _seconds(request: Request, plan: Plan) -> int:
    """The median of this project's latest runs of the kind; without any, the longest component at a usual speed."""
    median = await fetchval(
        """select percentile_cont(0.5) within group (order by extract(epoch from completed_at - started_at))
        from (select completed_at, started_at from run where project = $1 and recipe = $2 and status = 'completed'
              order by completed_at desc limit $3) latest""",
        request.project.id,
        request.recipe,
        RECENT_RUNS,
    )
    if median is not None:
        return max(1, round(float(median)))
    longest = max((call.output_tokens for call in plan.calls), default=0)
    return int(OVERHEAD_SECONDS + longest // TOKENS_PER_SECOND)
