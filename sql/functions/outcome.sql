-- What the verbs that end an attempt share: reading what workers send, judging claims, keeping the history.

create or replace function absurd._read_ends(p_outcomes json, p_has_result boolean)
returns absurd._attempt_end[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return (
    select coalesce(array_agg(
      (
        e.item,
        e.task_id,
        e.attempt,
        case when e.verdict = 'ok' then e.value -> 'result' end,
        case when jsonb_typeof(e.value -> 'report') = 'object' then e.value -> 'report' else '{}' end,
        case
          when e.verdict in ('invalid', 'too_large') then 'result'
          else coalesce(left(e.value ->> 'reason', 100), 'error')
        end,
        coalesce(e.problem, left(e.value ->> 'message', 10000)),
        coalesce(e.value -> 'permanent' = 'true', false),
        coalesce(e.value -> 'not_now' = 'true', false),
        case when e.nth = 1 then e.verdict else 'stale' end
      )::absurd._attempt_end
    ), '{}')
    from (
      select
        i.item, i.value, a.task_id, a.attempt,
        -- One attempt ends once: of two outcomes for it in one call, the first counts.
        row_number() over (partition by a.task_id, a.attempt order by i.item) as nth,
        case
          when i.problem is not null then format('The result cannot be kept: %s', i.problem)
          when p_has_result and pg_column_size(i.value -> 'result') > absurd._max_bytes() then
            format('The result has %s bytes, more than the %s allowed', pg_column_size(i.value -> 'result'),
              absurd._max_bytes())
        end as problem,
        case
          when i.problem is not null then 'invalid'
          when p_has_result and pg_column_size(i.value -> 'result') > absurd._max_bytes() then 'too_large'
          else 'ok'
        end as verdict
      from absurd._read_items(p_outcomes, 'The outcomes', case when p_has_result then 'result' else '' end) as i
      cross join lateral (
        select
          case when absurd._is_uuid(i.value ->> 'task_id') then (i.value ->> 'task_id')::uuid end as task_id,
          case when absurd._is_number(i.value -> 'attempt', 1, 2147483647, true)
            then (i.value ->> 'attempt')::numeric::int end as attempt
      ) as a
    ) as e
  );
end;
$$;

comment on function absurd._read_ends(json, boolean) is
  'Types what workers send about the ends of attempts. With p_has_result, one whose result cannot be kept gets the '
  'verdict invalid or too_large and becomes a failure.';

create or replace function absurd._typed_ends(
  p_task_ids uuid[],
  p_attempts int[],
  p_results jsonb[],
  p_reports jsonb[]
)
returns absurd._attempt_end[]
language sql
volatile
set search_path = pg_catalog, pg_temp
as $$
  select coalesce(array_agg(
    (
      e.item, e.task_id, e.attempt, case when e.bytes <= absurd._max_bytes() then coalesce(e.result, 'null') end,
      case when jsonb_typeof(e.report) = 'object' then e.report else '{}' end,
      'result',
      case when e.bytes > absurd._max_bytes() then
        format('The result has %s bytes, more than the %s allowed', e.bytes, absurd._max_bytes()) end,
      false, false,
      case when e.nth > 1 then 'stale' when e.bytes > absurd._max_bytes() then 'too_large' else 'ok' end
    )::absurd._attempt_end
    order by e.item
  ), '{}')
  from (
    select
      i.*, coalesce(pg_column_size(i.result), 0) as bytes,
      -- One attempt ends once: of two outcomes for it in one call, the first counts.
      row_number() over (partition by i.task_id, i.attempt order by i.item) as nth
    from unnest(p_task_ids, p_attempts, p_results, p_reports) with ordinality
      as i (task_id, attempt, result, report, item)
  ) as e;
$$;

comment on function absurd._typed_ends(uuid[], int[], jsonb[], jsonb[]) is
  'What complete_claims is told, judged as _read_ends does.';

create or replace function absurd._keep_attempts(p_ends absurd._attempt_end[], p_outcome text, p_now timestamptz)
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  insert into absurd.attempts (
    task_id, attempt, worker_id, claimed_at, finished_at, outcome, reason, message,
    exit_code, signal, duration_ms, cpu_ms, peak_memory_bytes, flags, log_tail, work_dir
  )
  select
    t.task_id, t.attempt, t.worker_id, t.claimed_at, p_now, p_outcome,
    case when p_outcome in ('failed', 'lost', 'cancelled') then e.reason end,
    case when p_outcome in ('failed', 'lost', 'cancelled') then e.message end,
    r.exit_code, r.signal, r.duration_ms, r.cpu_ms, r.peak_memory_bytes, r.flags, r.log_tail, r.work_dir
  from unnest(p_ends) as e
  join absurd.tasks as t on t.task_id = e.task_id and t.attempt = e.attempt
  cross join lateral absurd._read_report(e.report) as r;
end;
$$;

comment on function absurd._keep_attempts(absurd._attempt_end[], text, timestamptz) is
  'Writes the history of attempts that end now, one row each, from their claims and reports.';

create or replace function absurd._attempts_of(p_task_id uuid)
returns setof absurd.attempts
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select a.* from absurd.attempts as a where a.task_id = p_task_id
  union all
  select
    t.task_id, t.attempt, t.worker_id, t.claimed_at, t.finished_at, 'completed', null, null,
    r.exit_code, r.signal, r.duration_ms, r.peak_memory_bytes, r.flags, r.log_tail, r.work_dir, r.cpu_ms
  from absurd.tasks as t
  cross join lateral absurd._read_report(t.report) as r
  where t.task_id = p_task_id and t.report is not null;
$$;

comment on function absurd._attempts_of(uuid) is
  'The attempts of a task that have ended: the rows of attempts, and the one that completed, which the task itself tells.';

create or replace function absurd._kept_report(p_report jsonb)
returns jsonb
language sql
immutable
set search_path = pg_catalog, pg_temp
as $$
  select coalesce((select jsonb_strip_nulls(to_jsonb(r)) from absurd._read_report(p_report) as r), '{}');
$$;

comment on function absurd._kept_report(jsonb) is 'What a completed task keeps of a report that is too large to be kept as it came.';

drop function if exists absurd._read_report(jsonb);

create or replace function absurd._read_report(p_report jsonb)
returns table (
  exit_code int,
  signal text,
  duration_ms double precision,
  cpu_ms double precision,
  peak_memory_bytes bigint,
  flags jsonb,
  log_tail text,
  work_dir text
)
language sql
immutable
as $$
  -- A report is a courtesy: what cannot be read in it is left out, and never refuses an outcome.
  select
    case when absurd._is_number(p_report -> 'exit_code', -2147483648, 2147483647, true)
      then (p_report ->> 'exit_code')::numeric::int end,
    left(p_report ->> 'signal', 100),
    case when absurd._is_number(p_report -> 'duration_ms', 0, 1e15, false)
      then (p_report ->> 'duration_ms')::float8 end,
    case when absurd._is_number(p_report -> 'cpu_ms', 0, 1e15, false) then (p_report ->> 'cpu_ms')::float8 end,
    case when absurd._is_number(p_report -> 'peak_memory_bytes', 0, 1e18, false)
      then (p_report ->> 'peak_memory_bytes')::numeric::bigint end,
    case when jsonb_typeof(p_report -> 'flags') = 'array' then p_report -> 'flags' end,
    right(p_report ->> 'log_tail', 1048576),
    left(p_report ->> 'work_dir', 4096);
$$;

comment on function absurd._read_report(jsonb) is
  'Reads an attempt''s report: exit_code, signal, duration_ms, cpu_ms, peak_memory_bytes, flags, log_tail, work_dir.';

create or replace function absurd._verdicts(p_ends absurd._attempt_end[], p_done uuid[])
returns table (task_id uuid, attempt int, outcome text, message text)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
  return query
    select
      e.task_id,
      e.attempt,
      case
        when d.done then e.verdict
        when t.state = 'cancelled' and t.attempt = e.attempt then 'cancelled'
        else 'stale'
      end,
      case
        when d.done then case when e.verdict <> 'ok' then e.message end
        when e.task_id is null or e.attempt is null then 'The outcome names no task_id and attempt'
        when t.task_id is null then 'Task not found'
        else format('The task is %s at attempt %s', t.status, t.attempt)
      end
    from unnest(p_ends) as e
    left join absurd.tasks as t on t.task_id = e.task_id
    cross join lateral (
      select coalesce(e.verdict <> 'stale' and e.attempt = t.attempt and t.task_id = any (p_done), false) as done
    ) as d
    order by e.item;
end;
$$;

comment on function absurd._verdicts(absurd._attempt_end[], uuid[]) is
  'The answer to each end that a worker told: accepted for p_done, else cancelled or stale. A stale one changed nothing.';
