-- Locks. The order is: keys by name for a spawn, tasks by (depth, id), workflows by id, dead letters; never backwards.
-- depth is the longest path from a root, so parents come before children. Nothing deletes or re-keys tasks while
-- locking, so "no key update" is the strength of every writer, and "share" that of a spawn that looks at a parent.

create or replace function absurd._lock_tasks(p_task_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  perform absurd._require_read_committed();
  perform 1
  from absurd.tasks as t
  where t.task_id = any (p_task_ids)
  order by t.depth, t.task_id
  for no key update;
end;
$$;

comment on function absurd._lock_tasks(uuid[]) is 'Locks tasks in lock order, waiting for their holders.';

create or replace function absurd._lock_late_tasks(p_task_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
as $$
begin
  perform 1
  from absurd.tasks as t
  where t.task_id = any (p_task_ids)
  order by t.depth, t.task_id
  for no key update nowait;
exception
  when lock_not_available then
    perform absurd._raise('40001', 'The graph of tasks grew meanwhile', 'Call again.');
end;
$$;

comment on function absurd._lock_late_tasks(uuid[]) is
  'Locks tasks that were linked to ours after we had locked. Waiting for them could break the lock order, so 40001 is '
  'raised when one is held by somebody else (who can only be there for the same split second). No cost for rows that '
  'are ours already.';

create or replace function absurd._descendants(p_task_ids uuid[])
returns uuid[]
language plpgsql
stable
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
begin
  return (
    with recursive down (task_id, has_completed) as (
      select
        u.task_id,
        coalesce((select t.state from absurd.tasks as t where t.task_id = u.task_id) = 'completed', false)
      from unnest(p_task_ids) as u (task_id)
      union
      -- What waits for others has not completed.
      select d.task_id, false
      from down
      cross join lateral absurd._edges_from(array[down.task_id]) as d
      where not down.has_completed and not d.satisfied
    )
    select array_agg(down.task_id) from down
  );
end;
$$;

comment on function absurd._descendants(uuid[]) is
  'The tasks themselves and all that wait for them, directly or not: what a bad end can reach.';

create or replace function absurd._lock_workflows(p_workflow_ids uuid[])
returns void
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
begin
  perform 1
  from absurd.workflows as w
  where w.workflow_id = any (p_workflow_ids)
  order by w.workflow_id
  for no key update;
end;
$$;

comment on function absurd._lock_workflows(uuid[]) is
  'Locks workflows in lock order. All that a call will touch must be named in its first use.';
