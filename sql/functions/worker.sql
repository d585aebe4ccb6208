-- The registry of workers. An id is made anew at each start of a worker, so a row never speaks for two processes.

create or replace function absurd.register_worker(p_worker_id text, p_info jsonb default '{}')
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_queue_names constant text[] := array(
    select q.name from jsonb_array_elements_text(p_info -> 'queue_names') as q (name) order by q.name
  );
begin
  perform absurd._require_name(p_worker_id, 'worker_id');
  perform absurd._check_keys(p_info, array[
    'hostname', 'pid', 'version', 'queue_names', 'task_names', 'concurrency', 'lease_sec'
  ], 'The info of a worker');
  perform absurd._ensure_queues(v_queue_names, v_now);
  insert into absurd.workers (
    worker_id, hostname, pid, version, queue_names, task_names, concurrency, lease_sec, started_at, heartbeat_at
  )
  values (
    p_worker_id, p_info ->> 'hostname', (p_info ->> 'pid')::int, p_info ->> 'version', v_queue_names,
    case when jsonb_typeof(p_info -> 'task_names') = 'array' then array(
      select n.name from jsonb_array_elements_text(p_info -> 'task_names') as n (name) order by n.name
    ) end,
    (p_info ->> 'concurrency')::int, coalesce((p_info ->> 'lease_sec')::float8, 120), v_now, v_now
  )
  on conflict (worker_id) do update
    set hostname = excluded.hostname,
      pid = excluded.pid,
      version = excluded.version,
      queue_names = excluded.queue_names,
      task_names = excluded.task_names,
      concurrency = excluded.concurrency,
      lease_sec = excluded.lease_sec,
      heartbeat_at = excluded.heartbeat_at;
  -- Crashed workers do not stay for ever.
  perform absurd._forget_workers(v_now);
end;
$$;

comment on function absurd.register_worker(text, jsonb) is
  'Makes a worker known: {hostname, pid, version, queue_names, task_names (null: any), concurrency, lease_sec (120)}. Its '
  'beats come by heartbeat_worker; after a day without one it is forgotten. Raises 22023.';

create or replace function absurd.deregister_worker(p_worker_id text)
returns void
language plpgsql
volatile
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
begin
  delete from absurd.workers as w where w.worker_id = p_worker_id;
  -- Where workers end before they recover claims for the first time, nobody else would.
  perform absurd._sum_up_counts();
end;
$$;

comment on function absurd.deregister_worker(text) is 'Takes a worker off the registry; its claims are not touched.';

create or replace function absurd.list_workers()
returns setof jsonb
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
  select jsonb_build_object(
    'worker_id', w.worker_id,
    'hostname', w.hostname,
    'pid', w.pid,
    'version', w.version,
    'queue_names', to_jsonb(w.queue_names),
    'task_names', to_jsonb(w.task_names),
    'concurrency', w.concurrency,
    'started_at', w.started_at,
    'heartbeat_at', w.heartbeat_at,
    'live', absurd._is_live(w.heartbeat_at, w.lease_sec, absurd.clock()),
    'tasks', coalesce((
      select jsonb_agg(
        jsonb_build_object('task_id', t.task_id, 'task_name', t.task_name, 'attempt', t.attempt) order by t.task_id
      )
      from absurd.tasks as t
      where t.worker_id = w.worker_id and t.status = 'claimed'
    ), '[]'),
    'reserved', coalesce(r.reserved, 0)
  )
  from absurd.workers as w
  left join (
    select n.worker_id, sum(n.open)::int as reserved from absurd.reservations as n group by n.worker_id
  ) as r on r.worker_id = w.worker_id
  order by w.started_at, w.worker_id;
$$;

comment on function absurd.list_workers() is
  'The workers with their claims, and how many ready tasks each has reserved; live is false when a worker has not beaten '
  'for its lease.';

create or replace function absurd._is_live(p_heartbeat_at timestamptz, p_lease_sec double precision, p_now timestamptz)
returns boolean
language sql
stable -- as what it calls is, or it would not be inlined
as $$
  select p_heartbeat_at > p_now - make_interval(secs => p_lease_sec)
    and p_heartbeat_at <= p_now + make_interval(secs => p_lease_sec);
$$;

comment on function absurd._is_live(timestamptz, double precision, timestamptz) is
  'Whether a worker or scheduler has beaten within its lease. A beat from far in the future is from before the clock was '
  'set back: whoever lives has beaten since.';

create or replace function absurd._is_silent(p_heartbeat_at timestamptz, p_now timestamptz)
returns boolean
language sql
stable
as $$
  select p_heartbeat_at not between p_now - interval '1 day' and p_now + interval '1 day';
$$;

comment on function absurd._is_silent(timestamptz, timestamptz) is
  'Whether a worker or scheduler is forgotten: the last beat was a day ago, or a clock that is right by now made it.';

create or replace function absurd._forget_workers(p_now timestamptz)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count int;
begin
  with gone as (
    delete from absurd.workers as w
    where w.worker_id in (
      select o.worker_id
      from absurd.workers as o
      where absurd._is_silent(o.heartbeat_at, p_now)
      for update skip locked
    )
    returning 1
  )
  select count(*)::int into v_count from gone;
  return v_count;
end;
$$;

comment on function absurd._forget_workers(timestamptz) is 'Takes workers that have crashed off the registry. Returns how many.';
