-- Deleting what retention has chosen.

create or replace function absurd._forget_tasks(p_task_ids uuid[])
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  if p_task_ids = '{}' then
    return 0;
  end if;
  delete from absurd.dependencies as d
  using absurd._edges_from(p_task_ids) as e
  where d.task_id = e.task_id and d.parent_id = e.parent_id;
  delete from absurd.dependencies as d
  using absurd._edges_to(p_task_ids) as e
  where d.task_id = e.task_id and d.parent_id = e.parent_id;
  delete from absurd.dead_letters as d where d.task_id = any (p_task_ids);
  delete from absurd.attempts as a where a.task_id = any (p_task_ids);
  delete from absurd.task_logs as l where l.task_id = any (p_task_ids);
  delete from absurd.tasks as t where t.task_id = any (p_task_ids);
  return cardinality(p_task_ids);
end;
$$;

comment on function absurd._forget_tasks(uuid[]) is 'Deletes locked tasks and all that belongs to them.';

create or replace function absurd._prune_events(p_before timestamptz, p_limit int)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_pages bigint[];
  v_event_ids bigint[];
  v_count bigint;
begin
  if not absurd._lock_event_log() then
    return 0;
  end if;
  -- Nobody may have read them yet.
  perform absurd._stamp_events(p_limit * 10);
  perform absurd._correct_log(absurd.clock());
  -- Whole pages from the beginning of the log: what is left has no gap.
  select array_agg(distinct p.first_position), array_agg(i.event_id), sum(i.size)
  into v_pages, v_event_ids, v_count
  from (
    select
      o.first_position, o.event_ids, o.sizes,
      sum(cardinality(o.event_ids)) over (order by o.first_position) as so_far
    from (
      select e.first_position, e.event_ids, e.sizes
      from absurd.event_pages as e
      where e.newest_at <= p_before
      order by e.newest_at, e.first_position
      limit p_limit
    ) as o
  ) as p
  cross join lateral absurd._rows_of_page(p.first_position, p.event_ids, p.sizes) as i
  where p.so_far - cardinality(p.event_ids) < p_limit * 10;
  delete from absurd.event_batches as e where e.event_id = any (v_event_ids);
  delete from absurd.event_pages as p where p.first_position = any (v_pages);
  return coalesce(v_count, 0);
end;
$$;

comment on function absurd._prune_events(timestamptz, int) is
  'Deletes about ten times p_limit rows of events, the oldest first, if nobody else is at the log. Returns how many '
  'events they told.';

create or replace function absurd._forget_keys(p_holder_ids uuid[], p_now timestamptz)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count int;
begin
  with spent as materialized (
    select k.queue_name, k.kind, k.key
    from absurd.idempotency_keys as k
    where k.holder_id = any (p_holder_ids) and k.free_at <= p_now
    for update skip locked
  ), gone as (
    delete from absurd.idempotency_keys as k
    using spent as s
    where k.queue_name = s.queue_name and k.kind = s.kind and k.key = s.key
    returning 1
  )
  select count(*)::int into v_count from gone;
  return v_count;
end;
$$;

comment on function absurd._forget_keys(uuid[], timestamptz) is
  'Deletes the keys of holders that are forgotten, as far as their windows have passed.';

drop function if exists absurd._prune_keys(timestamptz, int);
create or replace function absurd._prune_keys(
  p_free_at timestamptz,
  p_after_holder_id uuid,
  p_now timestamptz,
  p_limit int,
  out count int,
  out last_free_at timestamptz,
  out last_holder_id uuid
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_bitmapscan = off
set enable_sort = off
as $$
declare
  v_holder_ids uuid[];
begin
  select array_agg(n.holder_id order by n.free_at, n.holder_id), max(n.free_at)
  into v_holder_ids, last_free_at
  from (
    select k.holder_id, k.free_at
    from absurd.idempotency_keys as k
    where k.free_at >= p_free_at and k.free_at <= p_now
      and (k.free_at, k.holder_id) > (p_free_at, p_after_holder_id)
    order by k.free_at, k.holder_id
    limit 10 * p_limit
  ) as n;
  last_holder_id := v_holder_ids[10 * p_limit];
  if last_holder_id is null then
    last_free_at := '-infinity';
    last_holder_id := absurd._first_id();
  end if;
  -- While the holder is kept, so is its window, for the case that it is retried.
  count := absurd._forget_keys(array(
    select h.id
    from unnest(v_holder_ids) as h (id)
    where not exists (select from absurd.tasks as t where t.task_id = h.id)
      and not exists (select from absurd.workflows as w where w.workflow_id = h.id)
  ), p_now);
end;
$$;

comment on function absurd._prune_keys(timestamptz, uuid, timestamptz, int) is
  'Looks at the next ten times p_limit keys whose window has passed, and deletes those whose holder is forgotten. Returns '
  'how many, and where it stopped; the beginning when the end was reached.';

drop function if exists absurd._prune_schedule_runs(timestamptz, int);
create or replace function absurd._prune_schedule_runs(p_after_id uuid, p_before timestamptz, p_limit int)
returns uuid
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
as $$
declare
  v_run_ids constant uuid[] := array(
    select r.run_id from absurd.schedule_runs as r where r.run_id > p_after_id order by r.run_id limit 10 * p_limit
  );
begin
  with spent as materialized (
    select r.run_id
    from absurd.schedule_runs as r
    where r.run_id = any (v_run_ids)
      and r.fired_at <= p_before
      and not exists (select from absurd.tasks as t where t.task_id = r.task_id)
      and not exists (select from absurd.workflows as w where w.workflow_id = r.workflow_id)
      -- The newest of each says that its due time has been fired.
      and exists (
        select from absurd.schedule_runs as n where n.schedule_name = r.schedule_name and n.run_id > r.run_id
      )
    for update skip locked
  )
  delete from absurd.schedule_runs as r using spent as s where r.run_id = s.run_id;
  return coalesce(v_run_ids[10 * p_limit], absurd._first_id());
end;
$$;

comment on function absurd._prune_schedule_runs(uuid, timestamptz, int) is
  'Looks at the next ten times p_limit lines of the history of schedules, and deletes those whose work, if they spawned '
  'any, is forgotten; the newest line of each schedule stays. Returns where it stopped, or the first of all ids at the end.';
