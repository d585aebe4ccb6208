-- Completing for those who complete very many: workers.

drop function if exists absurd.complete_claims(uuid[], int[], jsonb[], jsonb[]);

create or replace function absurd.complete_claims(
  p_task_ids uuid[],
  p_attempts int[],
  p_results jsonb[],
  p_reports jsonb[],
  p_stand_alone boolean default null
)
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
  v_size constant int := cardinality(p_task_ids);
  v_attempts constant int[] := absurd._for_each(p_attempts, v_size);
  v_results constant jsonb[] := absurd._for_each(p_results, v_size);
  v_reports constant jsonb[] := absurd._for_each(p_reports, v_size);
  v_depth int;
  v_done uuid[];
  v_ends absurd._attempt_end[];
  v_live absurd._attempt_end[];
begin
  perform absurd._require_same_size(p_task_ids, v_attempts, v_results, v_reports);
  v_depth := case when p_stand_alone then 0 else absurd._common_depth(p_task_ids) end;
  if v_depth is not null and absurd._can_be_kept(p_results, p_reports) then
    v_done := absurd._complete(p_task_ids, v_attempts, v_results, v_reports, v_depth, v_now);
    if cardinality(v_done) = cardinality(p_task_ids) then
      return;
    end if;
  end if;
  v_ends := absurd._typed_ends(p_task_ids, v_attempts, v_results, v_reports);
  -- After the short way, whatever is live still was told wrongly to stand alone.
  v_live := case when v_done is null then v_ends else absurd._live_ends(v_ends) end;
  if v_live <> '{}' then
    return query select c.* from absurd._complete_ends(v_live, v_now) as c where c.outcome <> 'ok';
  end if;
  if v_done is null then
    return;
  end if;
  return query
    select v.*
    from absurd._verdicts(array(
      select e from unnest(v_ends) as e where e.item <> all (array(select l.item from unnest(v_live) as l))
    ), v_done) as v
    where v.outcome <> 'ok';
end;
$$;

comment on function absurd.complete_claims(uuid[], int[], jsonb[], jsonb[], boolean) is
  'Completes claims as complete_tasks does, told by one array for each of task, attempt, result and report, in the last '
  'three of which one element stands for all tasks; returns only those whose outcome is not ok. For those who complete '
  'very many: arrays cost the server less to read than JSON. p_stand_alone: claim_tasks said of each that it stands alone '
  '(true) or does not (false), so nobody need look; harmless where it is wrong, null where it is not known. Raises 22023 '
  'for arrays of different lengths, and the server''s own 22P05 and 22P02 for what is no JSON.';

create or replace function absurd._require_same_size(
  p_task_ids uuid[], p_attempts int[], p_results jsonb[], p_reports jsonb[]
)
returns void
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  if p_task_ids is null or cardinality(p_task_ids) <> any (array[
    coalesce(cardinality(p_attempts), -1), coalesce(cardinality(p_results), -1), coalesce(cardinality(p_reports), -1)
  ]) then
    perform absurd._raise('22023', format(
      'The arrays must be of one length, or hold one element for all tasks, but have %s, %s, %s and %s',
      cardinality(p_task_ids), cardinality(p_attempts), cardinality(p_results), cardinality(p_reports)
    ));
  end if;
end;
$$;

comment on function absurd._require_same_size(uuid[], int[], jsonb[], jsonb[]) is
  'Raises 22023 when what is told of tasks that have ended is not of one length.';

create or replace function absurd._for_each(p_values anyarray, p_size int)
returns anyarray
language sql
immutable
as $$
  select case
    when cardinality(p_values) = 1 and p_size > 1 then array_fill(p_values[1], array[p_size])
    else p_values
  end;
$$;

comment on function absurd._for_each(anyarray, int) is 'An array of one element as often as that; others as they are.';

create or replace function absurd._live_ends(p_ends absurd._attempt_end[])
returns absurd._attempt_end[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return array(
    select e
    from unnest(p_ends) as e
    join absurd.tasks as t on t.task_id = e.task_id and t.attempt = e.attempt
    where t.state = 'claimed' and e.verdict <> 'stale'
    order by e.item
  );
end;
$$;

comment on function absurd._live_ends(absurd._attempt_end[]) is 'Those of the ends whose claims are live.';
