-- Completing many tasks that nothing hangs on: no sink, no step of a workflow, no key, no parent, no child. That is
-- what a busy queue consists of, and it needs few of the looks that complete.sql takes.

drop function if exists absurd._plain_ends(json);
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
set search_path = ''
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
set search_path = ''
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

drop function if exists absurd._are_plain(uuid[], int[], jsonb[], jsonb[]);

create or replace function absurd._are_plain(p_task_ids uuid[])
returns boolean
language plpgsql
volatile
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return cardinality(p_task_ids) > 0
    -- Ends at the first that is not plain: most often none of a call is, or all are.
    and not exists (
      select
      from unnest(p_task_ids) as e (task_id)
      join absurd.tasks as t on t.task_id = e.task_id
      where t.depth > 0 or t.on_complete is not null or t.workflow_id is not null or t.key is not null
    )
    -- By the array: once the table looked empty, the plan for one task may read a whole index, and is kept.
    and not exists (select from absurd.dependencies as d where d.parent_id = any (p_task_ids));
end;
$$;

comment on function absurd._are_plain(uuid[]) is 'Whether nothing hangs on any of the tasks.';

create or replace function absurd._complete_plain(
  p_task_ids uuid[],
  p_attempts int[],
  p_results jsonb[],
  p_reports jsonb[],
  p_now timestamptz
)
returns uuid[]
language plpgsql
volatile
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_completed uuid[];
  v_queue_names text[];
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
      -- None has a depth, so this is the order in which locks are taken. Of two ends of one attempt the first counts.
      select i.task_id, i.attempt, i.result, i.report
      from unnest(p_task_ids, p_attempts, p_results, p_reports) with ordinality
        as i (task_id, attempt, result, report, item)
      order by i.task_id, i.item
    ) as e
    where t.task_id = e.task_id and t.attempt = e.attempt and t.state = 'claimed'
      and t.depth = 0 and t.workflow_id is null and t.key is null and t.on_complete is null
    returning t.task_id, t.attempt, t.queue_name, t.task_name
  ), alike as (
    select
      d.queue_name, d.task_name, array_agg(d.task_id) as task_ids, array_agg(d.attempt) as attempts, count(*) as size
    from done as d
    group by d.queue_name, d.task_name
  ), told as (
    insert into absurd.event_batches (created_at, kind, queue_name, task_name, status, task_ids, attempts, size)
    select p_now, 'task', a.queue_name, a.task_name, 'completed', a.task_ids, a.attempts, a.size
    from alike as a
    where a.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
  ), counted as (
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select a.queue_name, a.task_name, s.state, s.sign * a.size
    from alike as a
    cross join (values ('claimed', -1), ('completed', 1)) as s (state, sign)
  )
  select
    -- Most often all of them, whose ids need not be gathered once more.
    case
      when sum(a.size) = cardinality(p_task_ids) then p_task_ids
      else array(select i.task_id from alike as l cross join lateral unnest(l.task_ids) as i (task_id))
    end,
    array_agg(distinct a.queue_name)
  into v_completed, v_queue_names
  from alike as a;
  perform absurd._wake_readers(v_queue_names, p_now);
  -- A child may have been linked to one of them since it was claimed.
  if exists (select from absurd.dependencies as d where d.parent_id = any (v_completed)) then
    perform absurd._free_children(v_completed, false, p_now);
  end if;
  return v_completed;
end;
$$;

comment on function absurd._complete_plain(uuid[], int[], jsonb[], jsonb[], timestamptz) is
  'Completes those of the tasks that are live claims and that no workflow, parent, key or sink hangs on, with results and '
  'reports that can be kept. Returns them.';
