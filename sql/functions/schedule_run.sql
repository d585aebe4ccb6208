-- The history of schedules, and what else happens to one but its due times.

create or replace function absurd._add_run(
  p_schedule absurd.scheduled_tasks,
  p_due_at timestamptz,
  p_outcome text,
  p_reason text,
  p_options jsonb,
  p_task_id uuid,
  p_workflow_id uuid,
  p_now timestamptz
)
returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_run absurd.schedule_runs;
begin
  insert into absurd.schedule_runs (
    run_id, schedule_name, due_at, fired_at, outcome, reason, missed_count, first_missed_at, task_id, workflow_id,
    scheduler_id
  )
  values (
    absurd._new_id(), p_schedule.name, p_due_at, p_now, p_outcome, p_reason,
    coalesce((p_options ->> 'missed_count')::int, 0), (p_options ->> 'first_missed_at')::timestamptz, p_task_id,
    p_workflow_id, p_options ->> 'scheduler_id'
  )
  returning * into v_run;
  if p_outcome = 'spawned' then
    update absurd.scheduled_tasks as s set last_run_at = p_now where s.name = p_schedule.name;
  end if;
  return absurd._schedule_run_document(v_run);
end;
$$;

comment on function absurd._add_run(
  absurd.scheduled_tasks, timestamptz, text, text, jsonb, uuid, uuid, timestamptz
) is 'Writes a line of history and returns it.';

create or replace function absurd._pause_with_error(p_name text, p_error text, p_now timestamptz)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  update absurd.scheduled_tasks as s
  set state = 'paused', error = left(p_error, 2000), next_due_at = null, next_run_at = null,
    revision = s.revision + 1, updated_at = p_now
  where s.name = p_name;
  select pg_notify('absurd_schedules', p_name);
$$;

comment on function absurd._pause_with_error(text, text, timestamptz) is
  'Pauses a locked schedule that has turned bad: it is out of everybody''s way until somebody mends it.';

create or replace function absurd.fail_schedule(
  p_name text,
  p_revision int,
  p_error text,
  p_scheduler_id text default null
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_schedule absurd.scheduled_tasks;
begin
  select s.* into v_schedule
  from absurd.scheduled_tasks as s
  where s.name = p_name and s.state = 'active' and s.revision = p_revision
  for no key update;
  if not found then
    return null;
  end if;
  perform absurd._pause_with_error(p_name, p_error, v_now);
  if exists (
    select from absurd.schedule_runs as r where r.schedule_name = p_name and r.due_at = v_schedule.next_due_at
  ) then
    return null;
  end if;
  return absurd._add_run(
    v_schedule, v_schedule.next_due_at, 'failed', p_error,
    jsonb_strip_nulls(jsonb_build_object('scheduler_id', p_scheduler_id)), null, null, v_now
  );
end;
$$;

comment on function absurd.fail_schedule(text, int, text, text) is
  'Pauses an active schedule whose next due time cannot be worked out or fired, with the error. Returns the line of '
  'history; null when the schedule was changed meanwhile.';

create or replace function absurd.trigger_schedule(p_name text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_schedule constant absurd.scheduled_tasks := absurd._lock_schedule(p_name);
  v_spawned constant absurd.schedule_runs := absurd._spawn_scheduled(v_schedule, v_now, null);
begin
  return absurd._add_run(
    v_schedule, null, 'spawned', 'Triggered by hand', '{}', v_spawned.task_id, v_spawned.workflow_id, v_now
  );
end;
$$;

comment on function absurd.trigger_schedule(text) is
  'Spawns what a schedule would, now, whatever its state and overlap policy; its due times stay as they are, and {due_at} '
  'is the present time. Returns the line of history. Raises TQ008, and whatever the spawn raises.';
