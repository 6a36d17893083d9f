"""How a worker takes a run: one at a time, so that a project's limit holds however many workers ask at once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database import execute_script

ID = "2026-11-20T07:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "claim_run"

FORWARDS = """
create function claim_run(new_token uuid, lease_seconds float8, worker_name text, most_per_project int, only_run uuid)
returns setof run language plpgsql as $$
declare
    chosen uuid;
begin
    -- A claim that a crash of the database takes back is a run that waits again: it need not wait for the disk.
    perform set_config('synchronous_commit', 'off', true);
    perform pg_advisory_xact_lock(7405117);
    if only_run is not null then
        select id into chosen from run
        where id = only_run and status = 'queued' and coalesce(available_at, now()) <= now()
            and (select count(*) from run other where other.status = 'running' and other.project = run.project)
                < most_per_project
        for update skip locked;
    else
        for best_lane in 0..2 loop
            with recursive waiting as (
                (select project from run where status = 'queued' and available_at is null and lane = best_lane
                 order by project limit 1)
                union all
                select next.project from waiting, lateral (
                    select project from run
                    where status = 'queued' and available_at is null and lane = best_lane
                        and project > waiting.project order by project limit 1) next
            ), busy as (
                select project, count(*) as runs from run where status = 'running' group by project
            ), ranked as materialized (
                select project from waiting left join busy using (project)
                where coalesce(busy.runs, 0) < most_per_project order by coalesce(busy.runs, 0), project
            )
            select best.id into chosen from ranked, lateral (
                select id from run
                where status = 'queued' and available_at is null and lane = best_lane and project = ranked.project
                order by is_interactive desc, action_rank, score desc, queued_at, id
                limit 1 for update skip locked) best
            limit 1;
            exit when chosen is not null;
        end loop;
    end if;
    return query update run set status = 'running', lease_token = new_token,
        lease_until = now() + make_interval(secs => lease_seconds), worker = worker_name, claims = claims + 1,
        attempts = attempts + 1, available_at = null, started_at = coalesce(started_at, now()), error_code = null,
        error_message = null, error_stage = null
    where id = chosen returning run.*;
end $$;
"""

BACKWARDS = "drop function claim_run(uuid, float8, text, int, uuid);"


async def forwards() -> MigrationManager:
    manager = MigrationManager(migration_id=ID, app_name="pressroom", description=DESCRIPTION)

    async def run() -> None:
        await execute_script(FORWARDS)

    async def run_backwards() -> None:
        await execute_script(BACKWARDS)

    manager.add_raw(run)
    manager.add_raw_backwards(run_backwards)
    return manager
