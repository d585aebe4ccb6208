-- Schedules as operators change them. The database knows no cron: callers work out the next due time, and every change
-- of a schedule raises its revision, so that nobody acts on a due time that was worked out from an older one.

create or replace function absurd._run_at(p_name text, p_due_at timestamptz, p_jitter_sec double precision)
returns timestamptz
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  -- Always the same for a schedule: many schedules of one due time spread, and the runs of one keep their distance.
  select p_due_at + make_interval(secs => absurd._jitter_offset_sec(p_name, p_jitter_sec));
$$;

comment on function absurd._run_at(text, timestamptz, double precision) is
  'When a due time is acted upon: at once, or within jitter_sec at a moment that the name decides.';

create or replace function absurd._jitter_offset_sec(p_name text, p_jitter_sec double precision)
returns double precision
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select trunc((('x' || left(md5(p_name), 8))::bit(32)::bigint / 4294967296.0 * p_jitter_sec)::numeric, 3)::float8;
$$;

comment on function absurd._jitter_offset_sec(text, double precision) is
  'How long after its due times a schedule runs, in seconds: a part of jitter_sec, by its name.';

create or replace function absurd.save_schedule(
  p_schedule jsonb,
  p_next_due_at timestamptz,
  p_replace boolean default false
)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_old absurd.scheduled_tasks;
  v_new absurd.scheduled_tasks;
begin
  perform absurd._require_read_committed();
  v_new := absurd._read_schedule(p_schedule);
  select s.* into v_old from absurd.scheduled_tasks as s where s.name = v_new.name for no key update;
  if v_old.name is not null and not p_replace then
    perform absurd._raise('22023', format('There is a schedule %s already', v_new.name),
      'Replace it (absurd scheduler add --replace), or choose another name.');
  end if;
  perform absurd._try_schedule(v_new, v_now);

  v_new.created_at := coalesce(v_old.created_at, v_now);
  v_new.updated_at := v_now;
  v_new.revision := coalesce(v_old.revision, 0) + 1;
  v_new.last_due_at := v_old.last_due_at;
  v_new.last_run_at := v_old.last_run_at;
  -- What an operator paused stays so; what was paused by a mistake runs again, mended.
  v_new.state := case when v_old.state = 'paused' and v_old.error is null then 'paused' else 'active' end;
  if v_new.state = 'active' then
    v_new.next_due_at := case when absurd._same_times(v_old, v_new) then v_old.next_due_at else p_next_due_at end;
    v_new.next_run_at := absurd._run_at(v_new.name, v_new.next_due_at, v_new.jitter_sec);
  end if;
  if v_new.state = 'active' and v_new.next_due_at is null then
    perform absurd._raise('22023', format('Schedule %s is never due', v_new.name));
  end if;

  if v_old.name is null then
    insert into absurd.scheduled_tasks select v_new.*;
  else
    update absurd.scheduled_tasks as s
    set (
        description, cron_expression, timezone, starts_at, ends_at, jitter_sec, missed, missed_limit, grace_sec,
        overlap, queue_name, task_name, chain, params, options, synced, state, error, revision, next_due_at,
        next_run_at, updated_at
      ) = (
        v_new.description, v_new.cron_expression, v_new.timezone, v_new.starts_at, v_new.ends_at, v_new.jitter_sec,
        v_new.missed, v_new.missed_limit, v_new.grace_sec, v_new.overlap, v_new.queue_name, v_new.task_name,
        v_new.chain, v_new.params, v_new.options, v_new.synced, v_new.state, null, v_new.revision, v_new.next_due_at,
        v_new.next_run_at, v_new.updated_at
      )
    where s.name = v_new.name;
  end if;
  perform pg_notify('absurd_schedules', v_new.name);
  return absurd._schedule_document(v_new);
exception
  when unique_violation then
    -- Somebody else added it between our look and our insert.
    perform absurd._raise('40001', format('Schedule %s was added by somebody else meanwhile', p_schedule ->> 'name'));
    return null;
end;
$$;

