"""What ``pressroom doctor`` looks at that its command line does not show."""

from app import doctor
from app.database import execute
from app.queue.steer import cancel
from app.studio import Studio
from tests.world import World, submitted


async def test_a_missing_migration_is_named_with_its_remedy(database: None) -> None:
    await execute("update migration set name = name || ' not' where id = (select max(id) from migration)")
    try:
        finding = await doctor._migrations()
    finally:
        await execute("update migration set name = replace(name, ' not', '')")
    assert not finding.fine
    assert finding.says == "1 migrations are missing: run `pressroom migrate`."


async def test_money_held_for_an_ended_run_is_found(studio: Studio, world: World) -> None:
    run = await submitted(studio, world)
    assert (await doctor._reservations()).fine
    await cancel(studio, run)
    assert (await doctor._reservations()).says == "$0.00 is held for runs under way."
    await execute("update run set reserved = 1 where id = $1", run.id)
    finding = await doctor._reservations()
    assert not finding.fine
    assert finding.says == "1 budgets hold something else than their runs; 1 ended runs still hold money."
