-- The state of everything in one answer, at a cost that does not grow with what has ended.

create or replace function absurd._rates(p_queue_name text, p_now timestamptz)
returns table (
  queue_name text,
  completed_last_minute int,
  completed_last_hour int,
  failed_last_minute int,
  failed_last_hour int,
  last_completed_at timestamptz,
  estimated boolean
)
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
    with newest as materialized (
      select t.queue_name, t.state, t.finished_at
      from absurd.tasks as t
      where t.finished_at > p_now - interval '1 hour' and t.finished_at <= p_now
      order by t.finished_at desc
      limit 5000
    ), span as materialized (
      select
        count(*) = 5000 as is_full,
        case when count(*) = 5000
          then greatest(extract(epoch from p_now - min(n.finished_at))::float8, 0.001) else 3600 end as sec
      from newest as n
    )
    select
      n.queue_name,
      round(
        (count(*) filter (where n.state = 'completed' and n.finished_at > p_now - interval '1 minute'))
          * greatest(60 / s.sec, 1)
      )::int,
      round((count(*) filter (where n.state = 'completed')) * 3600 / s.sec)::int,
      round(
        (count(*) filter (where n.state = 'failed' and n.finished_at > p_now - interval '1 minute'))
          * greatest(60 / s.sec, 1)
      )::int,
      round((count(*) filter (where n.state = 'failed')) * 3600 / s.sec)::int,
      max(n.finished_at) filter (where n.state = 'completed'),
      s.is_full
    from newest as n
    cross join span as s
    where p_queue_name is null or n.queue_name = p_queue_name
    group by n.queue_name, s.sec, s.is_full;
end;
$$;

comment on function absurd._rates(text, timestamptz) is
  'How many tasks of each queue completed and failed in the last minute and hour. Of the newest 5,000 ends at most: when '
  'there were more within the hour, the numbers are worked out from the time that these took, and estimated is true.';

create or replace function absurd._last_errors(p_queue_name text, p_limit int)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return coalesce((
    select jsonb_agg(e.document order by e.finished_at desc, e.document ->> 'task_id')
    from (
      select a.finished_at, jsonb_build_object(
        'at', a.finished_at, 'task_id', a.task_id, 'task_name', t.task_name, 'queue_name', t.queue_name,
        'attempt', a.attempt, 'reason', a.reason, 'error', left(a.message, 500), 'state', t.state
      ) as document
      from absurd.attempts as a
      join absurd.tasks as t on t.task_id = a.task_id
      where a.outcome in ('failed', 'lost') and (p_queue_name is null or t.queue_name = p_queue_name)
      order by a.finished_at desc
      limit p_limit
    ) as e
  ), '[]');
end;
$$;

comment on function absurd._last_errors(text, int) is 'The newest attempts that failed or were lost, newest first.';

create or replace function absurd.get_status(p_queue_name text default null)
returns jsonb
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
begin
  return jsonb_build_object(
    'at', v_now,
    'schema_version', absurd.schema_version(),
    'queues', coalesce((
      select jsonb_agg(
        to_jsonb(q) || jsonb_build_object(
          'completed_last_minute', coalesce(r.completed_last_minute, 0),
          'completed_last_hour', coalesce(r.completed_last_hour, 0),
          'failed_last_minute', coalesce(r.failed_last_minute, 0),
          'failed_last_hour', coalesce(r.failed_last_hour, 0),
          'last_completed_at', r.last_completed_at,
          'estimated', coalesce(r.estimated, false)
        )
        order by q.queue_name
      )
      from absurd.get_queue_stats(p_queue_name) as q
      left join absurd._rates(p_queue_name, v_now) as r on r.queue_name = q.queue_name
    ), '[]'),
    'workers', coalesce((
      select jsonb_agg(w.document)
      from absurd.list_workers() as w (document)
      where p_queue_name is null or w.document -> 'queue_names' ? p_queue_name
    ), '[]'),
    'schedulers', coalesce((select jsonb_agg(s.document) from absurd.list_schedulers() as s (document)), '[]'),
    'schedules', coalesce((
      select jsonb_agg(
        jsonb_build_object(
          'name', s.name, 'queue_name', s.queue_name, 'state', s.state, 'error', s.error, 'next_run_at', s.next_run_at
        )
        order by s.name
      )
      from absurd.scheduled_tasks as s
      where p_queue_name is null or s.queue_name = p_queue_name
    ), '[]'),
    'errors', absurd._last_errors(p_queue_name, 5)
  );
end;
$$;

comment on function absurd.get_status(text) is
  'The state of everything, or of one queue: {at, schema_version, queues (as get_queue_stats, with the rates of the last '
  'minute and hour), workers, schedulers, schedules, errors (the five newest failed attempts)}.';
