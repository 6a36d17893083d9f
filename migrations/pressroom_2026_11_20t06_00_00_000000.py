"""Searching in titles: the project is one of each title's words, so that the index leads to its runs alone."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database import execute_script

ID = "2026-11-20T06:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "titles are searched project by project"

# The blank before the project's id keeps it from being found by whoever searches for a part of it.
FORWARDS = """
drop index run_words;
create index run_words on run using gin
    ((to_tsvector('simple', title) || array_to_tsvector(array[' ' || project::text])));
"""

BACKWARDS = """
drop index run_words;
create index run_words on run using gin (to_tsvector('simple', title));
"""


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="pressroom", description=DESCRIPTION)

    async def run() -> None:
        await execute_script(FORWARDS)

    async def run_backwards() -> None:
        await execute_script(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
