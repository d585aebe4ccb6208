-- What retention would forget, for those who ask before.

create or replace function absurd.get_prunable(p_older_than_sec double precision)
returns table (tasks int, workflows int, events int, keys int, workers int)
language plpgsql
stable
security definer
set search_path = pg_catalog, pg_temp
set jit = off
as $$
declare
  v_now constant timestamptz := absurd.clock();
  v_before timestamptz;
begin
  perform absurd._require_age(p_older_than_sec);
  v_before := v_now - make_interval(secs => p_older_than_sec);
  return query
    with whole as materialized (
      select w.workflow_id
      from absurd.workflows as w
      where w.finished_at <= v_before and absurd._is_prunable_workflow(w.workflow_id, v_before, null)
    ), gone as materialized (
      select t.task_id
      from unnest(absurd._prunable_among(array(
        select o.task_id from absurd.tasks as o where o.workflow_id is null and o.finished_at <= v_before
      ), null, v_before)) as t (task_id)
      union all
      select s.task_id from absurd._steps_of(array(select w.workflow_id from whole as w)) as s
    )
    select
      (select count(*) from gone)::int,
      (select count(*) from whole)::int,
      absurd._count_prunable_events(v_before),
      (
        select count(*)
        from absurd.idempotency_keys as k
        where k.free_at <= v_now
          and not exists (
            select
            from absurd.tasks as t
            where t.task_id = k.holder_id and t.task_id not in (select g.task_id from gone as g)
          )
          and not exists (
            select
            from absurd.workflows as w
            where w.workflow_id = k.holder_id and w.workflow_id not in (select o.workflow_id from whole as o)
          )
      )::int,
      (select count(*) from absurd.workers as w where absurd._is_silent(w.heartbeat_at, v_now))::int;
end;
$$;

comment on function absurd.get_prunable(double precision) is
  'How much prune would forget as things are now, called until nothing is left. Not counted is what becomes free only '
  'when that is gone: parents of single tasks among it that ended badly. Events go by whole pages, the youngest of which '
  'may stay. Locks nothing. Raises 22023.';

create or replace function absurd._count_prunable_events(p_before timestamptz)
returns int
language sql
stable
set search_path = pg_catalog, pg_temp
as $$
  select (
    coalesce((
      select sum(i.size)
      from absurd.event_pages as p
      cross join lateral absurd._rows_of_page(p.first_position, p.event_ids, p.sizes) as i
      where p.newest_at <= p_before
    ), 0)
    + coalesce((
      select sum(e.size)
      from absurd.event_batches as e
      where e.created_at <= p_before and e.event_id > (select l.last_event_id from absurd.event_log as l)
    ), 0)
  )::int;
$$;

comment on function absurd._count_prunable_events(timestamptz) is
  'How many events are so old: those of pages, and those that nobody has read yet.';
