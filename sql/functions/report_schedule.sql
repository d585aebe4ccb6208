-- Reading schedules, their history, and the registry of schedulers.

create or replace function absurd._schedule_run_document(p_run absurd.schedule_runs)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'run_id', p_run.run_id,
    'schedule_name', p_run.schedule_name,
    'due_at', p_run.due_at,
    'fired_at', p_run.fired_at,
    'outcome', p_run.outcome,
    'reason', p_run.reason,
    'missed_count', p_run.missed_count,
    'first_missed_at', p_run.first_missed_at,
    'task_id', p_run.task_id,
    'workflow_id', p_run.workflow_id,
    'status', coalesce(
      (select t.status from absurd.tasks as t where t.task_id = p_run.task_id),
      (select w.status from absurd.workflows as w where w.workflow_id = p_run.workflow_id)
    ),
    'scheduler_id', p_run.scheduler_id
  );
$$;

comment on function absurd._schedule_run_document(absurd.schedule_runs) is
  'A line of history as reading functions show it; status is that of the task or workflow now.';

create or replace function absurd._schedule_document(p_schedule absurd.scheduled_tasks)
returns jsonb
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'name', p_schedule.name,
    'description', p_schedule.description,
    'state', p_schedule.state,
    'error', p_schedule.error,
    'cron_expression', p_schedule.cron_expression,
    'timezone', p_schedule.timezone,
    'starts_at', p_schedule.starts_at,
    'ends_at', p_schedule.ends_at,
    'jitter_sec', p_schedule.jitter_sec,
    'offset_sec', absurd._jitter_offset_sec(p_schedule.name, p_schedule.jitter_sec),
    'missed', p_schedule.missed,
    'missed_limit', p_schedule.missed_limit,
    'grace_sec', p_schedule.grace_sec,
    'overlap', p_schedule.overlap,
    'queue_name', p_schedule.queue_name,
    'task_name', p_schedule.task_name,
    'chain', p_schedule.chain,
    'params', p_schedule.params,
    'priority', p_schedule.options -> 'priority',
    'max_retries', p_schedule.options -> 'max_retries',
    'timeout_sec', p_schedule.options -> 'timeout_sec',
    'backoff_base_sec', p_schedule.options -> 'backoff_base_sec'
  ) || jsonb_build_object(
    'backoff_cap_sec', p_schedule.options -> 'backoff_cap_sec',
    'dlq_enabled', p_schedule.options -> 'dlq_enabled',
    'synced', p_schedule.synced,
    'revision', p_schedule.revision,
    'next_due_at', p_schedule.next_due_at,
    'next_run_at', p_schedule.next_run_at,
    'last_due_at', p_schedule.last_due_at,
    'last_run_at', p_schedule.last_run_at,
    'created_at', p_schedule.created_at,
    'updated_at', p_schedule.updated_at
  );
$$;

comment on function absurd._schedule_document(absurd.scheduled_tasks) is 'A schedule as reading functions show it.';

create or replace function absurd.get_schedule(p_name text)
returns jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select absurd._schedule_document(s) from absurd.scheduled_tasks as s where s.name = p_name;
$$;

comment on function absurd.get_schedule(text) is 'A schedule; null when unknown.';

create or replace function absurd.list_schedules()
returns setof jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select absurd._schedule_document(s) || jsonb_build_object('last_run', r.document)
  from absurd.scheduled_tasks as s
  left join lateral (
    select absurd._schedule_run_document(r) as document
    from absurd.schedule_runs as r
    where r.schedule_name = s.name
    order by r.run_id desc
    limit 1
  ) as r on true
  order by s.name;
$$;

comment on function absurd.list_schedules() is 'All schedules by name, each with the newest line of its history as last_run.';

create or replace function absurd.list_schedule_runs(p_name text, p_limit int default 50)
returns setof jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  if not exists (select from absurd.scheduled_tasks as s where s.name = p_name) then
    perform absurd._raise('TQ008', format('Schedule not found: %s', p_name));
  end if;
  return query
    select absurd._schedule_run_document(r)
    from absurd.schedule_runs as r
    where r.schedule_name = p_name
    order by r.run_id desc
    limit p_limit;
end;
$$;

comment on function absurd.list_schedule_runs(text, int) is
  'What became of the due times of a schedule, newest first. Raises TQ008.';

create or replace function absurd.register_scheduler(p_scheduler_id text, p_info jsonb default '{}')
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
begin
  perform absurd._require_name(p_scheduler_id, 'scheduler_id');
  perform absurd._check_keys(p_info, array['hostname', 'pid', 'version', 'lease_sec'], 'The info of a scheduler');
  insert into absurd.schedulers (scheduler_id, hostname, pid, version, lease_sec, started_at, heartbeat_at)
  values (
    p_scheduler_id, p_info ->> 'hostname', (p_info ->> 'pid')::int, p_info ->> 'version',
    coalesce((p_info ->> 'lease_sec')::float8, 120), v_now, v_now
  )
  on conflict (scheduler_id) do update set heartbeat_at = excluded.heartbeat_at;
  -- Crashed schedulers do not stay for ever.
  delete from absurd.schedulers as s where absurd._is_silent(s.heartbeat_at, v_now);
end;
$$;

comment on function absurd.register_scheduler(text, jsonb) is
  'Makes a scheduler known, and is its heartbeat: {hostname, pid, version, lease_sec (120)}. After a day without one it '
  'is forgotten. Raises 22023.';

create or replace function absurd.deregister_scheduler(p_scheduler_id text)
returns void
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  delete from absurd.schedulers as s where s.scheduler_id = p_scheduler_id;
$$;

comment on function absurd.deregister_scheduler(text) is 'Takes a scheduler off the registry.';

create or replace function absurd.list_schedulers()
returns setof jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'scheduler_id', s.scheduler_id,
    'hostname', s.hostname,
    'pid', s.pid,
    'version', s.version,
    'started_at', s.started_at,
    'heartbeat_at', s.heartbeat_at,
    'live', absurd._is_live(s.heartbeat_at, s.lease_sec, absurd.clock())
  )
  from absurd.schedulers as s
  order by s.started_at, s.scheduler_id;
$$;

comment on function absurd.list_schedulers() is
  'The schedulers; live is false when one has not been heard of for its lease.';
