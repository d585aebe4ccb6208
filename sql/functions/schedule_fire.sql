-- Firing: a due time becomes a task or a workflow and a line of history in one transaction, once. Schedulers that come
-- second find that the due time has moved on.

create or replace function absurd.due_schedules(p_limit int default 100)
returns jsonb
language sql
volatile
security definer
set search_path = pg_catalog, pg_temp
as $$
  with look as materialized (select absurd.clock() as now)
  select jsonb_build_object(
    'now_at', l.now,
    'wait_sec', (
      select extract(epoch from min(s.next_run_at) - l.now)
      from absurd.scheduled_tasks as s
      where s.state = 'active' and s.next_run_at > l.now
    ),
    'schedules', coalesce((
      select jsonb_agg(absurd._schedule_document(d) order by d.next_run_at, d.name)
      from (
        select s.*
        from absurd.scheduled_tasks as s
        where s.state = 'active' and s.next_run_at <= l.now
        order by s.next_run_at, s.name
        limit p_limit
      ) as d
    ), '[]')
  )
  from look as l;
$$;

comment on function absurd.due_schedules(int) is
  'What a scheduler looks at: {now_at, schedules: those that are due, wait_sec: seconds until the next one is (null: '
  'none)}.';

create or replace function absurd.fire_schedule(
  p_name text,
  p_revision int,
  p_expected_due_at timestamptz,
  p_due_at timestamptz,
  p_next_due_at timestamptz,
  p_options jsonb default '{}'
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
  v_reason text := p_options ->> 'skip_reason';
begin
  perform absurd._require_read_committed();
  perform absurd._check_keys(p_options,
    array['missed_count', 'first_missed_at', 'skip_reason', 'note', 'scheduler_id'], 'The options');
  if p_due_at < p_expected_due_at or p_next_due_at <= p_due_at then
    perform absurd._raise('22023',
      format('Due times must ascend: %s, %s, %s', p_expected_due_at, p_due_at, p_next_due_at));
  end if;
  -- Whoever holds it is firing it, or changing it; if that fails it is still due, and will be looked at again.
  select s.* into v_schedule from absurd.scheduled_tasks as s where s.name = p_name for no key update skip locked;
  if v_schedule.state is distinct from 'active'
    or v_schedule.revision <> p_revision
    -- Callers count in milliseconds.
    or date_trunc('milliseconds', v_schedule.next_due_at) <> p_expected_due_at
    or absurd._run_at(p_name, p_due_at, v_schedule.jitter_sec) > v_now
  then
    return null;
  end if;
  perform absurd._move_on(v_schedule, p_due_at, p_next_due_at, v_now);
  -- Only a clock that was put back leads to a due time again.
  if exists (select from absurd.schedule_runs as r where r.schedule_name = p_name and r.due_at = p_due_at) then
    return null;
  end if;
  if v_reason is null and v_schedule.overlap = 'skip' then
    v_reason := absurd._overlap(p_name);
  end if;
  if v_reason is not null then
    return absurd._add_run(v_schedule, p_due_at, 'skipped', v_reason, p_options, null, null, v_now);
  end if;
  return absurd._spawn_due(v_schedule, p_due_at, p_options, v_now);
end;
$$;

comment on function absurd.fire_schedule(text, int, timestamptz, timestamptz, timestamptz, jsonb) is
  'Fires one due time of a schedule. p_revision and p_expected_due_at are what the caller saw as revision and next_due_at; '
  'if either has changed, or somebody has the schedule in hand, nothing happens and null is returned. p_due_at is '
  'the due time to fire, p_next_due_at the one after it (null: none, the schedule ends). Options: missed_count and '
  'first_missed_at (due times that are passed over), skip_reason (do not spawn), note, scheduler_id. Returns the line of '
  'history. If the spawn is refused the schedule is paused with the error. Raises 22023.';

create or replace function absurd._move_on(
  p_schedule absurd.scheduled_tasks,
  p_due_at timestamptz,
  p_next_due_at timestamptz,
  p_now timestamptz
)
returns void
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  update absurd.scheduled_tasks as s
  set next_due_at = p_next_due_at,
    next_run_at = absurd._run_at(s.name, p_next_due_at, s.jitter_sec),
    state = case when p_next_due_at is null then 'ended' else s.state end,
    last_due_at = p_due_at
  where s.name = p_schedule.name;
$$;

comment on function absurd._move_on(absurd.scheduled_tasks, timestamptz, timestamptz, timestamptz) is
  'Sets the next due time of a locked schedule; without one it has ended.';

create or replace function absurd._overlap(p_name text)
returns text
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select case
    when t.task_id is not null then format('The last run is unfinished: task %s is %s', t.task_id, t.status)
    else format('The last run is unfinished: workflow %s is %s', w.workflow_id, w.status)
  end
  from (
    select r.task_id, r.workflow_id
    from absurd.schedule_runs as r
    where r.schedule_name = p_name and r.outcome = 'spawned'
    order by r.run_id desc
    limit 1
  ) as r
  left join absurd.tasks as t on t.task_id = r.task_id
  left join absurd.workflows as w on w.workflow_id = r.workflow_id
  where t.status in ('pending', 'claimed') or w.status = 'running';
$$;

comment on function absurd._overlap(text) is 'Says that the last run of a schedule is unfinished; null when it is not.';

create or replace function absurd._spawn_due(
  p_schedule absurd.scheduled_tasks,
  p_due_at timestamptz,
  p_options jsonb,
  p_now timestamptz
)
returns jsonb
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_spawned absurd.schedule_runs;
  v_error text;
begin
  begin
    v_spawned := absurd._spawn_scheduled(
      p_schedule, p_due_at, format('schedule %s %s', p_schedule.name, absurd._due_text(p_due_at))
    );
  exception
    when others then
      -- Conflicts, resources, shutdown, i/o: not the schedule's fault, so the whole is done again.
      if left(sqlstate, 2) in ('40', '53', '55', '57', '58', 'XX') then
        raise;
      end if;
      v_error := sqlerrm;
  end;
  if v_error is not null then
    perform absurd._pause_with_error(p_schedule.name, v_error, p_now);
    return absurd._add_run(p_schedule, p_due_at, 'failed', v_error, p_options, null, null, p_now);
  end if;
  return absurd._add_run(
    p_schedule, p_due_at, 'spawned', coalesce(v_spawned.reason, p_options ->> 'note'), p_options, v_spawned.task_id,
    v_spawned.workflow_id, p_now
  );
end;
$$;

comment on function absurd._spawn_due(absurd.scheduled_tasks, timestamptz, jsonb, timestamptz) is
  'Spawns for a due time and writes the history; a spawn that is refused pauses the schedule.';
