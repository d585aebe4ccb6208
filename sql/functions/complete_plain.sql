-- Completing many tasks that nothing hangs on: no sink, no step of a workflow, no key, no child. That is what a busy
-- queue consists of, and it needs few of the looks that complete.sql takes.

drop function if exists absurd._plain_ends(json);

create or replace function absurd._plain_ends(
  p_outcomes json,
  out items bigint[],
  out task_ids uuid[],
  out attempts int[],
  out results jsonb[],
  out reports jsonb[]
)
returns record
language plpgsql
volatile
set search_path = ''
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_is_plain boolean;
begin
  select
    array_agg(e.item order by t.depth, e.task_id),
    array_agg(e.task_id order by t.depth, e.task_id),
    array_agg(e.attempt order by t.depth, e.task_id),
    array_agg(e.result order by t.depth, e.task_id),
    array_agg(e.report order by t.depth, e.task_id),
    bool_and(
      t.on_complete is null and t.workflow_id is null and t.key is null and e.attempt is not null
      and coalesce(jsonb_typeof(e.report) = 'object', true)
      and coalesce(pg_column_size(e.result) <= absurd._max_bytes(), true)
    ) and count(*) = count(distinct e.task_id) and count(*) = json_array_length(p_outcomes)
  into items, task_ids, attempts, results, reports, v_is_plain
  from rows from (
    jsonb_to_recordset(p_outcomes::jsonb) as (task_id uuid, attempt int, result jsonb, report jsonb)
  ) with ordinality as e (task_id, attempt, result, report, item)
  join absurd.tasks as t on t.task_id = e.task_id;
  if v_is_plain is distinct from true
    or exists (select from unnest(task_ids) as e (id) join absurd.dependencies as d on d.parent_id = e.id) then
    task_ids := null;
  end if;
exception
  -- Something that cannot be read: the long way tells in which of them, and where.
  when data_exception or statement_too_complex or program_limit_exceeded then
    task_ids := null;
end;
$$;

comment on function absurd._plain_ends(json) is
  'Reads outcomes whose tasks nothing hangs on, in lock order, each with its place in the call; task_ids is null when '
  'that cannot be said of all of them.';

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
  with done as (
    update absurd.tasks as t
    set state = 'completed',
      finished_at = p_now,
      result = e.result,
      error = null,
      error_reason = null,
      not_now_count = 0
    from unnest(p_task_ids, p_attempts, p_results, p_reports) as e (task_id, attempt, result, report)
    where t.task_id = e.task_id and t.attempt = e.attempt and t.state = 'claimed'
    returning t.task_id, t.attempt, t.queue_name, t.task_name, t.worker_id, t.claimed_at, e.report
  ), kept as (
    insert into absurd.attempts (
      task_id, attempt, worker_id, claimed_at, finished_at, outcome,
      exit_code, signal, duration_ms, cpu_ms, peak_memory_bytes, flags, log_tail, work_dir
    )
    select
      d.task_id, d.attempt, d.worker_id, d.claimed_at, p_now, 'completed',
      r.exit_code, r.signal, r.duration_ms, r.cpu_ms, r.peak_memory_bytes, r.flags, r.log_tail, r.work_dir
    from done as d
    cross join lateral absurd._read_report(d.report) as r
  ), told as (
    insert into absurd.events (created_at, kind, queue_name, task_id, task_name, attempt, status)
    select p_now, 'task', d.queue_name, d.task_id, d.task_name, d.attempt, 'completed'
    from done as d
    where d.queue_name <> all (array(select q.queue_name from absurd.queues as q where not q.keeps_events))
  ), counted as (
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select n.queue_name, n.task_name, s.state, s.sign * n.count
    from (select d.queue_name, d.task_name, count(*) as count from done as d group by d.queue_name, d.task_name) as n
    cross join (values ('claimed', -1), ('completed', 1)) as s (state, sign)
  )
  select coalesce(array_agg(d.task_id), '{}'), array_agg(distinct d.queue_name)
  into v_completed, v_queue_names
  from done as d;
  perform pg_notify('absurd_events', q.queue_name) from unnest(v_queue_names) as q (queue_name);
  -- A child may have been linked to one of them between our look and our lock.
  if exists (select from unnest(v_completed) as c (id) join absurd.dependencies as d on d.parent_id = c.id) then
    perform absurd._notify_ready(absurd._release_children(v_completed, false, p_now));
  end if;
  return v_completed;
end;
$$;

comment on function absurd._complete_plain(uuid[], int[], jsonb[], jsonb[], timestamptz) is
  'Completes those of the ends that are live claims, and keeps their history. Returns them.';
