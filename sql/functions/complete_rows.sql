-- Completing tasks by one statement. Those of one depth, of which none has a sink, need no look before it: that is
-- what a busy queue consists of, single tasks or the steps of a fan-out.

drop function if exists absurd._plain_ends(json);
drop function if exists absurd._are_plain(uuid[]);
drop function if exists absurd._complete_plain(uuid[], int[], jsonb[], jsonb[], timestamptz);

create or replace function absurd._arrays_of(
  p_outcomes json,
  out task_ids uuid[],
  out attempts int[],
  out results jsonb[],
  out reports jsonb[]
)
returns record
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  select array_agg(e.task_id), array_agg(e.attempt), array_agg(e.result), array_agg(e.report)
  into task_ids, attempts, results, reports
  from jsonb_to_recordset(p_outcomes::jsonb) as e (task_id uuid, attempt int, result jsonb, report jsonb);
exception
  -- Something that cannot be read: the long way tells in which of them, and where.
  when data_exception or statement_too_complex or program_limit_exceeded then
    task_ids := null;
end;
$$;

comment on function absurd._arrays_of(json) is
  'Outcomes as arrays, in their order; task_ids is null when they cannot be read, or when there is none.';

create or replace function absurd._can_be_kept(p_results jsonb[], p_reports jsonb[])
returns boolean
language plpgsql
immutable
set search_path = pg_catalog, pg_temp
as $$
begin
  return not exists (
    select
    from unnest(p_results, p_reports) as e (result, report)
    where pg_column_size(e.result) > absurd._max_bytes()
      or jsonb_typeof(e.report) <> 'object' or pg_column_size(e.report) > absurd._max_bytes()
  );
end;
$$;

comment on function absurd._can_be_kept(jsonb[], jsonb[]) is 'Whether all results and reports have a size that is kept.';

create or replace function absurd._common_depth(p_task_ids uuid[])
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return (
    select case when min(t.depth) = max(t.depth) and count(t.on_complete) = 0 then min(t.depth) end
    from absurd.tasks as t
    where t.task_id = any (p_task_ids)
  );
end;
$$;

comment on function absurd._common_depth(uuid[]) is
  'The depth of the tasks, when all have the same and none has a sink: those can be completed by one statement, because '
  'the order of their ids is the order of locks, and their children are deeper. Null for others.';

drop function if exists absurd._complete(absurd._attempt_end[], timestamptz);

create or replace function absurd._complete(
  p_task_ids uuid[],
  p_attempts int[],
  p_results jsonb[],
  p_reports jsonb[],
  p_depth int,
  p_now timestamptz
)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_done absurd._picked;
  v_with_key uuid[];
begin
  perform absurd._require_read_committed();
  with done as (
    update absurd.tasks as t
    set state = 'completed',
      status = 'completed',
      finished_at = p_now,
      result = e.result,
      report = coalesce(e.report, '{}'),
      error = null,
      error_reason = null,
      not_now_count = 0
    from (
      -- The order in which locks are taken. Of two ends of one attempt the first counts.
      select i.task_id, i.attempt, i.result, i.report
      from unnest(p_task_ids, p_attempts, p_results, p_reports) with ordinality
        as i (task_id, attempt, result, report, item)
      order by i.task_id, i.item
    ) as e
    where t.task_id = e.task_id and t.attempt = e.attempt and t.state = 'claimed'
      and (p_depth is null or t.depth = p_depth and t.on_complete is null)
    returning t.task_id, t.attempt, t.queue_name, t.task_name, t.workflow_id, t.key
  )
  select
    array_agg(d.task_id), array_agg(d.attempt), array_agg(d.queue_name), array_agg(d.task_name),
    array_agg(d.workflow_id), array_agg(d.task_id) filter (where d.key is not null)
  into v_done.task_ids, v_done.attempts, v_done.queue_names, v_done.task_names, v_done.workflow_ids, v_with_key
  from done as d;
  if v_done.task_ids is null then
    return '{}';
  end if;
  perform absurd._tell_moved(v_done, 'claimed', 'completed', null, p_now);
  perform absurd._let_go(v_done.task_ids, v_done.workflow_ids, v_done.queue_names, p_depth, p_now);
  if v_with_key <> '{}' then
    perform absurd._settle_keys(v_with_key, '{}', p_now);
  end if;
  return v_done.task_ids;
end;
$$;

comment on function absurd._complete(uuid[], int[], jsonb[], jsonb[], int, timestamptz) is
  'Completes those of the tasks that are live claims, with results and reports that can be kept, and all that follows. '
  'Returns them. With p_depth only those of that depth without a sink; null: callers hold the locks of all, and of their '
  'children, and have run the sinks.';

drop function if exists absurd._let_go(uuid[], uuid[], boolean, timestamptz);
drop function if exists absurd._let_go(uuid[], uuid[], int, timestamptz);
create or replace function absurd._let_go(
  p_task_ids uuid[],
  p_workflow_ids uuid[],
  p_queue_names text[],
  p_depth int,
  p_now timestamptz
)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_workflow_ids constant uuid[] := array(
    select distinct w.id from unnest(p_workflow_ids) as w (id) where w.id is not null
  );
  v_going_on uuid[];
begin
  v_going_on := absurd._free_children(p_task_ids, false, p_depth is not null, p_now);
  -- Whoever did not find as much as it has room for sleeps, though there may be more now. Not those of other queues:
  -- they find nothing, and would free what could be reserved as it is.
  if exists (select from absurd.freeing as f where f.tableoid <> 0) then -- asked as in _find_ready
    perform absurd._wake_workers(p_queue_names, p_now);
  end if;
  -- A step that was freed leaves its workflow running.
  if not v_workflow_ids <@ v_going_on then
    perform absurd._refresh_workflows(array(select unnest(v_workflow_ids) except select unnest(v_going_on)), p_now);
  end if;
end;
$$;

comment on function absurd._let_go(uuid[], uuid[], text[], int, timestamptz) is
  'What the completion of tasks of one depth, of p_queue_names, lets go: their children, and those of p_workflow_ids (null '
  'for none, each as often as it comes) of which nothing is left. p_depth is null where they may differ in depth: callers '
  'hold their children then.';
