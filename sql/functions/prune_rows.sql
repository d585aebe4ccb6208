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

create or replace function absurd._prune_keys(p_now timestamptz, p_limit int)
returns int
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_count int;
begin
  -- While the holder is kept, so is its window, for the case that it is retried.
  with spent as materialized (
    select k.queue_name, k.kind, k.key
    from absurd.idempotency_keys as k
    where k.free_at <= p_now
      and not exists (select from absurd.tasks as t where t.task_id = k.holder_id)
      and not exists (select from absurd.workflows as w where w.workflow_id = k.holder_id)
    order by k.free_at
    limit p_limit
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

comment on function absurd._prune_keys(timestamptz, int) is
  'Deletes up to p_limit keys whose window has passed and whose holder is forgotten.';
