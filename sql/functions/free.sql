-- Freeing the children of tasks that have ended. Those of a completed task that has very many are freed some at a time,
-- by whoever looks for work: the first run while others still wait, and no call takes long for them.

create or replace function absurd._free_at_once()
returns int
language sql
immutable
as $$
  select 1000;
$$;

comment on function absurd._free_at_once() is 'So many children of one task are freed by one statement, at most.';

drop function if exists absurd._free_children(uuid[], boolean, timestamptz);
create or replace function absurd._free_children(
  p_parent_ids uuid[],
  p_ended_badly boolean,
  p_may_wait boolean,
  p_now timestamptz
)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
as $$
declare
  v_children constant record := absurd._satisfy_edges(p_parent_ids, p_ended_badly);
  v_workflow_ids uuid[] := '{}';
begin
  if v_children.child_ids is not null then
    if p_may_wait then
      perform absurd._lock_tasks(v_children.child_ids);
    else
      perform absurd._lock_late_tasks(v_children.child_ids);
    end if;
    v_workflow_ids := (absurd._free(v_children.child_ids, v_children.edges, p_now)).workflow_ids;
  end if;
  if v_children.parent_ids <> '{}' then
    v_workflow_ids := v_workflow_ids || absurd._free_later(v_children.parent_ids, p_now);
  end if;
  return v_workflow_ids;
end;
$$;

comment on function absurd._free_children(uuid[], boolean, boolean, timestamptz) is
  'Counts the edges from ended tasks to their children, and frees the children that nothing blocks any longer. Callers '
  'hold the locks of the parents, so nobody opens a child again meanwhile, and may wait for those of the children (all are '
  'deeper than what they hold), or hold them but for late ones. Returns the workflows of which it freed a step, or will. '
  'An edge counts once, whoever finishes last.';

create or replace function absurd._free(
  p_child_ids uuid[],
  p_edges int[],
  p_now timestamptz,
  out workflow_ids uuid[],
  out queue_names text[]
)
returns record
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
declare
  v_some_are_dying constant boolean := exists (select from absurd.dying_claims);
begin
  with moved as (
    update absurd.tasks as t
    set open_parents = t.open_parents - c.edges,
      state = case
        when t.open_parents > c.edges then 'blocked'
        when greatest(t.run_at, c.not_before) > p_now then 'scheduled'
        else 'ready'
      end,
      run_at = case when t.open_parents > c.edges then t.run_at else greatest(t.run_at, c.not_before) end
    from (
      -- As _runs_from tells it, which would look at each task once more.
      select u.task_id, u.edges, greatest(p_now, case when v_some_are_dying then (
        select max(d.lease_ends_at) from absurd.dying_claims as d where d.task_id = u.task_id
      ) end) as not_before
      from unnest(p_child_ids, p_edges) as u (task_id, edges)
      offset 0
    ) as c
    where t.task_id = c.task_id and t.state = 'blocked'
    returning t.queue_name, t.task_name, t.workflow_id, t.state
  ), alike as (
    select m.queue_name, m.task_name, m.workflow_id, m.state, count(*) as size
    from moved as m
    where m.state <> 'blocked'
    group by m.queue_name, m.task_name, m.workflow_id, m.state
  ), counted as (
    insert into absurd.task_counts (queue_name, task_name, state, change)
    select a.queue_name, a.task_name, s.state, sum(s.sign * a.size)
    from alike as a
    cross join lateral (values ('blocked', -1), (a.state, 1)) as s (state, sign)
    group by a.queue_name, a.task_name, s.state
  )
  select
    array_agg(distinct a.queue_name) filter (where a.state = 'ready'),
    coalesce(array_agg(distinct a.workflow_id) filter (where a.workflow_id is not null), '{}')
  into queue_names, workflow_ids
  from alike as a;
  perform absurd._wake_workers(queue_names, p_now);
end;
$$;

comment on function absurd._free(uuid[], int[], timestamptz) is
  'Takes edges off locked children, those frees that nothing blocks any longer, counts them and wakes workers. Returns of '
  'which workflows some are free now, and in which queues some are ready.';

create or replace function absurd._free_later(p_parent_ids uuid[], p_now timestamptz)
returns uuid[]
language plpgsql
volatile
set search_path = pg_catalog, pg_temp
set enable_seqscan = off
set enable_sort = off
as $$
declare
  v_most constant int := absurd._free_at_once();
  v_parent_id uuid;
  v_child_ids uuid[];
begin
  foreach v_parent_id in array p_parent_ids loop
    v_child_ids := array(select e.task_id from absurd._edges_from(array[v_parent_id]) as e where not e.satisfied);
    insert into absurd.freeing (parent_id, first_id, last_id)
    select v_parent_id, v_child_ids[c.nth], v_child_ids[least(c.nth + v_most - 1, cardinality(v_child_ids))]
    from generate_series(1, cardinality(v_child_ids), v_most) as c (nth);
  end loop;
  -- Whoever wakes frees some; of which queues they are nobody knows yet.
  perform absurd._wake_workers(array(select q.queue_name from absurd.queues as q), p_now);
  return array(
    select distinct t.workflow_id
    from absurd.tasks as t
    where t.task_id = any (p_parent_ids) and t.workflow_id is not null
  );
end;
$$;

comment on function absurd._free_later(uuid[], timestamptz) is
  'Has the children of completed tasks freed some at a time, by those who look for work. Returns the workflows of the '
  'tasks.';
