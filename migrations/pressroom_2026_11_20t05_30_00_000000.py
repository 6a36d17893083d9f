"""What Piccolo's columns cannot say: indexes for each filter, one-of-a-kind rules, and what may never be changed."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from app.database import execute_script

ID = "2026-11-20T05:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "indexes and rules"

FORWARDS = """
create unique index membership_once on membership (member, project);
create index sign_in_link_expiry on sign_in_link (expires_at);
create index session_expiry on session (expires_at);

create unique index brand_voice_version on brand_voice (project, name, version);
create unique index model_profile_name on model_profile (project, name);

-- The claim's order: see app/queue/claim.py. Runs that are not yet available stay outside.
create index run_claim on run (lane, project, is_interactive desc, action_rank, score desc, queued_at, id)
    where status = 'queued' and available_at is null;
create index run_delayed on run (available_at) where status = 'queued' and available_at is not null;
create index run_scheduled on run (scheduled_for) where status = 'scheduled';
create index run_running on run (project) where status = 'running';
create index run_lease on run (lease_until) where status = 'running';
create index run_ageing on run (promote_at) where status = 'queued' and promote_at is not null;

create index run_still_holding on run (id)
    where reserved > 0 and status in ('completed', 'failed', 'canceled');
create index run_newest on run (project, id desc);
create index run_by_status on run (project, status, id desc);
create index run_by_recipe on run (project, recipe, id desc);
create index run_by_member on run (project, member, id desc);
create index run_by_scene on run (project, scene_id, id desc) where scene_id is not null;
create index run_by_batch on run (batch, id desc) where batch is not null;
create index run_by_end on run (project, recipe, completed_at desc) where status = 'completed';
create index run_to_review on run (project, id desc) where needs_review and status = 'completed';
create index run_words on run using gin (to_tsvector('simple', title));
create unique index run_idempotency on run (project, idempotency_key) where idempotency_key is not null;

create unique index checkpoint_once on checkpoint (run, round, component);
create unique index provider_call_once on provider_call (run, round, claim, component);
create index provider_call_open on provider_call (run) where ended_at is null;
create unique index revision_number on revision (run, number);

create unique index budget_month on budget (project, month);
alter table budget add constraint budget_never_negative check (spent >= 0 and reserved >= 0 and monthly_limit >= 0);
create index cost_event_newest on cost_event (project, id desc);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name;
end $$;
create trigger ledger_entry_is_append_only before update or delete on ledger_entry
    for each row execute function refuse_change();
create trigger cost_event_is_append_only before update or delete on cost_event
    for each row execute function refuse_change();
"""

BACKWARDS = """
drop trigger cost_event_is_append_only on cost_event;
drop trigger ledger_entry_is_append_only on ledger_entry;
drop function refuse_change();
drop index cost_event_newest, budget_month, revision_number, provider_call_open, provider_call_once, checkpoint_once,
    run_idempotency, run_words, run_to_review, run_by_end, run_by_batch, run_by_scene, run_by_member, run_by_recipe,
    run_by_status, run_newest, run_still_holding, run_ageing, run_lease, run_running, run_scheduled, run_delayed, run_claim,
    model_profile_name, brand_voice_version, session_expiry, sign_in_link_expiry, membership_once;
alter table budget drop constraint budget_never_negative;
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
