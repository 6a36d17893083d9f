"""Nothing that was stored is paid for twice: a worker is killed in the middle, another one goes on."""

import signal

import asyncpg

from tests.demo_provider import DemoProvider
from tests.press import RunningPress, eventually
from tests.world import PAGE

FIRST, LATER = {"title", "meta_description", "h1"}, {"intro", "sections", "faq"}


async def test_a_run_killed_after_three_of_six_components_asks_only_for_the_others(
    at_the_press: RunningPress, demo_provider: DemoProvider
) -> None:
    for component in LATER:
        demo_provider.hold(match=f"Write: {component}", after_chunks=3)
    with at_the_press.api() as api:
        job = api.post("/generations", json=PAGE).json()["jobId"]
        demo_provider.wait_for(lambda calls: sum(call["finished"] for call in calls) == 3 and len(calls) == 6)
        connection = await asyncpg.connect(at_the_press.settings.database_url)
        eventually(lambda: _stored(api.get(f"/generations/{job}").json()) == "3 of 6", "three components are stored")
        at_the_press.stop("worker", signal.SIGKILL)
        demo_provider.release()
        demo_provider.reset()
        await connection.execute("update run set lease_until = now() where id = $1", job)
        at_the_press.start("worker")
        eventually(lambda: api.get(f"/generations/{job}").json()["status"] == "completed", "it is completed")
        calls = demo_provider.calls()
        events = await connection.fetch("select component, is_estimate from cost_event where run = $1", job)
        await connection.close()
    assert {call["component"] for call in calls} == LATER
    assert len(calls) == 3
    reported = [event["component"] for event in events if not event["is_estimate"]]
    cut_off = [event["component"] for event in events if event["is_estimate"]]
    assert sorted(reported) == sorted(FIRST | LATER)
    assert set(cut_off) == LATER


def _stored(details: dict[str, object]) -> str:
    return "3 of 6" if details["progress"] == 10 + 70 * 3 // 6 else ""
