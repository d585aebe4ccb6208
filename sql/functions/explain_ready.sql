-- Why a task that is ready, or would be, does not run.

create or replace function absurd._why_reserved(p_task absurd.tasks)
returns jsonb[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select jsonb_build_object(
      'kind', 'reserved', 'worker_id', r.worker_id, 'reserved_at', r.reserved_at,
      'lease_ends_at', r.reserved_at + make_interval(secs => r.lease_sec)
    )
    from absurd.reservations as r
    where p_task.state in ('ready', 'blocked') and r.queue_name = p_task.queue_name
      and p_task.task_id = any (r.task_ids)
  );
end;
$$;

comment on function absurd._why_reserved(absurd.tasks) is
  'Which worker has set a task aside that is ready, or about to be freed. It goes on whatever a pause or limits say, as claims do.';

create or replace function absurd._why_held(p_task absurd.tasks, p_now timestamptz)
returns jsonb[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  return array(
    select jsonb_build_object('kind', 'paused', 'queue_name', q.queue_name, 'paused_at', q.paused_at)
    from absurd.queues as q
    where q.queue_name = p_task.queue_name and q.paused_at is not null
  ) || array(
    select jsonb_build_object(
      'kind', 'limit', 'queue_name', nullif(l.queue_name, ''), 'task_name', nullif(l.task_name, ''),
      'max_claims', l.max_claims, 'held_by', absurd._limit_holders(l.queue_name, l.task_name, p_now)
    )
    from absurd.limits as l
    where absurd._is_under(l.queue_name, l.task_name, p_task.queue_name, p_task.task_name)
      and absurd._claims_under(l.queue_name, l.task_name, l.max_claims, p_now) >= l.max_claims
    order by l.queue_name, l.task_name
  );
end;
$$;

comment on function absurd._why_held(absurd.tasks, timestamptz) is 'Whether a pause or limits hold a task, and who has them.';

create or replace function absurd._limit_holders(p_limit_queue text, p_limit_task text, p_now timestamptz)
returns jsonb
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
begin
  return to_jsonb(array(
    select jsonb_build_object('task_id', h.task_id, 'worker_id', h.worker_id, 'dying', h.dying)
    from (
      select t.task_id, t.worker_id, false as dying
      from absurd.tasks as t
      where t.status = 'claimed' and absurd._is_under(p_limit_queue, p_limit_task, t.queue_name, t.task_name)
      union all
      select d.task_id, d.worker_id, true
      from absurd.dying_claims as d
      where absurd._is_under(p_limit_queue, p_limit_task, d.queue_name, d.task_name) and d.lease_ends_at > p_now
    ) as h
    order by h.task_id
    limit 10
  ));
end;
$$;

comment on function absurd._limit_holders(text, text, timestamptz) is
  'The first ten claims that a limit counts; dying ones are cancelled, but still have processes.';

create or replace function absurd._why_alone(p_task absurd.tasks, p_is_free boolean, p_now timestamptz)
returns jsonb[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
as $$
declare
  v_before int;
begin
  if not absurd._is_offered(p_task.queue_name, p_task.task_name) then
    return array[jsonb_build_object(
      'kind', 'not_offered', 'queue_name', p_task.queue_name, 'task_name', p_task.task_name,
      'workers_of_queue', (
        select count(*)
        from absurd.workers as w
        where p_task.queue_name = any (w.queue_names) and absurd._is_live(w.heartbeat_at, w.lease_sec, p_now)
      )
    )];
  end if;
  if not p_is_free then
    return '{}';
  end if;
  select count(*)
  into v_before
  from (
    select
    from absurd.tasks as t
    where t.queue_name = p_task.queue_name and t.state = 'ready'
      and (t.priority > p_task.priority or (t.priority = p_task.priority and t.task_id < p_task.task_id))
    limit 1000
  ) as b;
  return array[jsonb_build_object('kind', 'turn', 'before', v_before, 'priority', p_task.priority)];
end;
$$;

comment on function absurd._why_alone(absurd.tasks, boolean, timestamptz) is
  'Whether a live worker would take a task; if so and nothing else holds it, how many are before it (up to 1000).';
