-- Deleting what retention has chosen.

create or replace function absurd._forget_tasks(p_task_ids uuid[])
returns int
language plpgsql
volatile
set search_path = ''
as $$
begin
  if p_task_ids = '{}' then
    return 0;
  end if;
  delete from absurd.dependencies as d where d.parent_id = any (p_task_ids);
  delete from absurd.dead_letters as d where d.task_id = any (p_task_ids);
  delete from absurd.attempts as a where a.task_id = any (p_task_ids);
  -- Logs and the edges to parents go by their foreign keys.
  delete from absurd.tasks as t where t.task_id = any (p_task_ids);
  return cardinality(p_task_ids);
end;
$$;

comment on function absurd._forget_tasks(uuid[]) is 'Deletes locked tasks and all that belongs to them.';

create or replace function absurd._prune_events(p_before timestamptz, p_limit int)
returns int
language plpgsql
volatile
set search_path = ''
as $$
declare
  v_count int;
begin
  -- Ids are in the order of age but for transactions that overlapped: the first one that is too young ends the batch.
  with oldest as materialized (
    select e.event_id, e.created_at from absurd.events as e order by e.event_id limit p_limit * 10
  ), gone as (
    delete from absurd.events as e
    where e.event_id in (
      select g.event_id
      from absurd.events as g
      where g.event_id in (select o.event_id from oldest as o where o.created_at <= p_before)
      for update skip locked
    )
    returning 1
  )
  select count(*)::int into v_count from gone;
  return v_count;
end;
$$;

comment on function absurd._prune_events(timestamptz, int) is 'Deletes up to ten times p_limit events, the oldest first.';

create or replace function absurd._prune_keys(p_now timestamptz, p_limit int)
returns int
language plpgsql
volatile
set search_path = ''
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
