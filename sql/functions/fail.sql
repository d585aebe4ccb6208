-- Failing: a retry after a backoff, or the end.

create or replace function absurd.fail_tasks(p_outcomes json)
returns table (task_id uuid, attempt int, outcome text, message text, status text, retry_at timestamptz)
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
declare
  v_now constant timestamptz := absurd.clock();
  v_ends constant absurd._attempt_end[] := absurd._read_ends(p_outcomes, false);
  v_failed uuid[];
begin
  perform absurd._lock_for_failure(v_ends);
  v_failed := absurd._fail(v_ends, 'failed', v_now);
  return query
    select v.task_id, v.attempt, v.outcome,
      case
        when v.outcome = 'ok' and (v_ends[v.item::int]).not_now and t.not_now_count = 0
          then 'the 21st "not now" in a row counts as a failure'
        else v.message
      end,
      t.status,
      case when v.outcome = 'ok' and t.status = 'pending' then t.run_at end
    from absurd._verdicts(v_ends, v_failed) with ordinality as v (task_id, attempt, outcome, message, item)
    left join absurd.tasks as t on t.task_id = v.task_id
    order by v.item;
end;
$$;

comment on function absurd.fail_tasks(json) is
  'Fails claims: items {task_id, attempt, reason, message, permanent, not_now, report}. While retries remain the task is '
  'pending again after a backoff; else, or if permanent, it has failed and is a dead letter. not_now goes back without '
  'counting a failure, at most 20 times in a row; the message says so of one that counts. Outcome ok, stale or '
  'cancelled; with the new status and, when it is to be tried again, since when it may be. Never raises for one item.';

create or replace function absurd.fail_task(
  p_task_id uuid,
  p_attempt int,
  p_message text,
  p_reason text default 'error',
  p_permanent boolean default false,
  p_not_now boolean default false,
  p_report jsonb default '{}'
)
returns text
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_answer record;
begin
  select f.outcome, f.status
  into v_answer
  from absurd.fail_tasks(json_build_array(json_build_object(
    'task_id', p_task_id, 'attempt', p_attempt, 'message', p_message, 'reason', p_reason,
    'permanent', p_permanent, 'not_now', p_not_now, 'report', p_report
  ))) as f;
  if v_answer.outcome <> 'ok' then
    perform absurd._raise_not_claimed(p_task_id, p_attempt);
  end if;
  return v_answer.status;
end;
$$;

comment on function absurd.fail_task(uuid, int, text, text, boolean, boolean, jsonb) is
  'Fails one claim; returns the new status, pending or failed. Raises TQ001 and TQ002 (nothing was changed).';

create or replace function absurd._lock_for_failure(p_ends absurd._attempt_end[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  -- What a final failure reaches must be locked in the same ordered statement. Whether it will be final is read
  -- beforehand; should that change meanwhile, the late locks of the cascade stand guard.
  perform absurd._lock_tasks(
    array(select e.task_id from unnest(p_ends) as e) || absurd._descendants(array(
      select t.task_id
      from unnest(p_ends) as e
      join absurd.tasks as t on t.task_id = e.task_id and t.attempt = e.attempt and t.state = 'claimed'
      where e.permanent or t.failures >= t.max_retries
    ))
  );
end;
$$;

comment on function absurd._lock_for_failure(absurd._attempt_end[]) is
  'Locks tasks that are about to fail, and all that waits for those that are about to fail for good.';

create or replace function absurd._fail(p_ends absurd._attempt_end[], p_outcome text, p_now timestamptz)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_failed uuid[];
  v_final uuid[];
begin
  with judged as materialized (
    select t.task_id, e.message, e.reason, c.counts, c.failures, c.not_now_count,
      c.counts and (e.permanent or c.failures > t.max_retries) as final,
      absurd._backoff_sec(case when c.counts then c.failures else c.not_now_count end, t.backoff_base_sec,
        t.backoff_cap_sec) as delay_sec
    from unnest(p_ends) as e
    join absurd.tasks as t on t.task_id = e.task_id and t.attempt = e.attempt
    cross join lateral (select not e.not_now or t.not_now_count >= 20 as counts) as n
    cross join lateral (
      select n.counts, t.failures + n.counts::int as failures,
        case when n.counts then 0 else t.not_now_count + 1 end as not_now_count
    ) as c
    where t.state = 'claimed' and e.verdict <> 'stale'
  ), failed as (
    update absurd.tasks as t
    set state = case when j.final then 'failed' when j.delay_sec > 0 then 'scheduled' else 'ready' end,
      status = case when j.final then 'failed' else 'pending' end,
      failures = j.failures,
      not_now_count = j.not_now_count,
      error = coalesce(j.message, j.reason),
      error_reason = j.reason,
      suspected_at = null,
      run_at = case when j.final then t.run_at else p_now + make_interval(secs => j.delay_sec) end,
      finished_at = case when j.final then p_now end
    from judged as j
    where t.task_id = j.task_id
    returning t.task_id, t.queue_name, t.task_name, t.state
  ), counted as (
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select f.queue_name, f.task_name, s.state, sum(s.change)
    from failed as f
    cross join lateral (values ('claimed', -1), (f.state, 1)) as s (state, change)
    group by f.queue_name, f.task_name, s.state
  )
  select coalesce(array_agg(f.task_id), '{}'), coalesce(array_agg(f.task_id) filter (where f.state = 'failed'), '{}')
  into v_failed, v_final
  from failed as f;
  if v_failed = '{}' then
    return v_failed;
  end if;

  perform absurd._keep_attempts(
    array(select e from unnest(p_ends) as e where e.verdict <> 'stale' and e.task_id = any (v_failed)), p_outcome, p_now
  );
  perform absurd._publish(array(select unnest(v_failed) except select unnest(v_final)), v_failed, p_now);
  if v_final <> '{}' then
    perform absurd._settle_bad_ends(v_final, p_now);
  end if;
  return v_failed;
end;
$$;

comment on function absurd._fail(absurd._attempt_end[], text, timestamptz) is
  'Ends live claims as failures, with p_outcome (failed or lost) in the history. Returns them.';
