"""The calls by which tests, and the curious, look behind the demo provider's stage."""

from litestar import Router, delete, get, post, put
from litestar.exceptions import ValidationException
from msgspec import Struct

from app.demo.provider.call_log import Call
from app.demo.provider.faults import FAULTS, FaultOrder
from app.demo.provider.stage import Stage


class HoldOrder(Struct, forbid_unknown_fields=True):
    match: str = ""
    after_chunks: int = 0


class Speed(Struct, forbid_unknown_fields=True):
    tokens_per_second: float


@get("/calls")
async def list_calls(stage: Stage, match: str | None = None) -> list[Call]:
    return stage.calls.matching(match)


@delete("/calls")
async def forget_calls(stage: Stage) -> None:
    stage.calls.clear()
    stage.cache.clear()


@post("/faults", status_code=204)
async def post_fault(stage: Stage, data: FaultOrder) -> None:
    if data.fault not in FAULTS:
        raise ValidationException(f"There is no fault {data.fault!r}; there are {', '.join(FAULTS)}.")
    stage.faults.post(data)


@delete("/faults")
async def clear_faults(stage: Stage) -> None:
    stage.faults.clear()


@post("/hold", status_code=204)
async def post_hold(stage: Stage, data: HoldOrder) -> None:
    stage.hold(data.match, data.after_chunks)


@delete("/hold")
async def release_holds(stage: Stage, match: str | None = None) -> None:
    stage.release(match)


@put("/speed", status_code=204)
async def set_speed(stage: Stage, data: Speed) -> None:
    stage.pace.tokens_per_second = data.tokens_per_second


admin = Router(
    "/admin",
    route_handlers=[
        list_calls,
        forget_calls,
        post_fault,
        clear_faults,
        post_hold,
        release_holds,
        set_speed,
    ],
)
