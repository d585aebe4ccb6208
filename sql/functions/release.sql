-- Giving claims back, and the last word of a worker about claims that it no longer holds.

create or replace function absurd.release_tasks(p_outcomes json)
returns table (task_id uuid, attempt int, outcome text, message text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_ends constant absurd._attempt_end[] := absurd._read_ends(p_outcomes, false);
  v_released uuid[];
begin
  perform absurd._lock_tasks(array(select e.task_id from unnest(v_ends) as e));
  v_released := absurd._release(v_ends, v_now);
  return query select v.task_id, v.attempt, v.outcome, v.message from absurd._verdicts(v_ends, v_released) as v;
end;
$$;

comment on function absurd.release_tasks(json) is
  'Gives claims back, their processes being gone: items {task_id, attempt, report}. The tasks are ready at once and no '
  'failure is counted. Outcome ok, stale or cancelled. Never raises for one item.';

create or replace function absurd._release(p_ends absurd._attempt_end[], p_now timestamptz)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_released uuid[];
begin
  with released as (
    update absurd.tasks as t
    set state = 'ready',
      status = 'pending',
      run_at = p_now,
      suspected_at = null
    from unnest(p_ends) as e
    where t.task_id = e.task_id and t.attempt = e.attempt and t.state = 'claimed' and e.verdict = 'ok'
    returning t.task_id, t.queue_name, t.task_name
  ), counted as (
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select r.queue_name, r.task_name, s.state, sum(s.change)
    from released as r
    cross join (values ('claimed', -1), ('ready', 1)) as s (state, change)
    group by r.queue_name, r.task_name, s.state
  )
  select coalesce(array_agg(r.task_id), '{}') into v_released from released as r;
  perform absurd._keep_attempts(
    array(select e from unnest(p_ends) as e where e.verdict = 'ok' and e.task_id = any (v_released)), 'released', p_now
  );
  perform absurd._publish(v_released, v_released, p_now);
  return v_released;
end;
$$;

comment on function absurd._release(absurd._attempt_end[], timestamptz) is
  'Makes tasks ready whose claims are given back; returns them. Callers hold their rows.';

create or replace function absurd.acknowledge_tasks(p_outcomes json)
returns table (task_id uuid, attempt int, outcome text, message text)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_ends constant absurd._attempt_end[] := absurd._read_ends(p_outcomes, false);
  v_ready uuid[];
  v_known int[];
begin
  perform absurd._lock_tasks(array(select e.task_id from unnest(v_ends) as e));
  -- A task that was retried meanwhile, or that an operator released, was only waiting for this claim to be gone. One
  -- that was cancelled while it waited must not wait any more should it be retried.
  with gone as (
    delete from absurd.dying_claims as d
    using unnest(v_ends) as e
    where d.task_id = e.task_id and d.attempt = e.attempt
    returning d.task_id, d.attempt
  ), freed as (
    update absurd.tasks as t
    set state = case t.state when 'scheduled' then 'ready' else t.state end,
      run_at = v_now
    from gone as g
    where t.task_id = g.task_id and t.attempt = g.attempt
      and (t.state = 'scheduled'
        or t.state = 'cancelled' and exists (
          select
          from absurd.attempts as a
          where a.task_id = g.task_id and a.attempt = g.attempt and a.outcome = 'released'
        ))
    returning t.task_id, t.queue_name, t.task_name, t.state
  ), counted as (
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select f.queue_name, f.task_name, s.state, sum(s.change)
    from freed as f
    cross join (values ('scheduled', -1), ('ready', 1)) as s (state, change)
    where f.state = 'ready'
    group by f.queue_name, f.task_name, s.state
  )
  select array_agg(f.task_id) filter (where f.state = 'ready') into v_ready from freed as f;

  with told as (
    update absurd.attempts as a
    set exit_code = coalesce(r.exit_code, a.exit_code),
      signal = coalesce(r.signal, a.signal),
      duration_ms = coalesce(r.duration_ms, a.duration_ms),
      cpu_ms = coalesce(r.cpu_ms, a.cpu_ms),
      peak_memory_bytes = coalesce(r.peak_memory_bytes, a.peak_memory_bytes),
      flags = coalesce(r.flags, a.flags),
      log_tail = coalesce(r.log_tail, a.log_tail),
      work_dir = coalesce(r.work_dir, a.work_dir)
    from unnest(v_ends) as e
    cross join lateral absurd._read_report(e.report) as r
    where a.task_id = e.task_id and a.attempt = e.attempt and a.outcome in ('cancelled', 'lost', 'released')
    returning e.item
  )
  select coalesce(array_agg(t.item), '{}') into v_known from told as t;

  perform absurd._publish('{}', v_ready, v_now);
  return query
    select e.task_id, e.attempt,
      case when e.item = any (v_known) then 'ok' else 'stale' end,
      case when e.item = any (v_known) then null else 'No cancelled or lost claim' end
    from unnest(v_ends) as e
    order by e.item;
end;
$$;

comment on function absurd.acknowledge_tasks(json) is
  'Tells that the processes of claims that were cancelled, lost or taken back are gone: items {task_id, attempt, '
  'report}. The report is added to the attempt, and the task can be claimed again if it was retried meanwhile or '
  'released. Outcome ok, or stale for any other claim.';
