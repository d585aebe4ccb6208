-- Completing: result, history, children, workflow, key and event in one transaction.

create or replace function absurd.complete_tasks(p_outcomes json)
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
  v_read constant record := absurd._arrays_of(p_outcomes);
  v_depth constant int := absurd._common_depth(v_read.task_ids);
  v_done uuid[];
  v_ends absurd._attempt_end[];
begin
  if v_depth is not null and absurd._can_be_kept(v_read.results, v_read.reports) then
    v_done := absurd._complete(v_read.task_ids, v_read.attempts, v_read.results, v_read.reports, v_depth, v_now);
  end if;
  if cardinality(v_done) = cardinality(v_read.task_ids) then
    return query
      select e.task_id, e.attempt, 'ok', null::text
      from unnest(v_read.task_ids, v_read.attempts) with ordinality as e (task_id, attempt, item)
      order by e.item;
    return;
  end if;
  v_ends := absurd._read_ends(p_outcomes, true);
  if v_done is not null then
    return query select v.* from absurd._verdicts(v_ends, v_done) as v;
  else
    return query select c.* from absurd._complete_ends(v_ends, v_now) as c;
  end if;
end;
$$;

comment on function absurd.complete_tasks(json) is
  'Completes claims: items {task_id, attempt, result, report}. One row per item, in their order. Outcome ok, stale or '
  'cancelled (nothing was changed), or too_large, invalid, sink_failed: the result could not be kept, so the attempt was '
  'failed with that reason. Never raises for one item.';

create or replace function absurd._complete_ends(p_ends absurd._attempt_end[], p_now timestamptz)
returns table (task_id uuid, attempt int, outcome text, message text)
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  v_ends absurd._attempt_end[] := p_ends;
  v_task_ids constant uuid[] := array(select e.task_id from unnest(p_ends) as e);
  v_has_failures boolean;
  v_done uuid[];
begin
  if absurd._lock_families(v_task_ids) then
    v_ends := absurd._run_sinks(v_ends);
  end if;
  v_has_failures := exists (select from unnest(v_ends) as e where e.verdict in ('invalid', 'too_large', 'sink_failed'));
  if v_has_failures then
    -- Completions and failures touch workflows one after the other, so their locks are taken together first.
    perform absurd._lock_workflows(absurd._workflows_reached(v_task_ids));
  end if;
  select absurd._complete(
    array_agg(e.task_id), array_agg(e.attempt), array_agg(e.result),
    array_agg(case when pg_column_size(e.report) <= absurd._max_bytes() then e.report
      else absurd._kept_report(e.report) end),
    null, p_now
  )
  into v_done
  from unnest(v_ends) as e
  where e.verdict = 'ok';
  if cardinality(v_done) = cardinality(p_ends) then
    return query select e.task_id, e.attempt, 'ok', null::text from unnest(p_ends) as e order by e.item;
    return;
  end if;
  if v_has_failures then
    v_done := v_done || absurd._fail(
      array(select e from unnest(v_ends) as e where e.verdict in ('invalid', 'too_large', 'sink_failed')),
      'failed', p_now
    );
  end if;
  return query select v.task_id, v.attempt, v.outcome, v.message from absurd._verdicts(v_ends, v_done) as v;
end;
$$;

comment on function absurd._complete_ends(absurd._attempt_end[], timestamptz) is
  'Completes claims whatever hangs on them. Returns what complete_tasks does.';

create or replace function absurd.complete_task(
  p_task_id uuid,
  p_attempt int,
  p_result jsonb default null,
  p_report jsonb default '{}'
)
returns void
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
  select c.outcome, c.message
  into v_answer
  from absurd.complete_tasks(json_build_array(json_build_object(
    'task_id', p_task_id, 'attempt', p_attempt, 'result', p_result, 'report', p_report
  ))) as c;
  if v_answer.outcome in ('stale', 'cancelled') then
    perform absurd._raise_not_claimed(p_task_id, p_attempt);
  elsif v_answer.outcome <> 'ok' then
    perform absurd._raise('TQ005', v_answer.message);
  end if;
end;
$$;

comment on function absurd.complete_task(uuid, int, jsonb, jsonb) is
  'Completes one claim. Raises TQ001, TQ002 (not the live claim: nothing changed), and TQ005 when the result cannot be '
  'kept: as raising undoes everything, the claim is then still live, and its worker should fail it.';

create or replace function absurd._lock_families(p_task_ids uuid[])
returns boolean
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set enable_sort = off
as $$
declare
  v_has_sinks boolean;
begin
  perform absurd._require_read_committed();
  select coalesce(bool_or(l.on_complete is not null), false)
  into v_has_sinks
  from (
    select t.on_complete
    from absurd.tasks as t
    where t.task_id = any (array(
      select u.task_id from unnest(p_task_ids) as u (task_id)
      union
      select e.task_id from absurd._edges_from(p_task_ids) as e
    ))
    order by t.depth, t.task_id
    for no key update
  ) as l;
  return v_has_sinks;
end;
$$;

comment on function absurd._lock_families(uuid[]) is
  'Locks tasks and their children in one ordered statement. Returns whether one of them has a sink.';