comment on function absurd.save_schedule(jsonb, timestamptz, boolean) is
  'Adds a schedule, or replaces one: {name, description, cron_expression, timezone, starts_at, ends_at, jitter_sec, '
  'missed skip|once|all, missed_limit, grace_sec, overlap allow|skip, queue_name, task_name or chain {name, steps: '
  '[{name, task_name, params, depends_on}]}, params (texts may hold {due_at}), synced, priority, max_retries, timeout_sec, '
  'backoff_base_sec, backoff_cap_sec, dlq_enabled}. p_next_due_at is its first due time by its expression and zone. A '
  'replacement keeps pause, history and, unless its times change, the next due time. Returns the schedule. Raises 22023, '
  'and whatever the spawn would raise.';

create or replace function absurd._same_times(p_old absurd.scheduled_tasks, p_new absurd.scheduled_tasks)
returns boolean
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(
    p_old.state = 'active'
      and (p_old.cron_expression, p_old.timezone, p_old.starts_at, p_old.ends_at)
        is not distinct from (p_new.cron_expression, p_new.timezone, p_new.starts_at, p_new.ends_at),
    false
  );
$$;

comment on function absurd._same_times(absurd.scheduled_tasks, absurd.scheduled_tasks) is
  'Whether a changed schedule is due at the same times: then a due time that is being fired just now is not lost.';

create or replace function absurd.pause_schedule(p_name text)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_schedule absurd.scheduled_tasks := absurd._lock_schedule(p_name);
begin
  if v_schedule.state = 'ended' then
    perform absurd._raise('TQ004', format('Schedule %s has ended', p_name),
      'Remove it, or replace it with a later end.');
  end if;
  if v_schedule.state = 'active' then
    update absurd.scheduled_tasks as s
    set state = 'paused', next_due_at = null, next_run_at = null, revision = s.revision + 1, updated_at = v_now
    where s.name = p_name
    returning s.* into v_schedule;
    perform pg_notify('absurd_schedules', p_name);
  end if;
  return absurd._schedule_document(v_schedule);
end;
$$;

comment on function absurd.pause_schedule(text) is
  'Stops a schedule until it is resumed; nothing happens when it is paused already. Raises TQ008, TQ004 (ended).';

create or replace function absurd.resume_schedule(p_name text, p_revision int, p_next_due_at timestamptz)
returns jsonb
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_schedule absurd.scheduled_tasks := absurd._lock_schedule(p_name);
begin
  if v_schedule.revision <> p_revision then
    perform absurd._raise('40001', format('Schedule %s was changed by somebody else meanwhile', p_name));
  end if;
  if v_schedule.state <> 'active' then
    if p_next_due_at is null then
      perform absurd._raise('22023', 'A schedule without a next due time cannot be resumed');
    end if;
    perform absurd._try_schedule(v_schedule, v_now);
    update absurd.scheduled_tasks as s
    set state = 'active',
      error = null,
      next_due_at = p_next_due_at,
      next_run_at = absurd._run_at(p_name, p_next_due_at, s.jitter_sec),
      revision = s.revision + 1,
      updated_at = v_now
    where s.name = p_name
    returning s.* into v_schedule;
    perform pg_notify('absurd_schedules', p_name);
  end if;
  return absurd._schedule_document(v_schedule);
end;
$$;

comment on function absurd.resume_schedule(text, int, timestamptz) is
  'Makes a schedule active again, next due at p_next_due_at: what passed meanwhile is not made up for. p_revision is the '
  'one that the due time was worked out from. Nothing happens when it is active. Raises TQ008, 40001 (changed '
  'meanwhile), and whatever the spawn would raise.';

create or replace function absurd.remove_schedule(p_name text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
begin
  perform absurd._lock_schedule(p_name);
  delete from absurd.scheduled_tasks as s where s.name = p_name;
  perform pg_notify('absurd_schedules', p_name);
end;
$$;

comment on function absurd.remove_schedule(text) is
  'Deletes a schedule with its history; tasks that it spawned stay. Raises TQ008.';

create or replace function absurd._lock_schedule(p_name text)
returns absurd.scheduled_tasks
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_schedule absurd.scheduled_tasks;
begin
  perform absurd._require_read_committed();
  select s.* into v_schedule from absurd.scheduled_tasks as s where s.name = p_name for no key update;
  if not found then
    perform absurd._raise('TQ008', format('Schedule not found: %s', p_name));
  end if;
  return v_schedule;
end;
$$;

comment on function absurd._lock_schedule(text) is
  'Locks a schedule: before keys, tasks and workflows, in the order of locks. Raises TQ008.';
